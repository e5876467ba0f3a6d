"""The outcomes of compound states on the pure core: when they are due, to whom they are offered, when they lapse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.tickets import Ticket
from workflows.engine.model.events import UpdateTask
from workflows.engine.model.interpreter import INTERPRETER, LAZY_TIMER, STRICT_CORE

FIELDS = """\
fields:
  seen: {type: text}
  resolution: {type: text}
  blocked: {type: boolean, default: false}
"""
NOTE = "{set: {seen: \"=(ticket.seen == null ? '' : ticket.seen + ' ') + '%s'\"}}"


def note(text: str) -> str:
    return NOTE % text


def seen(ticket: Ticket) -> list[str]:
    return str(ticket.ticket.fields.get("seen", "")).split()


def due(ticket: Ticket) -> list[tuple[str, str]]:
    return [(outcome.state, outcome.name) for outcome in ticket.ticket.outcomes]


versions = pytest.mark.parametrize("interpreter", [LAZY_TIMER, STRICT_CORE])

REOPENED = f"""\
{FIELDS}
initial: work
states:
  work:
    initial: doing
    on:
      done: {{to: closed, requires: [resolution]}}
      reopen: {{to: doing, internal: true}}
      fill: {{form: [resolution]}}
    states:
      doing: {{on: {{finish: finished}}}}
      finished: {{final: true}}
  closed: {{final: true}}
"""


@versions
def test_done_lapses_when_the_final_child_is_left(interpreter: int) -> None:
    """A ticket that was reopened does not close by the ``done`` from before; under older interpreters it does."""
    ticket = Ticket(REOPENED, interpreter=interpreter)
    ticket.send("finish")
    assert (ticket.state, due(ticket)) == (("finished",), [("work", "done")])
    ticket.send("reopen")
    strict = interpreter >= STRICT_CORE
    assert due(ticket) == ([] if strict else [("work", "done")])
    ticket.send("fill", resolution="Repaired")
    assert ticket.state == (("doing",) if strict else ("closed",))


def test_done_stays_due_until_a_transition_takes_it() -> None:
    """A ``done`` that lacks a field is taken as soon as the field is given, also the second time."""
    ticket = Ticket(REOPENED)
    for event in ("finish", "reopen", "finish"):
        ticket.send(event)
    assert (due(ticket), ticket.problems()) == ([("work", "done")], ["missing_fields"])
    ticket.send("fill", resolution="Repaired")
    assert (ticket.state, due(ticket)) == (("closed",), [])


def test_a_due_done_of_an_older_build_lapses_too() -> None:
    """A ticket that has carried its ``done`` from an older interpreter is reopened like any other."""
    ticket = Ticket(REOPENED, interpreter=LAZY_TIMER)
    ticket.send("finish")
    newer = Ticket(REOPENED, interpreter=INTERPRETER)
    newer.snapshot = ticket.snapshot
    newer.send("reopen")
    newer.send("fill", resolution="Repaired")
    assert newer.state == ("doing",)


REGIONS = f"""\
{FIELDS}
initial: both
states:
  both:
    parallel: true
    on: {{done: {{to: closed, when: "!ticket.blocked"}}, unblock: {{set: {{blocked: false}}}}}}
    states:
      one: {{initial: o1, on: {{again: o1}}, states: {{o1: {{on: {{end_one: o2}}}}, o2: {{final: true}}}}}}
      two: {{initial: t1, states: {{t1: {{on: {{end_two: t2}}}}, t2: {{final: true}}}}}}
  closed: {{final: true}}
"""


def test_done_of_a_parallel_state_lapses_with_that_of_a_region() -> None:
    """A parallel state is done no more when a region leaves its final state."""
    text = REGIONS.replace("on: {again: o1}", "on: {again: {to: o1, internal: true}}")
    ticket = Ticket(text, blocked=True)
    ticket.send("end_one")
    ticket.send("end_two")
    assert due(ticket) == [("both", "done")]
    ticket.send("again")
    assert (ticket.state, due(ticket)) == (("o1", "t2"), [])
    ticket.send("unblock")
    assert due(ticket) == []
    ticket.send("end_one")
    assert ticket.state == ("closed",)


INNER = f"""\
{FIELDS}
initial: outer
states:
  outer:
    initial: inner
    on: {{done: wrong, leave: right}}
    states:
      inner: {{initial: x, states: {{x: {{on: {{end: y}}}}, y: {{final: true}}}}}}
      last: {{final: true}}
  right: {{final: true}}
  wrong: {{final: true}}
