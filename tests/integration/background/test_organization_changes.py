"""People leave, join and are away while tickets wait for them, on the real server."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio.api.enums.v1 import EventType

from activities.world import CurrentWorld, World
from api.background.organization_changes import OrganizationChanges
from api.records import RecordsAtTheEdge
from definitions.people.directory import Actor
from tests.servers.families import Household
from tests.servers.tickets import ALICE, TicketHandle
from workflows.engine.model.events import Send, UpdateTask, Vote
from workflows.engine.model.snapshot import Snapshot


def among(home: Household, **people: Any) -> None:
    """The organization of the next worker: its files with parts of them replaced."""
    own = home.world.organization
    changed = type(own).model_validate(own.model_dump(by_alias=True) | people)
    home.world = World(changed, home.world.templates, home.world.processes)


async def tell(home: Household) -> int:
    """Notifies tickets as a worker does that has just loaded the household's organization."""
    records = RecordsAtTheEdge(home.records)
    changes = OrganizationChanges(home.client, records, CurrentWorld(home.world), pause_seconds=0.0)
    return await changes.tell()


async def waiting(home: Household, event: str = "ask") -> TicketHandle:
    ticket = await home.start("inquiry")
    await ticket.event(Send(event, ALICE))
    await home.until_recorded(ticket)
    return ticket


def asked(snapshot: Snapshot) -> list[str]:
    return [one.person for one in snapshot.approvals["ask"].requests if one.vote is None]


async def looked(home: Household, ticket: TicketHandle) -> Snapshot:
    """The ticket as soon as it has used the household's organization, and is on record."""
    digest = home.world.directory.digest
    snapshot = await home.until(ticket, lambda one: one.organization == digest)
    await home.until_recorded(ticket)
    return snapshot


async def test_who_left_while_no_worker_was_there_is_asked_no_longer(home: Household) -> None:
    """The worker dies, the organization changes, a new worker notifies the ticket, which is re-evaluated once."""
    ticket = await waiting(home)
    await ticket.event(Vote(Actor("dora"), "approve"))
    await home.until_recorded(ticket)
    await home.rest()
    among(home, teams={"cab": {"members": ["carol", "dora"]}})
    assert await tell(home) == 1
    await home.work()
    snapshot = await looked(home, ticket)
    assert (asked(snapshot), snapshot.approvals["ask"].required) == (["carol"], 2)
    assert await tell(home) == 0
    await ticket.event(Vote(Actor("carol"), "approve"))
    assert (await ticket.ended()).states == ("closed",)
    assert [one["people"] for one in home.told(ticket.key, "withdrawn")] == [["bob"]]


async def test_a_worker_that_dies_between_being_told_and_looking_looks_after_it(home: Household) -> None:
    """A notice to a ticket is in its history: the next worker handles it, and each notification goes out once."""
    ticket = await waiting(home)
    among(home, people={**_people(home), "bob": {"name": "Bob Ruiz", "out_of_office": [_away("carol")]}})
    await home.rest()
    await tell(home)
    await tell(home)
    await home.work()
    assert asked(await looked(home, ticket)) == ["carol", "dora"]
    told = [row.person for row in home.records.outbox(ticket=ticket.key).items if row.reason == "approval_requested"]
    assert sorted(str(one) for one in told) == ["bob", "carol", "dora"]


async def test_a_ticket_answered_by_older_files_is_told_again(home: Household) -> None:
    """A worker that has not loaded the new organization yet can't report that nothing has changed."""
    ticket = await waiting(home)
    among(home, teams={"cab": {"members": ["dora", "carol"]}})
    assert await tell(home) == 1  # and the worker that runs still has the old files
    await home.until(ticket, lambda one: one.checks == 1)
    await home.until_recorded(ticket)
    assert asked((await ticket.view()).snapshot) == ["bob", "dora"]
    await home.work()
    assert await tell(home) == 1
    assert asked(await looked(home, ticket)) == ["dora", "carol"]


async def test_tickets_that_wait_for_nobody_hear_nothing(home: Household) -> None:
    """A change of the organization writes no event to the history of a ticket that does not wait for a person."""
    idle, over, ticket = await home.start("inquiry"), await waiting(home), await waiting(home, "work")
    for person in ("bob", "dora"):
        await over.event(Vote(Actor(person), "approve"))
    await over.ended()
    before = await idle.history()
    among(home, people={name: one for name, one in _people(home).items() if name != "bob"})
    await home.work()  # before they are told: a worker with the old files would answer by these
    assert await tell(home) == 1
    snapshot = await looked(home, ticket)
    assert [one.code for one in snapshot.problems] == ["nobody_to_do"]
    assert await idle.history() == before
    assert "WORKFLOW_EXECUTION_SIGNALED" not in await over.history()


async def test_a_task_goes_to_who_stands_in(home: Household) -> None:
    """The assignee of a task enters an absence: the task is the delegate's, who may do it."""
    ticket = await waiting(home, "work")
    among(home, people={**_people(home), "bob": {"name": "Bob Ruiz", "out_of_office": [_away("carol")]}})
    await home.work()
    await tell(home)
    snapshot = await looked(home, ticket)
    assert snapshot.tasks["work"][0].assignee == "person:carol"
    await ticket.event(UpdateTask(Actor("carol"), "do", "done"))
    assert (await ticket.ended()).states == ("closed",)


async def test_a_ticket_of_somebody_who_left_finds_another_holder(home: Household) -> None:
    """A ticket that waits for nobody is notified where its assignee has left, and goes to the assignee's team."""
    ticket, idle = await home.start("inquiry"), await home.start("inquiry")
    await ticket.event(Send("give", ALICE, {"assignee": "bob"}))
    await home.until_recorded(ticket)
    among(home, people={name: one for name, one in _people(home).items() if name != "bob"})
    await home.work()
    assert await tell(home) == 1
    snapshot = await looked(home, ticket)
    assert snapshot.assignee == "team:cab"
    told = [(row.person, row.reason) for row in home.records.outbox(ticket=ticket.key).items]
    assert ("dora", "ticket_assigned") in told
    assert (await idle.view()).snapshot.revision == 1


async def test_many_tickets_are_told_a_few_at_a_time(home: Household) -> None:
    """Every waiting ticket is notified exactly once, however many pages that takes."""
    tickets = await asyncio.gather(*(waiting(home) for _ in range(45)))
    among(home, teams={"cab": {"members": ["dora", "carol"]}})
    await home.work()
    assert await tell(home) == 45
    for ticket in tickets:
        assert asked(await looked(home, ticket)) == ["dora", "carol"]
    assert await tell(home) == 0
    histories = [await ticket.workflow.fetch_history() for ticket in tickets]
    signaled = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    assert {sum(event.event_type == signaled for event in one.events) for one in histories} == {1}


def _people(home: Household) -> dict[str, Any]:
    people: dict[str, Any] = home.world.organization.model_dump(by_alias=True)["people"]
    return people


def _away(delegate: str) -> dict[str, str]:
    return {"from": "2020-01-01", "to": "2099-12-31", "delegate": delegate}
