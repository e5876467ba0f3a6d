"""A seeded month: the same each time, complete in the records, and live where it is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from temporalio.client import Client

from activities.records.counters import TicketStart
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.records.tables import metadata
from api.clock import now
from api.cluster import Cluster
from api.seeding import play_month, seed
from api.seeding.planting import begin, write
from api.seeding.stories import ACCESS, CHANGES, INCIDENTS, PROBLEMS, REQUESTS
from api.settings import EdgeSettings
from definitions.loading.folders import layers
from definitions.loading.loader import Loaded, load
from definitions.pinned import DAY
from definitions.times import to_instant
from tests.servers.temporal import client, task_queue, temporal_address
from tests.servers.tickets import Memory, worker
from workflows.engine.deadlines import next_deadline
from workflows.ticket.names import workflow_id

__all__ = ["client", "task_queue", "temporal_address"]

UNTIL = to_instant("2026-06-30T12:00:00Z")
SOME = tuple(
    replace(story, count=count)
    for story, count in ((INCIDENTS, 8), (CHANGES, 4), (REQUESTS, 4), (PROBLEMS, 2), (ACCESS, 2))
)
INCIDENTS_ALONE = (replace(INCIDENTS, count=8),)


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    """The shipped definitions."""
    return load(layers(None, standalone=False))


def store(folder: Path, name: str) -> tuple[str, Records]:
    url = f"sqlite:///{folder / name}.sqlite3"
    migrate(url)
    return url, Records(url)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """An empty store."""
    _, opened = store(tmp_path, "records")
    yield opened
    opened.close()


def content(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def test_the_same_month_is_the_same_in_every_store(tmp_path: Path, loaded: Loaded) -> None:
    """Two stores seeded with the same month hold the same rows, and writing the month again changes none."""
    urls = []
    for name in ("one", "two"):
        url, records = store(tmp_path, name)
        played = play_month(loaded, records, UNTIL, stories=SOME)
        write(records, played)
        urls.append(url)
        records.close()
    one, two = (content(url) for url in urls)
    assert one == two
    assert len(one["tickets"]) >= 20
    again = Records(urls[1])
    write(again, play_month(loaded, again, UNTIL, stories=SOME))
    again.close()
    assert content(urls[1]) == one


def test_everything_that_happened_is_on_record(records: Records, loaded: Loaded) -> None:
    """The audit chain of each ticket holds, no revision is missing, and no time is after the end of the month."""
    played = play_month(loaded, records, UNTIL, stories=SOME)
    write(records, played)
    for ticket in played:
        revisions = [step.revision for batch, _ in ticket.records for step in batch.steps]
        assert revisions == list(range(1, ticket.snapshot.revision + 1))
        chain = records.verify_chain(ticket.key)
        assert chain.holds
        assert chain.entries > 0
        row = records.get(ticket.key)
        assert row is not None
        assert UNTIL - 30 * DAY <= row.row.opened_at <= row.row.updated_at <= UNTIL
        assert (row.row.ended_at is None) is (ticket.given is not None)
    assert {one.process for one in played} >= {"incident", "change", "request", "problem", "access_request"}


def test_nothing_is_due_on_an_open_ticket(records: Records, loaded: Loaded) -> None:
    """An open ticket carries its snapshot at the end of the month, with its next deadline ahead."""
    still = [one for one in play_month(loaded, records, UNTIL, stories=SOME) if one.given is not None]
    assert still
    for ticket in still:
        assert ticket.given is not None
        assert ticket.given.carried is not None
        assert ticket.given.carried.snapshot == ticket.snapshot
        due = next_deadline(ticket.snapshot)
        assert due is None or due > UNTIL


def test_a_process_that_is_not_there_is_left_out(records: Records, loaded: Loaded) -> None:
    """Tickets are seeded for the processes that load, and for no other."""
    without = replace(loaded, processes={"request": loaded.processes["request"]})
    assert {one.process for one in play_month(without, records, UNTIL, stories=SOME)} == {"request"}


async def cluster_of(client: Client, task_queue: str) -> Cluster:
    return Cluster(client, EdgeSettings().model_copy(update={"task_queue": task_queue}))


async def test_open_tickets_live_on(client: Client, task_queue: str, records: Records, loaded: Loaded) -> None:
    """A ticket continues from its snapshot: everything due since the month ended fires, each at its place."""
    until = now() - 60 * DAY
    # keys of their own: the server is shared with other tests
    for number in range(500):
        records.allocate(
            TicketStart(scope="t", start_key=str(number), body_hash="", process="incident", prefix="INC", at=until)
        )
    played = play_month(loaded, records, until, stories=INCIDENTS_ALONE)
    write(records, played)
    resolved = [one for one in played if one.given and one.snapshot.configuration == ("resolved",)]
    assert resolved, "the month leaves some incident resolved"
    memory = Memory()
    async with worker(client, task_queue, memory):
        await begin(await cluster_of(client, task_queue), records, resolved)
        for ticket in resolved:
            result = await client.get_workflow_handle(workflow_id(ticket.key)).result()
            assert result["states"] == ["closed"]
            assert memory.revisions(ticket.key)[0] == ticket.snapshot.revision + 1


async def test_a_second_time_does_nothing(
    client: Client, task_queue: str, records: Records, tmp_path: Path, loaded: Loaded
) -> None:
    """A server is seeded once: a second attempt reports that, at any later time, and leaves everything unchanged."""
    cluster = await cluster_of(client, task_queue)
    said: list[str] = []
    first = await seed(loaded, records, cluster, UNTIL, said.append, INCIDENTS_ALONE)
    before = content(f"sqlite:///{tmp_path / 'records.sqlite3'}")
    second = await seed(loaded, records, cluster, UNTIL + DAY, said.append, INCIDENTS_ALONE)
    assert (first.already, second.already) == (False, True)
    assert replace(first, already=True) == second
    assert first.open + first.ended == sum(first.tickets.values()) == 8
    assert content(f"sqlite:///{tmp_path / 'records.sqlite3'}") == before
    assert said == ["8 tickets played", "their records are written"]


async def test_what_broke_off_goes_on(
    client: Client, task_queue: str, records: Records, tmp_path: Path, loaded: Loaded
) -> None:
    """The next run completes a half-finished seeding, with the same tickets of the same month."""

    class Broken(Exception):
        pass

    def break_off(told: str) -> None:
        raise Broken

    cluster = await cluster_of(client, task_queue)
    with pytest.raises(Broken):
        await seed(loaded, records, cluster, UNTIL, break_off, INCIDENTS_ALONE)
    report = await seed(loaded, records, cluster, UNTIL + DAY, lambda _: None, INCIDENTS_ALONE)
    assert (report.already, report.until, sum(report.tickets.values())) == (False, UNTIL, 8)
    assert records.list(limit=50).items[0].key in {f"INC-{number}" for number in range(1, 9)}
    assert len(records.list(limit=50).items) == 8


def test_another_seed_is_another_month(records: Records, loaded: Loaded) -> None:
    """The seed determines the month."""
    one, two = (play_month(loaded, records, UNTIL, number, INCIDENTS_ALONE) for number in (1, 2))
    assert [one.snapshot.opened_at for one in one] != [two.snapshot.opened_at for two in two]