"""


@versions
def test_done_of_an_inner_state_is_its_own(interpreter: int) -> None:
    """``done`` is offered to the compound state that is done, and not to the states around it (SCXML 3.7)."""
    ticket = Ticket(INNER, interpreter=interpreter)
    ticket.send("end")
    assert ticket.state == (("y",) if interpreter >= STRICT_CORE else ("wrong",))


def test_a_guard_of_an_outer_state_is_not_asked_for_done() -> None:
    """An outer handler that lacks a field reports no problem for the ``done`` of an inner state."""
    own = "on: {done: {do: [{comment: Own}], when: ticket.blocked}}"
    text = INNER.replace("done: wrong", "done: {to: wrong, requires: [resolution]}")
    ticket = Ticket(text.replace("inner: {initial: x,", f"inner: {{initial: x, {own},"))
    ticket.send("end")
    assert (ticket.state, due(ticket), ticket.problems()) == (("y",), [("inner", "done")], [])


def test_the_outcome_of_a_block_is_offered_to_the_states_around_it() -> None:
    """``done`` of tasks is not ``done`` of a state: an outer handler takes it, though its state has states inside."""
    text = """\
initial: outer
states:
  outer:
    initial: tasked
    on: {done: right, failed: wrong}
    states:
      tasked:
        initial: a
        tasks: [{id: t, title: T}]
        states: {a: {on: {end: b}}, b: {final: true}}
  right: {final: true}
  wrong: {final: true}
"""
    ticket = Ticket(text)
    ticket.send("end")
    assert ticket.state == ("b",)
    ticket.do(UpdateTask(ticket.actor("alice"), "t", "done"))
    assert ticket.state == ("right",)


ORDER = f"""\
{FIELDS}
initial: work
states:
  work:
    initial: a
    on:
      done: {{do: [{note("done")}, {{raise: late}}]}}
      first: {{do: [{note("first")}]}}
      second: {{to: closed, do: [{note("second")}]}}
      late: {{do: [{note("late")}]}}
    states:
      a: {{on: {{go: {{to: f, do: [{{raise: first}}]}}}}}}
      f: {{final: true, entry: [{{raise: first}}]}}
  closed: {{final: true}}
"""


@versions
def test_done_is_in_its_place_among_raised_events(interpreter: int) -> None:
    """SCXML's queue is first in, first out: events raised before the final state's entry ended come before ``done``."""
    ticket = Ticket(ORDER, interpreter=interpreter)
    ticket.send("go")
    assert seen(ticket) == ["first", "first", "done", "late"]


@versions
def test_done_comes_before_events_raised_after_it(interpreter: int) -> None:
    """An event that is raised after the final child's entry follows ``done``, and keeps the actor of its own event."""
    text = f"""\
{FIELDS}
initial: both
states:
  both:
    parallel: true
    on: {{go: {{}}, over: closed}}
    states:
      one:
        initial: o1
        on: {{done: {{do: [{note("done")}, {{raise: after}}]}}, after: {{do: [{note("after")}]}}}}
        states: {{o1: {{on: {{end: o2}}}}, o2: {{final: true}}}}
      two:
        initial: t1
        on: {{raised: {{do: [{note("raised")}, {{assign: =actor.id}}]}}}}
        states: {{t1: {{on: {{end: t2}}}}, t2: {{entry: [{{raise: raised}}]}}}}
  closed: {{final: true}}
"""
    ticket = Ticket(text, interpreter=interpreter)
    ticket.send("end")
    strict = interpreter >= STRICT_CORE
    assert seen(ticket) == (["done", "raised", "after"] if strict else ["raised", "done", "after"])
    assert ticket.ticket.assignee == "person:alice"


FAILING = f"""\
{FIELDS}
initial: work
states:
  work:
    initial: doing
    on: {{done: right, failed: wrong}}
    states:
      doing: {{on: {{finish: finished, break: broken}}}}
      finished: {{final: true}}
      broken: {{final: failed}}
  right: {{final: true}}
  wrong: {{final: true}}
"""


@versions
@pytest.mark.parametrize("event", ["finish", "break"])
def test_a_final_state_that_failed_is_the_failure_of_the_state_around_it(interpreter: int, event: str) -> None:
    """``final: failed`` gives the state around it the outcome ``failed``; older interpreters know ``done`` alone."""
    ticket = Ticket(FAILING, interpreter=interpreter)
    ticket.send(event)
    failed = event == "break" and interpreter >= STRICT_CORE
    assert ticket.state == (("wrong",) if failed else ("right",))
    assert not ticket.ticket.failed


