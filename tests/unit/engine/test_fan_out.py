"""The work that one step starts has a bound, wherever a process asks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.engine.tickets import ORGANIZATION, Ticket
from workflows.engine.model.automation import Automate, SendEvent, StartTicket
from workflows.engine.model.bounds import MOST_EFFECTS, MOST_EVENT_BYTES
from workflows.engine.model.effects import Notify
from workflows.engine.model.interpreter import LAZY_TIMER

NAMES = [f"n{number}" for number in range(MOST_EFFECTS)]
TOO_MANY = [*NAMES, "one_more"]
STEPS = {
    "http": ("{each: ticket.names, http: {url: https://example.com}}", Automate),
    "call": ("{each: ticket.names, call: {action: tickets}}", Automate),
    "send": ("{each: ticket.names, send: {event: news, to: =each}}", SendEvent),
    "start": ("{each: ticket.names, start: {process: sample}}", StartTicket),
    "notify": ("{each: ticket.names, notify: {to: opener, message: Hello}}", Notify),
}
TEXT = """
fields: {{names: {{type: text, list: true}}, letter: {{type: markdown, max_length: 290000}}}}
initial: open
states:
  open:
    on:
      go: {{by: everyone, do: [{step}]}}
      later: {{to: waiting, by: everyone}}
      close: {{to: over, by: everyone}}
  waiting: {{after: [{{for: 1h, to: timed}}]}}
  timed: {{entry: [{step}], on: {{close: {{to: over, by: everyone}}}}}}
  over: {{final: true}}
"""


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_for_each_element_has_a_bound(kind: str) -> None:
    """The full number is taken, one more is refused with the bound; by time it is a problem, and the ticket goes on."""
    step, effect = STEPS[kind]
    ticket = Ticket(TEXT.format(step=step), names=NAMES)
    assert ticket.send("go") is None
    assert len(ticket.wanted(effect)) == MOST_EFFECTS
    ticket = Ticket(TEXT.format(step=step), names=TOO_MANY)
    refusal = ticket.send("go")
    assert refusal is not None
    assert refusal.code == "too_many"
    assert refusal.reason.endswith(f"{MOST_EFFECTS + 1}, and a ticket takes at most {MOST_EFFECTS}")
    ticket.send("later")
    ticket.wait(3_600)
    assert ticket.state == ("timed",)
    assert ticket.wanted(effect) == []
    assert ticket.problems() == ["too_many"]
    assert f"at most {MOST_EFFECTS}" in ticket.ticket.problems[0].text


def test_steps_of_one_event_count_together() -> None:
    """Two steps that are each within the bound are refused together, and so is one event to many tickets."""
    both = f"{STEPS['http'][0]}, {STEPS['notify'][0]}"
    refusal = Ticket(TEXT.format(step=both), names=NAMES[:300]).send("go")
    assert refusal is not None
    assert refusal.code == "too_many"
    one = "{send: {event: news, to: =ticket.names}}"
    refusal = Ticket(TEXT.format(step=one), names=TOO_MANY).send("go")
    assert refusal is not None
    assert refusal.code == "too_many"


def test_an_older_run_starts_all() -> None:
    """A run of an older interpreter replays a step with more elements as it ran."""
    ticket = Ticket(TEXT.format(step=STEPS["http"][0]), names=TOO_MANY)
    ticket.compiled = replace(ticket.compiled, interpreter=LAZY_TIMER)
    assert ticket.send("go") is None
    assert len(ticket.wanted(Automate)) == MOST_EFFECTS + 1


def test_an_effect_has_a_size() -> None:
    """A request whose body is larger than the bound is refused, with the bound."""
    step = "{http: {url: https://example.com, method: POST, body: {a: =ticket.letter, b: =ticket.letter}}}"
    refusal = Ticket(TEXT.format(step=step), letter="x" * 260_000).send("go")
    assert refusal is not None
    assert refusal.code == "too_large"
    assert f"at most {MOST_EVENT_BYTES:,}" in refusal.reason


CHILDREN = """
fields: {names: {type: text, list: true}}
initial: open
states:
  open: {on: {go: {to: divided, by: everyone}, later: {to: waiting, by: everyone}}}
  waiting: {after: [{for: 1h, to: divided}]}
  divided:
    child: {process: sample, each: ticket.names}
    on: {done: over, failed: broken}
  over: {final: true}
  broken: {final: failed}
"""


def test_children_have_a_bound() -> None:
    """A state with more children than the bound is not entered by an event; by time its children have failed."""
    ticket = Ticket(CHILDREN, names=TOO_MANY)
    refusal = ticket.send("go")
    assert refusal is not None
    assert refusal.code == "too_many"
    assert "children of state 'divided'" in refusal.reason
    ticket.send("later")
    ticket.wait(3_600)
    assert ticket.state == ("broken",)
    assert ticket.problems() == ["child_failed"]
    assert Ticket(CHILDREN, names=NAMES).send("go") is None


def test_many_approvers_are_all_told() -> None:
    """Notices about approvals are not steps of a process: six hundred approvers are asked, and each is told."""
    people = "\n".join(f"  p{number}: {{name: P}}" for number in range(600))
    own = ORGANIZATION.replace(
        "teams: {", f"{people}\nteams: {{crowd: {{members: [{', '.join(f'p{n}' for n in range(600))}]}}, "
    )
    ticket = Ticket(
        "initial: asked\nstates:\n"
        "  asked: {approval: {from: [team:crowd], need: any}, on: {approved: over, rejected: over}}\n"
        "  over: {final: true}\n",
        people=own,
    )
    assert len(ticket.told()) == 600
    assert ticket.approve("p17") is None
    assert ticket.state == ("over",)
