"""A migration bypasses no control."""

from __future__ import annotations

import pytest

from tests.unit.engine.migration.migrations import OWNER, Moving, reasons
from tests.unit.engine.tickets import compile_text
from workflows.engine.model.events import Renames
from workflows.engine.model.interpreter import LAZY_TIMER, STRICT_CORE

CHANGE = """\
fields: {model: {type: choice, options: [standard, normal], default: normal}}
initial: draft
states:
  draft:
    on:
      submit: [{to: ready, when: ticket.model == 'standard'}, {to: ask}]
  ask:
    approval: {from: [person:bob]}
    on: {approved: ready, rejected: draft}
  ready: {on: {start: doing, cancel: over}}
  doing: {on: {end: over}}
  over: {final: true}
invariants:
  - {never: doing, without: [ask.approved], since: [draft], when: "ticket.model != 'standard'"}
"""
RENAMED = CHANGE.replace("draft", "plan")
WITHOUT = CHANGE[: CHANGE.index("invariants:")]


def test_a_map_does_not_lead_into_what_an_invariant_protects() -> None:
    """A map leads into no protected state, neither directly nor by a history."""
    ticket = Moving(CHANGE)
    assert reasons(ticket.to(RENAMED, draft="doing")) == [
        "'draft' would be 'doing', which no ticket enters without ask.approved: wait until the ticket has left "
        "'draft', or keep its id there"
    ]


def test_a_map_does_not_lead_past_the_control() -> None:
    """A map leads past no control: the protected state could be reached without it."""
    ticket = Moving(CHANGE)
    assert reasons(ticket.to(RENAMED, draft="ready")) == [
        "'draft' would be 'ready', past ask.approved, which 'doing' requires: map it to a state before it"
    ]
    assert ticket.to(RENAMED, draft="plan") is None


WORK = """\
initial: work
states:
  work:
    initial: doing
    on: {done: ready}
    states: {doing: {on: {finish: finished}}, finished: {final: true}}
  ready: {on: {start: closed}}
  closed: {final: true}
invariants: [{never: closed, without: [work.done]}]
"""


@pytest.mark.parametrize("interpreter", [LAZY_TIMER, STRICT_CORE])
def test_a_map_does_not_lead_past_the_end_of_a_compound_state(interpreter: int) -> None:
    """``done`` of a compound state is a control like any other; older interpreters let a map lead past it."""
    ticket = Moving(WORK, interpreter=interpreter)
    new = compile_text(WORK.replace("doing", "busy"), ticket.now, interpreter=interpreter)
    refused = ticket.take(new, OWNER, Renames({"doing": "ready"}))
    assert (refused is None) == (interpreter < STRICT_CORE)
    if refused is not None:
        assert reasons(refused) == [
            "'doing' would be 'ready', past work.done, which 'closed' requires: map it to a state before it"
        ]


def test_a_ticket_that_the_invariant_does_not_speak_of_is_moved() -> None:
    """A standard change needs no approval, so that no map bypasses one."""
    ticket = Moving(CHANGE, model="standard")
    assert ticket.to(RENAMED, draft="ready") is None


def test_a_ticket_that_has_come_by_the_control_is_moved() -> None:
    """A ticket past the control may be mapped to a renamed state past it."""
    ticket = Moving(CHANGE)
    ticket.send("submit")
    ticket.approve("bob")
    assert ticket.state == ("ready",)
    assert ticket.to(CHANGE.replace("ready", "set"), ready="set") is None
    assert ticket.state == ("set",)


def test_a_renamed_state_is_not_behind_a_control_that_is_new() -> None:
    """An old definition without the invariant proves no control."""
    ticket = Moving(WITHOUT)
    ticket.send("submit")
    ticket.approve("bob")
    assert reasons(ticket.to(CHANGE.replace("ready", "set"), ready="set")) == [
        "'ready' would be 'set', past ask.approved, which 'doing' requires: map it to a state before it"
    ]


def test_a_ticket_that_stands_in_a_protected_state_stays_there() -> None:
    """A ticket continues in a protected state of the same id, which it has entered by its old rules."""
    ticket = Moving(WITHOUT)
    ticket.send("submit")
    ticket.approve("bob")
    ticket.send("start")
    assert ticket.to(CHANGE) is None
    assert ticket.state == ("doing",)


PAUSED = """\
initial: work
states:
  work:
    initial: draft
    states:
      draft: {on: {submit: ask}}
      ask: {approval: {from: [person:bob]}, on: {approved: doing, rejected: draft}}
      doing: {}
      h: {history: deep, initial: draft}
    on: {pause: off, end: over}
  off: {on: {resume: h}}
  over: {final: true}
invariants: [{never: doing, without: [ask.approved], since: [draft]}]
"""


def test_a_history_remembers_no_way_round_either() -> None:
    """A history must not remember a protected state that nobody has approved."""
    ticket = Moving(PAUSED)
    ticket.send("pause")
    assert "'draft' would be 'doing'" in reasons(ticket.to(PAUSED.replace("draft", "plan"), draft="doing"))[0]
    assert ticket.to(PAUSED.replace("draft", "plan"), draft="plan") is None