def test_failed_is_never_sent_to_a_state_that_has_it() -> None:
    """People can't send the outcome ``failed`` of a compound state; where no state has it, it is an event of people."""
    ticket = Ticket(FAILING)
    refused = ticket.send("failed")
    assert refused is not None
    assert refused.code == "unknown_event"
    for text, interpreter in ((FAILING, LAZY_TIMER), (FAILING.replace("final: failed", "final: true"), INTERPRETER)):
        other = Ticket(text, interpreter=interpreter)
        assert other.send("failed") is None
        assert other.state == ("wrong",)


def parallel_ends(one: Any, two: Any) -> str:
    return f"""\
initial: both
states:
  both:
    parallel: true
    on: {{done: right, failed: wrong}}
    states:
      one: {{initial: o1, states: {{o1: {{on: {{end_one: o2}}}}, o2: {{final: {one}}}}}}}
      two: {{initial: t1, states: {{t1: {{on: {{end_two: t2}}}}, t2: {{final: {two}}}}}}}
  right: {{final: true}}
  wrong: {{final: true}}
"""


@pytest.mark.parametrize(
    ("one", "two", "end"), [("true", "true", "right"), ("failed", "true", "wrong"), ("true", "failed", "wrong")]
)
def test_a_parallel_state_has_failed_when_all_regions_have_ended_and_one_has_failed(
    one: str, two: str, end: str
) -> None:
    """A parallel state ends with its last region, as a failure where one of its regions has failed."""
    ticket = Ticket(parallel_ends(one, two))
    ticket.send("end_one")
    assert ticket.said("outcome") == []
    ticket.send("end_two")
    assert ticket.state == (end,)


VOTES = f"""\
{FIELDS}
initial: review
states:
  review:
    parallel: true
    entry: [{note("review+")}]
    on: {{archive: {{to: archive, internal: true}}, tidy: {{to: papers, internal: true}}, out: over}}
    states:
      votes: {{approval: {{from: [person:bob, person:erin], need: all}}, on: {{approved: over, rejected: over}}}}
      papers:
        initial: desk
        states:
          desk: {{entry: [{note("desk+")}], exit: [{note("desk-")}]}}
          archive: {{entry: [{note("archive+")}]}}
  over: {{final: true}}
"""


@versions
def test_an_internal_transition_of_a_parallel_state_leaves_the_other_regions_alone(interpreter: int) -> None:
    """A vote in another region stays valid, and the parallel state is not entered again."""
    ticket = Ticket(VOTES, interpreter=interpreter)
    ticket.approve("bob")
    ticket.send("archive")
    strict = interpreter >= STRICT_CORE
    assert ticket.asked("votes") == (["erin"] if strict else ["bob", "erin"])
    assert seen(ticket) == ["review+", "desk+", "desk-", *([] if strict else ["review+"]), "archive+"]
    ticket.send("tidy")
    ticket.approve("erin")
    assert ticket.state == (("over",) if strict else ("votes", "desk"))


PAST = """\
initial: work
states:
  work:
    initial: open
    on: {touch: past, leave: away}
    states:
      open: {on: {next: later}}
      later: {}
      past: {history: shallow}
  away: {on: {back: past, stop: over}}
  over: {final: true}
"""


def test_a_history_without_initial_leads_where_its_state_begins() -> None:
    """Until it remembers something, a history is the initial state of the state around it."""
    begun = Ticket(PAST.replace("initial: work", "initial: away", 1))
    begun.send("back")
    assert begun.state == ("open",)
    ticket = Ticket(PAST)
    for event in ("next", "leave", "back"):
        ticket.send(event)
    assert ticket.state == ("later",)


def test_a_history_that_is_the_beginning_leads_to_the_first_state() -> None:
    """Where the state around it begins in the history itself, the history leads to the first state inside."""
    ticket = Ticket(PAST.replace("initial: open", "initial: past"))
    assert ticket.state == ("open",)


def test_a_history_of_a_parallel_state_leads_to_all_regions() -> None:
    """Until it remembers something, a history of a parallel state is all of its regions."""
    text = """\
initial: away
states:
  both:
    parallel: true
    on: {leave: away}
    states:
      one: {initial: o1, states: {o1: {on: {next: o2}}, o2: {}}}
      two: {}
      past: {history: deep}
  away: {on: {back: past}}
"""
    ticket = Ticket(text)
    ticket.send("back")
    assert ticket.state == ("o1", "two")
    for event in ("next", "leave", "back"):
        ticket.send(event)
    assert ticket.state == ("o2", "two")
