"""Tasks of a state on the pure core (LANGUAGE, section 4, tasks): their order, their owners, their ends."""

from __future__ import annotations

from typing import Any, Literal

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.deadlines import next_deadline
from workflows.engine.model.events import ClaimTask, Edit, UpdateTask
from workflows.engine.model.result import Refusal

FIELDS = """\
fields:
  risk: {type: integer, default: 1}
  result: {type: text, max_length: 5}
  limit: {type: integer, max: 3}
  service: {type: service}
"""


def process(tasks: str, on: str = "{done: finished, failed: broken, stop: finished}") -> str:
    return f"""\
{FIELDS}
initial: work
states:
  work: {{tasks: {tasks}, on: {on}}}
  finished: {{on: {{again: work, end: over}}}}
  broken: {{on: {{again: work}}}}
  over: {{final: true}}
"""


def code(refused: Refusal | None) -> str | None:
    return refused.code if refused else None


def statuses(ticket: Ticket) -> dict[str, str]:
    return {task.id: task.status for task in ticket.ticket.tasks["work"]}


def end(
    ticket: Ticket, task: str, by: str, result: Literal["done", "failed"] | None = "done", **more: Any
) -> Refusal | None:
    return ticket.do(UpdateTask(ticket.actor(by), task, result, **more))


def test_a_task_opens_when_all_before_it_are_done() -> None:
    """``after`` holds a task back; its assignee is notified when it opens; the last task makes the state done."""
    ticket = Ticket(
        process("[{id: a, title: A, assign: person:bob}, {id: b, title: B, assign: person:dora, after: [a]}]")
    )
    assert statuses(ticket) == {"a": "open", "b": "waiting"}
    assert ticket.told() == [(("person:bob",), "task_assigned")]
    assert code(end(ticket, "b", "dora")) == "not_open"
    assert end(ticket, "a", "bob") is None
    assert ticket.told() == [(("person:dora",), "task_assigned")]
    assert end(ticket, "b", "dora") is None
    assert ticket.state == ("finished",)


def test_a_task_that_does_not_apply_counts_as_done() -> None:
    """``when`` is evaluated when the task's turn comes; a skipped task lets the tasks after it begin."""
    text = process(
        "[{id: a, title: A}, {id: b, title: B, after: [a], when: ticket.risk > 3}, {id: c, title: C, after: [b]}]"
    )
    ticket = Ticket(text)
    end(ticket, "a", "alice")
    assert statuses(ticket) == {"a": "done", "b": "skipped", "c": "open"}
    risky = Ticket(text)
    risky.do(Edit(risky.actor("alice"), {"risk": 5}))
    end(risky, "a", "alice")
    assert statuses(risky) == {"a": "done", "b": "open", "c": "waiting"}


def test_done_at_once_where_none_applies() -> None:
    """A state without a task that applies is done in the step that enters it."""
    ticket = Ticket(process("[{id: a, title: A, when: ticket.risk > 3}, {id: b, title: B, after: [a], when: 'false'}]"))
    assert (ticket.state, ticket.ticket.revision) == (("finished",), 1)


def test_one_failure_fails_the_state() -> None:
    """A state is ``failed`` as soon as one of its tasks is, with the reason; open tasks are withdrawn."""
    ticket = Ticket(process("[{id: a, title: A}, {id: b, title: B}, {id: c, title: C, after: [a]}]"))
    assert code(end(ticket, "a", "alice", "failed")) == "comment_required"
    assert code(end(ticket, "a", "alice", "failed", comment="  ")) == "comment_required"
    assert end(ticket, "a", "alice", "failed", comment="Broken cable") is None
    assert ticket.state == ("broken",)
    assert statuses(ticket) == {"a": "failed", "b": "withdrawn", "c": "withdrawn"}
    assert ticket.ticket.tasks["work"][0].comment == "Broken cable"


def test_leaving_withdraws_and_coming_back_begins_anew() -> None:
    """Tasks belong to one visit."""
    ticket = Ticket(process("[{id: a, title: A}, {id: b, title: B}]"))
    end(ticket, "a", "alice")
    ticket.send("stop")
    assert statuses(ticket) == {"a": "done", "b": "withdrawn"}
    assert code(end(ticket, "b", "alice")) == "not_open"
    ticket.send("again")
    assert statuses(ticket) == {"a": "open", "b": "open"}
    assert {task.visit for task in ticket.ticket.tasks["work"]} == {2}


def test_only_its_assignee_ends_a_task() -> None:
    """A person, a team's member and a service's owner each act on their own task; a claim gives it to one person."""
    ticket = Ticket(
        process("[{id: a, title: A, assign: team:cab}, {id: b, title: B, assign: service.owner}]"), service="email"
    )
    assert code(end(ticket, "a", "alice")) == "not_permitted"
    assert code(end(ticket, "b", "bob")) == "not_permitted"
    assert code(ticket.do(ClaimTask(ticket.actor("alice"), "a"))) == "not_permitted"
    assert ticket.do(ClaimTask(ticket.actor("bob"), "a")) is None
    assert code(ticket.do(ClaimTask(ticket.actor("dora"), "a"))) == "not_permitted"
    assert code(end(ticket, "a", "dora")) == "not_permitted"
    assert end(ticket, "a", "bob") is None
    assert code(ticket.do(ClaimTask(ticket.actor("bob"), "a"))) == "not_open"
    assert end(ticket, "b", "carol") is None
    assert ticket.state == ("finished",)


