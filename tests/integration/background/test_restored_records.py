"""Records that were restored from a backup, under a Temporal server that has gone on since."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from temporalio.client import Client

from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.records.database import Database
from activities.records.tables import counters, starts, tickets
from api.cluster import Cluster, KeyTakenError
from api.definition_store.store import DefinitionStore
from api.reconciliation.reconciling import Reconciliation
from api.records import RecordsAtTheEdge
from api.settings import EdgeSettings
from api.tickets.models import FirstEvent, StartBody
from api.tickets.reading import TicketReader
from api.tickets.sending import EventSender
from api.tickets.starting import TicketStarts
from definitions.people.directory import Actor
from definitions.pinned import DAY
from definitions.schema.process import Schedule
from tests.servers.families import Household, household
from workflows.contracts import NumberedStart
from workflows.engine.model.automation import Parent
from workflows.scheduled import OPEN_SCHEDULED, ScheduledOpening, ScheduledResult
from workflows.ticket.messages import TicketInput

MORNING = int(time.time()) // DAY * DAY - DAY
START = NumberedStart("alice", "any")
ALICE, BOB = Actor("alice"), Actor("bob")


@pytest.fixture
def cluster(home: Household) -> Cluster:
    return Cluster(home.client, EdgeSettings(task_queue=home.task_queue))


@pytest.fixture
def edge(home: Household, cluster: Cluster, tmp_path: Path) -> TicketStarts:
    """The starts of the household, as the API makes them."""
    records = RecordsAtTheEdge(home.records)
    store = DefinitionStore((tmp_path / "definitions",))
    return TicketStarts(store, records, cluster, EventSender(records, cluster), TicketReader(store, records, cluster))


def restore(home: Household, count: int) -> None:
    """Brings the records back to the time before ``count`` starts."""
    database = Database(home.settings.records_url)
    with database.write() as connection:
        connection.execute(delete(tickets))
        connection.execute(delete(starts))
        connection.execute(text(f"UPDATE counters SET last = last - {count} WHERE prefix = 'INQ'"))
    database.close()


def restore_prefix(home: Household, prefix: str, count: int) -> None:
    """Resets the counter of a prefix, and the records to the time before the tickets."""
    database = Database(home.settings.records_url)
    with database.write() as connection:
        connection.execute(delete(starts))
        connection.execute(update(counters).where(counters.c.prefix == prefix).values(last=counters.c.last - count))
    database.close()


def body(summary: str, event: str | None = None) -> StartBody:
    first = FirstEvent(name=event) if event else None
    return StartBody(process="inquiry", fields={"summary": summary}, event=first)


@pytest.mark.parametrize("event", [None, "work"])
async def test_a_start_never_gets_the_ticket_of_another(home: Household, edge: TicketStarts, event: str | None) -> None:
    """A number that Temporal has given to another ticket is skipped, and the same start stays the same ticket."""
    await home.work()
    others = [(await edge.start(ALICE, body(f"of alice {n}"), None)).key for n in range(3)]
    restore(home, 3)
    started = await edge.start(BOB, body("of bob", event), "once")
    assert started.key not in others
    assert (await home.ticket(started.key).view()).snapshot.fields["summary"] == "of bob"
    assert await edge.start(BOB, body("of bob", event), "once") == started
    after = await edge.start(BOB, body("of bob too"), None)
    assert after.key not in (*others, started.key)
    summaries = [(await home.ticket(key).view()).snapshot.fields["summary"] for key in others]
    assert summaries == [f"of alice {n}" for n in range(3)]


async def test_a_ticket_of_an_older_build_is_known_by_its_opening(home: Household, cluster: Cluster) -> None:
    """A ticket without the memo of its start is the same start's if the person and the fields are the same."""
    await home.work()
    ticket = await home.start("inquiry", summary="old")
    given = (await ticket.workflow.fetch_history()).events[0].workflow_execution_started_event_attributes.input
    (mine,) = await home.client.data_converter.decode(given.payloads, [TicketInput])
    assert await cluster.start("inquiry", ticket.key, mine, START)
    other = replace(mine, opening=replace(mine.opening, fields={"summary": "new"}))
    with pytest.raises(KeyTakenError):
        await cluster.start("inquiry", ticket.key, other, START)


async def test_a_repeated_start_is_known_after_a_restore(home: Household, edge: TicketStarts) -> None:
    """A restore writes the key of each start again, so that a repeated request gets its ticket."""
    await home.work()
    started = await edge.start(BOB, body("of bob"), "once")
    with_event = await edge.start(BOB, body("of bob too", "work"), "twice")
    restore(home, 2)
    routes = Routes(home.settings)
    reconciliation = Reconciliation(
        home.client,
        home.records,
        home.task_queue,
        lambda batch: notifications_of(home.world, routes, batch, batch.snapshot.at),
        mode="reconcile",
    )
    assert [one.repaired async for one in reconciliation.all()] == [True, True, True]
    assert (await edge.start(BOB, body("of bob"), "once")).key == started.key
    assert await edge.start(BOB, body("of bob too", "work"), "twice") == with_event


@pytest.fixture
async def family(client: Client, task_queue: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Tickets that start others."""
    async with household(client, task_queue, tmp_path) as started:
        yield started


async def test_a_child_never_gets_the_ticket_of_another_start(family: Household) -> None:
    """A ticket that starts another ticket skips numbers that are taken, and links the new ticket."""
    first = await family.start("project")
    await first.send("spawn")
    taken = (await family.until(first, lambda one: bool(one.fields.get("parts")))).fields["parts"]
    second = await family.start("project")
    restore_prefix(family, "PRT", 1)
    await second.send("spawn")
    snapshot = await family.until(second, lambda one: bool(one.fields.get("parts")))
    assert snapshot.fields["parts"] != taken
    assert not snapshot.problems
    (key,) = snapshot.fields["parts"]
    assert (await family.ticket(key).view()).snapshot.parent == Parent(second.key)


SCHEDULE = {"cron": "0 9 * * *", "start": {"summary": "Part of the day"}}


async def fired(family: Household, name: str, at: int) -> ScheduledResult:
    """One firing of the schedule."""
    opening = ScheduledOpening("daily", "part", SCHEDULE, "Europe/Berlin", at)
    result: ScheduledResult = await family.client.execute_workflow(
        OPEN_SCHEDULED, opening, id=f"{family.task_queue}:{name}", task_queue=family.task_queue,
        result_type=ScheduledResult,
    )  # fmt: skip
    return result


async def test_a_firing_never_gets_the_ticket_of_another(family: Household) -> None:
    """A schedule opens one ticket at each moment, even if the moment comes again."""
    file = family.world.processes["part"]
    schedule = Schedule.model_validate(SCHEDULE)
    process = file.process.model_copy(update={"schedules": (schedule,)})
    processes = {**family.world.processes, "part": replace(file, process=process)}
    family.world = replace(family.world, processes=processes)
    await family.work()
    first = await fired(family, "first", MORNING)
    restore_prefix(family, "PRT", 1)
    second = await fired(family, "second", MORNING + DAY)
    assert not set(first.tickets) & set(second.tickets)
    (key,) = second.tickets
    assert (await family.ticket(key).view()).snapshot.opener == "schedule"
    assert await fired(family, "again", MORNING + DAY) == second
    restore_prefix(family, "PRT", 1)
    assert await fired(family, "once more", MORNING + DAY) == second
