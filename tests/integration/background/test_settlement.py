"""Records that are ahead of their tickets are found, not shown as done, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.background.settlement import Settlement
from api.cluster import Cluster
from api.definition_store.store import DefinitionStore
from api.records import RecordsAtTheEdge
from api.settings import EdgeSettings
from api.tickets.reading import Filters, TicketReader
from definitions.people.directory import Actor
from tests.servers.families import Household
from tests.servers.inquiries import ahead

ALICE = Actor("alice")
LOOKS = 10_000


@pytest.fixture
def records(home: Household) -> RecordsAtTheEdge:
    return RecordsAtTheEdge(home.records)


@pytest.fixture
def cluster(home: Household) -> Cluster:
    return Cluster(home.client, EdgeSettings(task_queue=home.task_queue))


async def test_a_record_in_doubt_is_not_shown_as_done(
    home: Household, records: RecordsAtTheEdge, cluster: Cluster, tmp_path: Path
) -> None:
    """A reader of a record in doubt sees what the ticket itself says, in the detail and in the timeline."""
    await home.work()
    ticket = await ahead(home)
    reader = TicketReader(DefinitionStore((tmp_path / "definitions",)), records, cluster)
    assert (await reader.read(ALICE, ticket.key)).ended_at is not None
    home.records.doubt(2**40)
    shown = await reader.read(ALICE, ticket.key)
    assert (shown.state, shown.ended_at, shown.confirmed) == (["new"], None, True)
    assert {one.revision for one in (await reader.timeline(ALICE, ticket.key, 100, None)).items} == {1}
    assert [one.confirmed for one in (await reader.list(ALICE, Filters(), 10, None)).items] == [False]


async def test_records_are_settled(home: Household, records: RecordsAtTheEdge, cluster: Cluster) -> None:
    """A record that is ahead is written anew by its ticket; a record that agrees is confirmed without a trace."""
    await home.work()
    ticket = await ahead(home)
    settlement = Settlement(home.client, records, cluster)
    assert await settlement.settle(doubt=True) == 1
    record = home.records.get(ticket.key)
    for _ in range(LOOKS):
        if record is not None and record.row.revision == 1:
            break
        await ticket.view()  # until the signal was taken
        record = home.records.get(ticket.key)
    assert record is not None
    assert (record.row.state, record.row.ended_at, record.row.in_doubt) == (("new",), None, False)
    assert home.told(ticket.key, "taken_back") == [{"lost": ["comment by alice"]}]
    length = (await ticket.view()).history_length
    assert await settlement.settle(doubt=True) == 0
    assert home.records.unsettled(2**40, "", 10) == ()
    assert (await ticket.view()).history_length == length
