"""Tasks whose holder leaves or is away while the ticket waits for them."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.engine.tickets import MONDAY, ORGANIZATION, Ticket
from tests.unit.engine.waiting.test_leaving import TUESDAY, away, cab, without
from workflows.engine.deadlines import next_deadline
from workflows.engine.explain import explain
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.effects import CheckPeople
from workflows.engine.model.events import ClaimTask, UpdateTask


def process(*tasks: str) -> str:
    return f"""\
fields:
  service: {{type: service}}
initial: work
states:
  work:
    tasks: [{", ".join(tasks)}]
    on: {{done: over, failed: over, stop: rest}}
  rest: {{on: {{again: work}}}}
  over: {{final: true}}
"""


PATCH = "{id: patch, title: Patch, assign: person:bob}"
VERIFY = "{id: verify, title: Verify, assign: service.owner}"
REVIEW = "{id: review, title: Review, assign: team:cab}"


def holder(ticket: Ticket) -> str | None:
    return ticket.ticket.tasks["work"][0].assignee


def done(ticket: Ticket, person: str, task: str = "patch") -> str | None:
    refused = ticket.do(UpdateTask(ticket.actor(person), task, "done"))
    return refused.code if refused else None


def test_a_task_moves_when_the_absence_of_its_holder_begins() -> None:
    """At the first instant of an absence the delegate gets the task and a notice, and the absentee may not do it."""
    ticket = Ticket(process(PATCH), people=away("bob", "erin"))
    assert (holder(ticket), next_deadline(ticket.ticket)) == ("person:bob", TUESDAY)
    ticket.told()
    ticket.wait_until(TUESDAY)
    assert holder(ticket) == "person:erin"
    assert ticket.told() == [(("person:erin",), "task_assigned")]
    assert ticket.said("task")[-1] == {
        "state": "work", "task": "patch", "why": "out_of_office", "from": "bob", "to": "erin",
    }  # fmt: skip
    (open_task,) = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now).tasks
    assert (open_task.assignee, open_task.meant_for) == ("erin", "bob")
    assert done(ticket, "bob") == "not_permitted"
    assert done(ticket, "erin") is None
    assert ticket.state == ("over",)


def test_a_task_that_opens_for_somebody_who_is_away_goes_to_the_delegate() -> None:
    """An absence at the moment in which a task opens counts as well."""
    ticket = Ticket(process(PATCH), people=away("bob", "erin", start="2026-03-01"))
    assert holder(ticket) == "person:erin"


def test_a_task_moves_one_step_and_never_in_circles() -> None:
    """A stand-in who is away, or delegates back, keeps the task visibly: delegation is one step."""
    text = away("bob", "erin", start="2026-03-01", text=away("erin", "bob", start="2026-03-01"))
    ticket = Ticket(process(PATCH), people=text)
    assert (holder(ticket), ticket.problems()) == ("person:erin", ["holder_away"])


def test_nobody_to_stand_in_is_a_problem_with_an_owner() -> None:
    """The task of an absentee without a delegate stays theirs, and the ticket reports it."""
    ticket = Ticket(process(PATCH), people=away("bob", None))
    ticket.told()
    ticket.wait_until(TUESDAY)
    assert (holder(ticket), ticket.problems()) == ("person:bob", ["holder_away"])
    assert ticket.told() == [(("person:alice",), "problem")]


def test_a_task_of_somebody_who_is_gone_is_a_problem() -> None:
    """Where the process names no other assignee, the task waits visibly and its owner is notified."""
    ticket = Ticket(process(PATCH))
    ticket.told()
    ticket.among(without("bob"))
    assert (ticket.problems(), ticket.told()) == (["nobody_to_do"], [(("person:alice",), "problem")])


def test_a_task_of_a_team_that_becomes_empty_is_a_problem() -> None:
    """When the team has no member left, any person who joins it may do the task."""
    ticket = Ticket(process(REVIEW))
    ticket.among(cab())
    assert ticket.problems() == ["nobody_to_do"]
    ticket.among(cab("alice"))
    assert done(ticket, "alice", "review") is None


def test_a_claimed_task_goes_back_to_the_team_where_its_holder_is_gone() -> None:
    """When the person who claimed a task no longer exists, the task returns to the team that the process names."""
    ticket = Ticket(process(REVIEW))
    ticket.do(ClaimTask(ticket.actor("bob"), "review"))
    ticket.among(without("bob"))
    assert holder(ticket) == "team:cab"
    assert done(ticket, "dora", "review") is None


def test_a_claim_asks_nothing() -> None:
    """A task's claimer is present: the ticket stays as claimed, and looks holders up when the organization changes."""
    ticket = Ticket(process(REVIEW), people=away("bob", "erin"))
    revision = ticket.ticket.revision
    ticket.do(ClaimTask(ticket.actor("bob"), "review"))
    assert ticket.ticket.revision == revision + 1
    ticket.among(away("bob", "erin", start="2026-03-01"))
    assert holder(ticket) == "person:erin"


def test_a_task_of_the_owner_of_a_service_goes_to_the_new_owner() -> None:
    """The current holder of the principal may act, whether the old owner has left or not."""
    for text in (ORGANIZATION, without("carol")):
        ticket = Ticket(process(VERIFY), service="email")
        assert holder(ticket) == "person:carol"
        ticket.among(text.replace("owner: carol", "owner: dora"))
        assert holder(ticket) == "person:dora"
        assert done(ticket, "dora", "verify") is None


def test_a_task_that_somebody_stands_in_for_stays_with_them() -> None:
    """Another change of the organization does not take the task away from the stand-in."""
    ticket = Ticket(process(VERIFY), people=away("carol", "erin", start="2026-03-01"), service="email")
    ticket.among(ORGANIZATION)
    assert holder(ticket) == "person:erin"


def test_tickets_of_older_builds_ask_nothing_when_a_task_opens() -> None:
    """A ticket that does not know its organization looks up no holder of a task until it is notified of one."""
    ticket = Ticket(process(PATCH))
    ticket.snapshot = replace(ticket.ticket, organization="", checks=0)
    ticket.answers = False
    ticket.send("stop")
    ticket.send("again")
    assert ticket.wanted(CheckPeople) == []
    ticket.do(OrganizationChanged("new"))
    assert len(ticket.wanted(CheckPeople)) == 1


def test_absences_of_tasks_that_are_over_wake_nobody() -> None:
    """A withdrawn or done task has no deadline."""
    ticket = Ticket(process(PATCH), people=away("bob", "erin"))
    ticket.send("stop")
    assert (next_deadline(ticket.ticket), ticket.now) == (None, MONDAY)
