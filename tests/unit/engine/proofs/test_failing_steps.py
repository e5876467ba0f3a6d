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
        "{notify: {to: people, message: Look}}",
        "{notify: {to: [opener, manager_of(=ticket.people)], message: Look}}",
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


CONTROLLED = """\
fields:
  n: {type: integer, default: 1, max: 5}
  blocked: {type: boolean, editable: []}
  people: {type: person, list: true}
initial: draft
states:
  draft:
    run: [STEPS]
    on: {done: hold, failed: {to: hold, set: {blocked: false}}}
  hold: {on: {pass: {to: secret, by: everyone, when: "!ticket.blocked"}, end: {to: over, by: everyone}}}
  secret: {final: true}
  over: {final: true}
"""
DIVISION = '{set: {n: "=10/ticket.n"}}'
MAY_FAIL = [
    DIVISION,
    "{raise: nothing, when: '1 / ticket.n > 0'}",
    "{set: {n: 1}, each: ticket.people}",
    "{comment: '=string(1 / ticket.n)'}",
    "{assign: '=ticket.people[0]'}",
    "{watch: person:ann}",
    "{notify: {to: people, message: Look}}",
    "{send: {event: news, to: parent}}",
    '{cost: {amount: "=1 / ticket.n", currency: EUR}}',
    "{set: {n: 9}}",
    "{set: {n: =ticket.n}}",
    "{start: {process: demo}}",
    "{call: {action: tickets}}",
]
NEVER_FAILS = ["{set: {n: 1}}", "{raise: nothing}", "{comment: Entered}", "{assign: person:ann}", "{unwatch: watchers}"]


@pytest.mark.parametrize("step", MAY_FAIL)
def test_a_run_may_fail_at_every_step_that_may_fail(step: str) -> None:
    """A step that may fail gives its run the outcome ``failed``, whether or not the run waits for the step."""
    problems = found(CONTROLLED, STEPS=f"{{set: {{blocked: true}}}}, {step}")
    assert "'secret' can be entered: open" in problems
    assert "→ draft.failed → pass → secret" in problems


@pytest.mark.parametrize("step", [*NEVER_FAILS, "{comment: Entered, when: ticket.n == 3}"])
def test_a_run_never_fails_where_no_step_may_fail(step: str) -> None:
    """A run whose steps and conditions never fail has only the outcome ``done``."""
    assert found(CONTROLLED, STEPS=f"{{set: {{blocked: true}}}}, {step}") == ""


def test_a_run_that_has_failed_is_never_done() -> None:
    """A control that the last step of a run sets holds after ``done``, though an earlier step may fail."""
    text = CONTROLLED.replace("failed: {to: hold, set: {blocked: false}}", "failed: over")
    assert found(text, STEPS=f"{DIVISION}, {{set: {{blocked: true}}}}") == ""
    assert "→ draft.done → pass → secret" in found(text, STEPS="{set: {blocked: true}, when: ticket.n > 3}")


def test_a_run_whose_steps_have_succeeded_has_not_failed() -> None:
    """If only the last step of a run may fail, what it writes is not written when the run has failed."""
    text = CONTROLLED.replace("failed: {to: hold, set: {blocked: false}}", "failed: other")
    text = text.replace(
        "  over:", "  other: {on: {pass: {to: secret, when: ticket.blocked, by: everyone}, end: over}}\n  over:"
    )
    assert found(text, STEPS="{set: {blocked: false}}, {set: {blocked: true, n: =ticket.n}}") == ""


def test_a_run_with_a_step_that_always_fails_is_never_done() -> None:
    """The outcome ``done`` makes no path, unless the run waits before that step and people may complete it by hand."""
    text = CONTROLLED.replace("done: hold", "done: secret").replace("to: hold, set: {blocked: false}", "to: over")
    assert found(text, STEPS="{set: {blocked: true}}, {set: {n: 9}}") == ""
    assert "→ draft.done → secret" in found(text, STEPS="{call: {action: tickets}}, {set: {n: 9}}")


UNHANDLED = """fields: {n: {type: integer, default: 1, max: 5}, people: {type: person, list: true}}
initial: draft
states:
  draft: {run: [STEPS], on: {done: over}}
  over: {final: true}
"""


@pytest.mark.parametrize("step", MAY_FAIL[:-1])
def test_a_run_that_may_fail_handles_its_failure_to_reach_its_end(step: str) -> None:
    """Without a handler of ``failed``, a ticket whose run has failed stays in its state for ever."""
    problems = printed(written(UNHANDLED.replace("STEPS", step), invariants="[{eventually: [over]}]"))
    assert "from 'draft' the ticket can't reach over: open" in problems


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (
            "{comment: Noted}, " + DIVISION,
            "warning: the outcome 'failed' of the run is not handled: step 2 (set) may fail",
        ),
        (
            "{start: {process: demo}}",
            "warning: the outcome 'failed' of the run is not handled: step 1 (start) may fail",
        ),
        ("{set: {n: 9}}", "the outcome 'failed' of the run is not handled: step 1 (set) always fails"),
        (
            "{comment: Noted, when: 1 / ticket.n > 0}",
            "the outcome 'failed' of the run is not handled: the condition of step 1 (comment) may fail",
        ),
    ],
)
def test_the_failure_of_a_run_is_handled(steps: str, problem: str) -> None:
    """Every failure without a handler is reported, as an error if it is certain or a condition may fail."""
    text = UNHANDLED.replace("STEPS", steps)
    lines = printed(written(text)).splitlines()
    assert f"demo.yaml:8:11 unhandled-outcome {problem}" in lines
    for handled in ("failed: over", "'*': {to: over, by: everyone}"):
        assert "unhandled-outcome" not in printed(written(text.replace("done: over", f"done: over, {handled}")))
    assert "unhandled-outcome" not in printed(written(text, on="{failed: over}"))


@pytest.mark.parametrize("step", [*NEVER_FAILS, "{notify: {to: opener, message: Look}, when: ticket.n == 3}"])
def test_a_run_that_never_fails_needs_no_handler_of_its_failure(step: str) -> None:
    """A run whose steps and conditions never fail has no failure to handle."""
    assert printed(written(UNHANDLED.replace("STEPS", step), invariants="[{eventually: [over]}]")) == ""


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