def test_the_owner_of_a_service_that_becomes_known_later_gets_the_task() -> None:
    """A ticket opened before its service is known assigns the task all the same, and the owner is notified."""
    ticket = Ticket(process("[{id: a, title: A, assign: service.owner}]"), service="email")
    assert end(ticket, "a", "carol") is None
    assert ticket.problems() == []


def test_who_sees_the_ticket_ends_a_task_without_an_assignee() -> None:
    """A task without an assignee may be done by everybody who sees the ticket, and by nobody else."""
    ticket = Ticket(process("[{id: a, title: A}]"))
    assert code(end(ticket, "a", "erin")) == "not_permitted"
    assert end(ticket, "a", "alice") is None


def test_a_task_for_nobody_shows_a_problem() -> None:
    """A principal without a value leaves the task to everybody who sees the ticket, with a visible problem."""
    ticket = Ticket(process("[{id: a, title: A, assign: assignee}]"))
    assert ticket.problems() == ["nobody_to_assign"]
    assert end(ticket, "a", "alice") is None


def test_due_reminds_once_and_runs_from_opening() -> None:
    """``due`` counts from the opening of the task; the holder is reminded once."""
    text = process(
        "[{id: a, title: A, assign: person:bob}, {id: b, title: B, assign: person:dora, after: [a], due: 2h}]"
    )
    ticket = Ticket(text)
    ticket.wait(HOUR)
    end(ticket, "a", "bob")
    ticket.told()
    assert next_deadline(ticket.ticket) == MONDAY + 3 * HOUR
    ticket.wait(5 * HOUR)
    assert ticket.told() == [(("person:dora",), "reminder")]
    assert next_deadline(ticket.ticket) is None
    assert end(ticket, "b", "dora") is None


def test_a_checklist_is_ticked_before_the_task_is_done() -> None:
    """Items are ticked over several updates; unticked items, and items not on the list, are refused by name."""
    ticket = Ticket(process("[{id: a, title: A, checklist: [Plug, Switch]}]"))
    assert end(ticket, "a", "alice", None, checked=("Plug",)) is None
    refused = end(ticket, "a", "alice")
    assert refused is not None
    assert (refused.code, refused.fields) == ("missing_fields", ("Switch",))
    unknown = end(ticket, "a", "alice", None, checked=("Socket",))
    assert unknown is not None
    assert (unknown.code, unknown.fields) == ("invalid_fields", ("Socket",))
    assert ticket.ticket.tasks["work"][0].checked == ("Plug",)
    assert end(ticket, "a", "alice", checked=("Switch",)) is None
    assert ticket.state == ("finished",)


def test_the_form_of_a_task_writes_fields() -> None:
    """A form takes only its own fields, of their types and within limits, and writes all of them or none."""
    ticket = Ticket(process("[{id: a, title: A, form: [result, limit, comment]}]"))
    before = ticket.ticket
    assert code(end(ticket, "a", "alice", fields={"risk": 3})) == "invalid_fields"
    assert code(end(ticket, "a", "alice", fields={"result": "too long"})) == "invalid_fields"
    assert code(end(ticket, "a", "alice", fields={"result": "ok", "limit": 4})) == "invalid_fields"
    assert ticket.ticket == before
    assert end(ticket, "a", "alice", fields={"result": "ok", "comment": "easy"}) is None
    assert (ticket.ticket.fields["result"], ticket.state) == ("ok", ("finished",))
    assert ticket.ticket.tasks["work"][0].comment == "easy"


def test_an_outcome_nobody_takes_yet_waits() -> None:
    """``done`` stays due until a transition is enabled, and no task can be ended twice meanwhile."""
    ticket = Ticket(
        process("[{id: a, title: A}]", "{done: {to: finished, when: ticket.risk > 5}, failed: broken, x: {}}")
    )
    end(ticket, "a", "alice")
    assert ticket.state == ("work",)
    assert code(end(ticket, "a", "alice")) == "not_open"
    ticket.do(Edit(ticket.actor("alice"), {"risk": 9}))
    assert ticket.state == ("finished",)


def test_the_end_wins_for_tasks_too() -> None:
    """After the end every update of a task is refused with ``ended``."""
    ticket = Ticket(process("[{id: a, title: A}]"))
    ticket.send("stop")
    ticket.send("end")
    assert code(end(ticket, "a", "alice")) == "ended"
    assert code(ticket.do(ClaimTask(ticket.actor("alice"), "a"))) == "ended"
