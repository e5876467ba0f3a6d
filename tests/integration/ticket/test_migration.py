"""A ticket that is moved to another definition while it waits, on a real server."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from definitions.digest import digest
from definitions.people.directory import Actor
from definitions.pinned import DAY, HORIZON, pin_again, unpin_calendars
from definitions.schema.process import Process
from tests.servers.tickets import ALICE, BOB, ORGANIZATION, PROCESS, TicketClient, TicketHandle, tickets
from workflows.engine.model.events import Migrate, Vote
from workflows.ticket.messages import Carries
from workflows.ticket.names import CARRIES

OWNER = Actor("olga", roles=("process_owner",))


def changed(**states: object) -> Process:
    """The small process with other states."""
    written = PROCESS.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return Process.model_validate(written | {"states": written["states"] | states})


ASKS_BOTH = changed(
    check={
        "approval": {"from": ["person:bob", "person:alice"], "need": 2, "within": "20d"},
        "on": {"approved": "work", "rejected": "new", "expired": "new"},
    }
)
TELLS_ON = changed(closed={"final": True, "title": "Closed for good"})
OF_TWO = changed(
    check={
        "approval": {"from": ["person:bob", "person:alice"], "need": "all", "within": "9d"},
        "on": {"approved": "work", "rejected": "new", "expired": "new", "drop": {"to": "closed", "by": "opener"}},
    }
)


OF_TWO_STILL = OF_TWO.model_copy(update={"title": "Request for two"})


async def moved_to(ticket: TicketHandle, process: Process, **mapping: str) -> Migrate:
    """The request that an edge with this definition sends."""
    now: Carries = await ticket.workflow.query(CARRIES, result_type=Carries)
    carried = unpin_calendars(now.pinned.calendars)
    pinned = pin_again(process, digest(process), ORGANIZATION, carried, now.snapshot.opened_at, now.snapshot.at)
    return Migrate(OWNER, pinned, mapping)


async def code_of(ticket: TicketHandle, event: Migrate, **envelope: object) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await ticket.event(event, **envelope)  # type: ignore[arg-type]
    assert isinstance(error.value.cause, ApplicationError)
    return str(error.value.cause.type).removeprefix("refused:")


async def test_votes_outlive_a_worker_and_fall_with_their_question(client: Client, task_queue: str) -> None:
    """A vote survives a restart and a migration to the same question, and is void if the question changes."""
    async with tickets(client, task_queue) as desk:
        ticket = await desk.start("REQ-60", now=int(time.time()), process=OF_TWO)
        await ticket.send("ask")
        await ticket.event(Vote(BOB, "approve"))
    async with tickets(client, task_queue) as desk:
        await ticket.event(await moved_to(ticket, OF_TWO_STILL))
        kept = (await ticket.view()).snapshot.approvals["check"]
        assert [(one.person, one.vote) for one in kept.requests] == [("bob", "approve"), ("alice", None)]
    async with tickets(client, task_queue) as desk:
        result = await ticket.event(await moved_to(ticket, ASKS_BOTH))
        view = await ticket.view()
        asked = view.snapshot.approvals["check"]
        assert (asked.round, [(one.person, one.vote) for one in asked.requests]) == (
            1,
            [("bob", None), ("alice", None)],
        )
        assert (view.digest, result.states) == (digest(ASKS_BOTH), ("check",))
        await desk.memory.until(lambda: desk.memory.rows["REQ-60"].digest == digest(ASKS_BOTH))
        await ticket.event(Vote(BOB, "approve"))
        assert (await ticket.event(Vote(ALICE, "approve"))).states == ("work",)


async def test_a_refused_migration_writes_nothing(desk: TicketClient) -> None:
    """The validator refuses before anything is in history, and the ticket continues unchanged."""
    ticket = await desk.start("REQ-61", now=int(time.time()))
    before = await ticket.view()
    gone = changed(new={"title": "x", "on": {"start": "work"}}, work={"final": True})
    assert await code_of(ticket, replace(await moved_to(ticket, gone), actor=ALICE)) == "not_permitted"
    assert await code_of(ticket, await moved_to(ticket, gone, new="old")) == "not_migratable"
    assert await code_of(ticket, await moved_to(ticket, gone), expected_revision=7) == "stale"
    after = await ticket.view()
    assert (after.snapshot, after.digest) == (before.snapshot, before.digest)
    assert [event for event in await ticket.history() if "UPDATE" in event] == []


async def test_a_new_run_goes_on_under_the_definition_that_it_was_moved_to(desk: TicketClient) -> None:
    """The pin is carried across continue-as-new, and the key of the migration is answered the same afterwards."""
    ticket = await desk.start("REQ-62", now=int(time.time()), history_bound=20)
    first = await ticket.run_id()
    event = await moved_to(ticket, TELLS_ON)
    answer = await ticket.event(event, "key-1", request_hash="a")
    while await ticket.run_id() == first:
        await ticket.send("tell")
    assert (await ticket.view()).digest == digest(TELLS_ON)
    revision = (await ticket.view()).snapshot.revision
    assert await ticket.event(event, "key-1", request_hash="a") == answer
    assert (await ticket.view()).snapshot.revision == revision
    now: Carries = await ticket.workflow.query(CARRIES, result_type=Carries)
    assert now.pinned == event.to


async def test_a_deadline_beyond_the_calendars_of_a_migration_is_known_at_once(desk: TicketClient) -> None:
    """The new definition's deadlines may lie beyond its calendars: the calendars are extended as any others."""
    ticket = await desk.start("REQ-63", now=int(time.time()))
    entered = (await ticket.send("later")).at
    await ticket.event(await moved_to(ticket, changed(parked={"after": [{"for": "1500d", "to": "closed"}]})))
    deadline = (await ticket.view()).next_deadline
    assert deadline is not None
    assert abs(deadline - entered - 1_500 * DAY) < DAY
    now: Carries = await ticket.workflow.query(CARRIES, result_type=Carries)
    assert unpin_calendars(now.pinned.calendars)["always"].end > entered + HORIZON + DAY
