"""A proof considers that a step may fail and end its list: no control may come after a step that may fail."""

from __future__ import annotations

import pytest

from tests.unit.engine.proofs.proved_processes import printed, written

PROCESS = """\
fields:
  blocked: {type: boolean, default: false, editable: []}
  must: {type: text, required: true, default: x}
  count: {type: integer, max: 5}
  limit: {type: integer}
  bound: {type: integer, max: "=ticket.limit"}
  due: {type: datetime}
  other_due: {type: datetime}
  note: {type: text}
  people: {type: person, list: true}
  next: {type: ticket}
initial: new
states:
  new: {on: {go: {to: wait, by: everyone}}}
  wait:
    entry: [STEP, {set: {blocked: true}}]
    on: {on: {to: secret, by: everyone, when: "!ticket.blocked"}, end: {to: over, by: everyone}}
  secret: {final: true}
  over: {final: true}
"""
LEFT_OUT = "'secret' can be entered: open → go (a step of entry of wait fails) → on → secret"


def found(text: str, **replaced: str) -> str:
    for old, new in replaced.items():
        text = text.replace(old, new)
    return printed(written(text, invariants="[{never: secret}]"))


@pytest.mark.parametrize(
    "step",
    [
        "{set: {count: 3}}",
        "{set: {due: =now}}",
        "{set: {due: =ticket.other_due}}",
        "{set: {note: null, count: null}}",
        "{raise: something}",
        "{assign: person:ann}",
        "{notify: {to: [opener, team:desk], message: Look}}",
        "{notify: {to: opener, message: =ticket.note}, when: \"ticket.limit == 3 && in_state('wait')\"}",
        "{comment: Entered}",
        "{comment: =ticket.note}",
        "{cost: {amount: 3, currency: EUR}}",
        "{unwatch: watchers}",
    ],
)
def test_a_step_that_can_not_fail_leaves_nothing_out(step: str) -> None:
    """Values that are certain to fit, plain notices, comments, raised events and assignments never fail."""
    assert found(PROCESS, STEP=step) == ""


@pytest.mark.parametrize(
    "step",
    [
        "{set: {bound: 3}}",
        "{set: {limit: 3}}",
        "{set: {count: 3, must: =ticket.note}}",
        "{set: {note: =ticket.must}}",
        '{set: {due: "=now + duration(ticket.note)"}}',
        "{set: {next: =ticket.note}}",
        f"{{set: {{note: {'x' * 200}}}}}",
        '{set: {count: 3}, when: "1 / ticket.limit > 0"}',
        "{set: {count: 3}, each: ticket.people}",
        "{assign: =each, each: ticket.people}",
        '{notify: {to: opener, message: "=ticket.note + ticket.must"}}',
        '{cost: {amount: "=ticket.limit", currency: EUR}}',
        "{watch: person:ann}",
        "{call: {action: tickets}}",
        '{http: {url: "https://example.com"}}',
        "{send: {event: news, to: parent}}",
        "{start: {process: demo}}",
    ],
)
def test_a_step_that_may_fail_may_leave_out_those_after_it(step: str) -> None:
    """The path names the place where a step fails."""
    assert LEFT_OUT in found(PROCESS, STEP=step)


@pytest.mark.parametrize("step", ["{set: {count: 9}}", "{set: {must: null}}", "{set: {must: ''}}"])
def test_a_step_that_always_fails_leaves_out_those_after_it(step: str) -> None:
    """The steps after a step that always fails are never performed, so they make no path."""
    assert "open → go → on → secret" in found(PROCESS, STEP=step)
    raising = PROCESS.replace("{set: {blocked: true}}", "{raise: more}").replace("on: {on:", "on: {more:")
    assert "open → go → raised more → secret" in found(raising, STEP="{raise: nothing}")
    assert found(raising, STEP=step) == ""


def test_what_comes_before_a_step_that_may_fail_stands() -> None:
    """A control that is set before the step that may fail is proved."""
    text = PROCESS.replace("[STEP, {set: {blocked: true}}]", "[{set: {blocked: true}}, {call: {action: tickets}}]")
    assert found(text) == ""


@pytest.mark.parametrize(
    ("on", "path"),
    [
        ("on: {go: {to: wait, by: everyone, TAKEN}}", ""),
        ("after: [{for: 1h, to: wait, TAKEN}]", "open → after 1h (set of after fails) → on → secret"),
    ],
)
def test_the_set_of_a_transition_may_leave_out_its_do(on: str, path: str) -> None:
    """If nobody acts, a failed ``set`` leaves out ``do``; the event of a person is refused instead."""
    taken = "set: {note: =ticket.must}, do: [{set: {blocked: true}}]"
    text = PROCESS.replace("on: {go: {to: wait, by: everyone}}", on.replace("TAKEN", taken))
    problems = found(text.replace("[STEP, {set: {blocked: true}}]", "[]"))
    assert path in problems
    assert bool(path) == bool(problems)


RUN = """\
fields:
  blocked: {type: boolean, editable: []}
initial: new
states:
  new:
    entry: [{set: {blocked: true}}]
    run: [FIRST, {set: {blocked: false}}, {call: {action: tickets}}]
    on: {done: over, failed: over, on: {to: secret, by: everyone, when: "!ticket.blocked"}}
  secret: {final: true}
  over: {final: true}
"""


@pytest.mark.parametrize(
    ("first", "path"),
    [
        ("{raise: nothing}", "open → on → secret"),
        ("{call: {action: tickets}}", "open → step 1 of the run of new → on → secret"),
        ('{call: {action: tickets}, when: "ticket.key == null"}', "open → on → secret"),
    ],
)
def test_the_steps_of_a_run_are_part_of_the_proof(first: str, path: str) -> None:
    """A proof covers the writes of a run, at once or after a step for which the run waits."""
    assert f"'secret' can be entered: {path}" in found(RUN, FIRST=first)


def test_a_list_may_raise_an_event_more_than_once() -> None:
    """The second event that a step raises is handled in the states to which the first event led."""
    text = """\
    fields: {people: {type: person, list: true}}
    initial: new
    states:
      new: {on: {go: {do: [{raise: step, each: ticket.people}], by: everyone}, step: middle}}
      middle: {on: {step: secret, end: {to: over, by: everyone}}}
      secret: {final: true}
      over: {final: true}
    """
    assert "open → go → raised step → raised step → secret" in found(text)
