"""Invariants are proved when a file is loaded, and a broken one shows the shortest path to it (LANGUAGE, section 2)."""

from __future__ import annotations

import pytest

from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.schema.organization import Organization
from definitions.schema.scenario import Scenario
from tests.paths import TESTS
from tests.unit.engine.proofs.proved_processes import (
    ORGANIZATION,
    printed,
    problems_of,
    process_of,
    replayable,
    source_of,
    written,
)
from workflows.engine.scenarios import Setting, run_scenario

CHANGE = (TESTS / "unit" / "engine" / "processes" / "change_enablement.yaml").read_text()
SHIPPED_CHANGE = (SHIPPED / "processes" / "change.yaml").read_text()
INCIDENT = (SHIPPED / "processes" / "incident.yaml").read_text()
PEOPLE = Organization.model_validate(source_of((SHIPPED / "organization" / "organization.yaml").read_text()).data)
CLAIM = (
    "invariant-broken 'implement' can be entered while ticket.model != 'standard' without authorize.approved or "
    "cab_chair.approved since draft, service, planned_start or planned_end: "
)
WAY_OUT = (
    "\n  at 1st invariant"
    "\n  hint: let every path to 'implement' pass authorize.approved or cab_chair.approved, or guard it"
)
BROKEN = {
    "send_back: {to: draft,": ("send_back: {to: scheduled,", "open → submit → send_back → {start} → implement"),
    "expired:  cab_chair": (
        "expired: scheduled",
        "open (model=emergency) → submit → authorize.expired → {start} → implement",
    ),
    "  draft:\n": ("  draft:\n    after: [{for: 3d, to: implement}]\n", "open → after 3d → implement"),
    "  authorize:\n": (
        "  authorize:\n    always: [{to: scheduled, when: \"ticket.risk < 2\"}]\n",
        "open (model=emergency) → submit → always → {start} → implement",
    ),
    "ticket.model == 'standard'\"": (
        "ticket.model != 'normal'\"",
        "open (model=emergency) → submit → {start} → implement",
    ),
    "reschedule: {to: authorize, ": (
        "reschedule: {",
        "open (model=emergency) → submit → authorize.approved → reschedule (planned_start) → {start} → implement",
    ),
    "planned_end:   {type: datetime, editable: [draft, assess, authorize]": (
        "planned_end: {type: datetime, editable: [draft, assess, authorize, scheduled]",
        "open (model=emergency) → submit → authorize.approved → edit (planned_end) → {start} → implement",
    ),
    "editable: [draft]}": (
        "editable: [draft, scheduled]}",
        "open (model=standard) → submit → edit (model=normal) → {start} → implement",
    ),
}  # fmt: skip


def broken_change(old: str) -> str:
    assert CHANGE.count(old) == 1
    return CHANGE.replace(old, BROKEN[old][0])


@pytest.mark.parametrize("text", [CHANGE, SHIPPED_CHANGE, INCIDENT], ids=["example", "change", "incident"])
def test_the_shipped_processes_are_proved(text: str) -> None:
    """The shipped processes keep their invariants, without a warning."""
    assert printed(text, PEOPLE) == ""


@pytest.mark.parametrize("old", BROKEN, ids=lambda old: " ".join(old.split())[:20])
def test_a_control_that_is_broken_shows_the_shortest_path_around_it(old: str) -> None:
    """A change without one of its controls has the path that it closes, with the values that the path needs."""
    path = BROKEN[old][1].format(start="until ticket.planned_start")
    found = printed(broken_change(old), PEOPLE)
    assert CLAIM + path + WAY_OUT in found
    assert found.count("invariant-broken") == 1


def test_a_broken_invariant_is_one_problem_at_its_place() -> None:
    """The problem states file, line and column of the invariant, the claim, the path, the object and a hint."""
    line = 1 + CHANGE[: CHANGE.index("  - {never:")].count("\n")
    expected = f"demo.yaml:{line}:5 {CLAIM}open → submit → send_back → until ticket.planned_start → implement{WAY_OUT}"
    assert printed(broken_change("send_back: {to: draft,"), PEOPLE) == expected


@pytest.mark.parametrize("old", BROKEN, ids=lambda old: " ".join(old.split())[:20])
def test_a_path_is_replayed_as_a_scenario(old: str) -> None:
    """A counterexample is a scenario that the runner plays without a failure, into the protected state."""
    text = broken_change(old)
    scenario = replayable(text, PEOPLE)
    assert scenario is not None
    process = process_of(source_of(text).data)
    model = Scenario.model_validate(source_of(scenario).data)
    result = run_scenario(model, Setting(process, digest(process), PEOPLE, model.given.now))
    assert result.failures == ()
    assert result.snapshot is not None
    assert "implement" in result.snapshot.configuration


@pytest.mark.parametrize(
    "approval",
    [
        "ask: {approval: {stages: [{from: person:dora}, {from: person:dora}]}, on: {approved: told, rejected: over}}",
        "ask: {approval: {from: person:dora}, on: {approved: again, rejected: over}}\n"
        "  again: {approval: {from: person:dora}, on: {approved: told, rejected: over}}",
    ],
    ids=["two stages", "two states"],
)
def test_a_path_on_which_one_person_decides_twice_is_replayed(approval: str) -> None:
    """A counterexample names the request of a person who decides once more."""
    text = written(
        f"initial: ask\nstates:\n  {approval}\n"
        "  told: {on: {go: {to: over, by: everyone}}}\n  over: {final: true}\ninvariants: [{never: told}]\n"
    )
    scenario = replayable(text, PEOPLE)
    assert scenario is not None
    model = Scenario.model_validate(source_of(scenario).data)
    process = process_of(source_of(text).data)
    result = run_scenario(model, Setting(process, digest(process), PEOPLE, model.given.now))
    assert (result.failures, result.snapshot and result.snapshot.configuration) == ((), ("told",))


def test_a_proved_invariant_has_no_counterexample() -> None:
    """No scenario breaks an invariant that is proved."""
    assert replayable(CHANGE, PEOPLE) is None


def test_an_edit_must_reset_the_votes_of_an_open_approval() -> None:
    """A field of since that can be edited while an approval of without is open must be in its reset_on."""
    text = CHANGE.replace("likelihood, service]", "likelihood]")
    line = 1 + CHANGE[: CHANGE.index("  - {never:")].count("\n")
    assert printed(text, PEOPLE) == (
        f"demo.yaml:{line}:5 since-not-reset 'service' can be edited while the approval of 'authorize' is open, and "
        "the votes already cast remain valid\n"
        "  at 1st invariant\n"
        "  hint: add service to reset_on of state 'authorize', or let nobody edit it there"
    )


FORK = """\
fields:
  kind: {type: choice, options: [a, b], default: a, editable: []}
  urgent: {type: boolean, editable: []}
  size: {type: integer}
initial: open
states:
  open: {on: {go: [{to: left, when: "%s", by: everyone}, {to: right, by: everyone}]}}
  left: {on: {on: {to: secret, when: "%s", by: everyone}, end: {to: done, by: everyone}}}
  right: {on: {on: {to: done, by: everyone}}}
  secret: {on: {end: {to: done, by: everyone}}}
  done: {final: true}
invariants: [{never: secret}]
"""


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        ("ticket.kind == 'a'", "ticket.kind == 'b'", ""),
        ("ticket.kind == 'a'", "ticket.kind == 'a'", "open → go → on → secret"),
        ("ticket.kind == 'b'", "ticket.kind != 'a'", "open (kind=b) → go → on → secret"),
        ("ticket.urgent", "ticket.urgent == null", ""),
        ("!ticket.urgent", "ticket.urgent == false", "open (urgent=false) → go → on → secret"),
        ("ticket.size > 5", "ticket.size < 3", "open → go → on → secret"),
        ("ticket.kind == 'a' && ticket.size > 5", "ticket.kind == 'b' || !ticket.urgent && ticket.kind == 'b'", ""),
        ("ticket.kind == 'a' && ticket.urgent", "!(ticket.kind == 'a' && ticket.urgent)", ""),
    ],
)  # fmt: skip
def test_guards_on_finite_fields_are_decided_and_others_go_both_ways(first: str, second: str, path: str) -> None:
    """A path needs values that satisfy all of its guards; a guard on other fields may be true or false."""
    found = printed(written(FORK % (first, second)))
    expected = (
        f"demo.yaml:16:14 invariant-broken 'secret' can be entered: {path}\n"
        "  at 1st invariant\n"
        "  hint: remove a step of this path, or guard it"
    )
    assert found == (expected if path else "")


STEPS = """\
fields: {ok: {type: boolean, editable: []}, level: {type: integer, value: "tables.levels[ticket.size]"},
         size: {type: choice, options: [s, l], default: s, editable: %s}}
tables: {levels: {s: 1, l: 9}}
initial: a
states:
  a: {on: {next: {to: b, form: [%s], by: everyone}}}
  b: {entry: [%s], on: {next: {to: c, %s by: everyone}, end: {to: done, by: everyone}, fix: {to: a, by: everyone}}}
  c: {on: {end: {to: done, by: everyone}}}
  done: {final: true}
invariants: [{never: c, when: ticket.level > 5}]
"""


@pytest.mark.parametrize(
    ("editable", "form", "entry", "more", "path"),
    [
        ("[]", "", "", "", "open (size=l) → next → next → c"),
        ("[]", "", "set: {size: s}", "", ""),
        ("[]", "", "{set: {size: s}, when: ticket.size == 'l'}", "", ""),
        ("[]", "", "set: {size: s}", "form: [size],", "open → next → next (size=l) → c"),
        ("[b]", "", "set: {size: s}", "", "open → next → edit (size=l) → next → c"),
        ("[a]", "", "set: {size: s}", "", ""),
        ("[]", "size", "", "when: ticket.level < 5,", ""),
        ("[]", "", "set: {size: \"=ticket.ok ? 'l' : 's'\"}", "when: ticket.ok,", "open (ok=true) → next → next → c"),
        ("[]", "", "set: {size: \"=ticket.ok ? 'l' : 's'\"}", 'when: "!ticket.ok",', ""),
    ],
)
def test_values_written_on_a_path_decide_its_guards(editable: str, form: str, entry: str, more: str, path: str) -> None:
    """Forms, permitted edits and values that the process sets decide the later guards of a path."""
    found = problems_of(written(STEPS % (editable, form, entry, more)))
    assert [one.message for one in found] == ([f"'c' can be entered while ticket.level > 5: {path}"] if path else [])


def control(invariant: str, states: str) -> list[str]:
    text = written(f"fields: {{plan: {{type: text, editable: [ready]}}}}\ninitial: draft\nstates:\n{states}")
    return [one.message for one in problems_of(f"{text}invariants: [{invariant}]\n")]


READY = """\
  draft: {on: {submit: {to: review, by: everyone}}}
  review: {approval: {from: [role:chair], within: 1d}, on: {approved: ready, rejected: draft, expired: draft}}
  ready: {on: {go: {to: work, by: everyone}%s}}
  work: {final: true}
"""


@pytest.mark.parametrize(
    ("invariant", "more", "expected"),
    [
        ("{never: work, without: review.approved}", "", []),
        ("{never: work, without: review.approved, since: draft}", ", back: {to: draft, by: everyone}", []),
        (
            "{never: work, without: review.approved, since: plan}",
            "",
            ["'work' can be entered without review.approved since plan: "
             "open → submit → review.approved → edit (plan) → go → work"],
        ),
        (
            "{never: work, without: review.approved, since: ready}",
            "",
            ["'work' can be entered without review.approved since ready: open → submit → review.approved → go → work"],
        ),
        ("{never: work, without: ready.go}", "", []),
        ("{never: work, without: ready.go, since: [ready, draft]}", "", []),
        ("{never: work, without: draft.submit, since: review}", "",
         ["'work' can be entered without draft.submit since review: open → submit → review.approved → go → work"]),
    ],
)  # fmt: skip
def test_a_control_counts_from_the_last_time_in_the_states_and_fields_of_since(
    invariant: str, more: str, expected: list[str]
) -> None:
    """A control is void once the ticket has been in a state of since, or a field of since has changed."""
    assert control(invariant, READY % more) == expected


def test_a_control_that_ends_a_state_of_since_counts() -> None:
    """An approval is decided at the end of its state, so that since may name this state."""
    assert control("{never: work, without: review.approved, since: review}", READY % "") == []


REGIONS = """\
initial: both
states:
  both:
    parallel: true
    on: {jump: {to: secret, by: everyone, when: "in_state('b2') && in_state('a1')"}, end: {to: over, by: everyone}}
    states:
      a: {initial: a1, states: {a1: {on: {x: {to: a2, by: everyone}}}, a2: {}}}
      b: {initial: b1, states: {b1: {on: {y: {to: b2, by: everyone}}}, b2: {%s}}}
  secret: {on: {end: {to: over, by: everyone}}}
  over: {final: true}
invariants: [{never: secret}, {eventually: over}]
"""


def test_regions_and_raised_events_follow_the_chart() -> None:
    """Each region moves alone, and raised events are handled before the next event of a person."""
    quiet, raising = REGIONS % "title: B", REGIONS % "entry: [{raise: x}]"
    assert [one.message for one in problems_of(written(quiet))] == ["'secret' can be entered: open → y → jump → secret"]
    assert problems_of(written(raising)) == []


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("role:chair", []),
        ("role:vacant", ["from 'wait' the ticket can't reach over: open → go → wait"]),
        ("team:empty", ["from 'wait' the ticket can't reach over: open → go → wait"]),
        ("person:nobody", ["from 'wait' the ticket can't reach over: open → go → wait"]),
        ("manager_of(person:ben)", ["from 'wait' the ticket can't reach over: open → go → wait"]),
        ("manager_of(team:desk)", []),
        ("engine", ["from 'wait' the ticket can't reach over: open → go → wait"]),
        ("[role:vacant, opener]", []),
        ("desk.team", []),
    ],
)
def test_a_transition_needs_a_person_of_the_organization(by: str, expected: list[str]) -> None:
    """A transition counts only where at least one person can satisfy its by."""
    text = f"""\
fields: {{desk: {{type: service}}}}
initial: start
states:
  start: {{on: {{go: {{to: wait, by: everyone}}, end: {{to: over, by: everyone}}}}}}
  wait: {{on: {{end: {{to: over, by: {by}}}}}}}
  over: {{final: true}}
invariants: [{{eventually: [over]}}]
"""
    assert [one.message for one in problems_of(written(text))] == expected


@pytest.mark.parametrize(
    ("way", "stuck"),
    [
        ("after: [{for: 5d, to: over}]", ""),
        ("on: {end: {to: over, by: everyone, when: ticket.kind == 'a'}}", "open (kind=b) → go → wait"),
        ("on: {end: {to: over, by: everyone, when: ticket.size > 3}}", ""),
        ("on: {end: {to: over, by: everyone, requires: kind}}", "open (kind=unset) → go → wait"),
        ("on: {end: {to: over, by: everyone, requires: kind, form: kind}}", ""),
        ("approval: {from: role:chair}, on: {approved: over, rejected: wait}", ""),
        ("run: [{comment: noted}], on: {done: over}", ""),
    ],
)
def test_timers_and_outcomes_need_no_person_and_guards_may_forbid_a_transition(way: str, stuck: str) -> None:
    """Timers and outcomes always count; a guard on finite fields is a dead end for the values that it refuses."""
    text = f"""\
fields: {{kind: {{type: choice, options: [a, b], default: a, editable: []}}, size: {{type: integer}}}}
initial: start
states:
  start: {{on: {{go: {{to: wait, by: everyone}}}}}}
  wait: {{{way}}}
  over: {{final: true}}
invariants: [{{eventually: [over]}}]
"""
    found = printed(written(text))
    expected = (
        f"demo.yaml:11:14 invariant-broken from 'wait' the ticket can't reach over: {stuck}\n"
        "  at 1st invariant\n"
        "  hint: give 'wait' a transition that a person of the organization can take here, or a timed one"
    )
    assert found == (expected if stuck else "")


def test_without_the_invariant_a_dead_end_is_a_warning() -> None:
    """A warning shows the path to a state from which the ticket can reach no final state."""
    text = """\
    fields: {kind: {type: choice, options: [a, b], default: a, editable: []}}
    initial: start
    states:
      start: {on: {go: {to: wait, by: everyone}}}
      wait: {on: {end: {to: over, by: everyone, when: ticket.kind == 'a'}}}
      over: {final: true}
    """
    assert printed(written(text)) == (
        "demo.yaml:9:9 dead-end warning: a ticket in 'wait' can no longer reach a final state: "
        "open (kind=b) → go → wait\n"
        "  at state 'wait'\n"
        "  hint: give the state a way to a final state for these values"
    )


def test_an_approval_that_guards_keep_every_ticket_from_is_a_warning() -> None:
    """An approval that no ticket can reach is a warning, because it controls nothing."""
    text = """\
    fields: {kind: {type: choice, options: [a, b], default: a, required: true, editable: []}}
    initial: start
    states:
      start: {on: {go: [{to: over, when: "ticket.kind in ['a', 'b']", by: everyone}, {to: check, by: everyone}]}}
      check: {approval: {from: role:chair}, on: {approved: over, rejected: over}}
      over: {final: true}
    """
    assert printed(written(text)) == (
        "demo.yaml:9:10 approval-never-reached warning: no ticket can reach the approval of 'check'\n"
        "  at state 'check'\n"
        "  hint: the guards on the way to it never hold, or no person of the organization may take that way"
    )


ASSIGNED = """\
initial: new
states:
  new: {on: {take: {to: work, by: everyone%s}}}
  work: {%s}
  over: {final: true}
"""
FOR_ASSIGNEE = "on: {end: {to: over, by: assignee}}, after: [{for: 5d, to: over}]"
TASK = "tasks: [{id: do, title: Do it, assign: assignee}], on: {done: over, failed: over}"


@pytest.mark.parametrize("work", [FOR_ASSIGNEE, TASK], ids=["event", "task"])
@pytest.mark.parametrize(
    "more",
    ["", ", form: assignee", ", do: [{assign: role:chair, when: ticket.key == 'DEM-1'}]"],
    ids=["never", "perhaps", "sometimes"],
)
def test_work_for_an_assignee_needs_one_on_every_path(work: str, more: str) -> None:
    """A task for the assignee, or an event that only the assignee may send, needs an assignee on every path."""
    found = problems_of(written(ASSIGNED % (more, work)))
    what = "only the assignee may send 'end'" if work == FOR_ASSIGNEE else "task 'do' is for the assignee"
    assert [(one.code, one.severity, one.message) for one in found] == [
        ("unassigned", "error", f"{what}, and a path reaches 'work' without an assignee: open → take → work")
    ]


@pytest.mark.parametrize("work", [FOR_ASSIGNEE, TASK], ids=["event", "task"])
@pytest.mark.parametrize(
    "more",
    [", form: assignee, requires: assignee", ", do: [{assign: =actor.id}]", ", do: [{assign: team:desk}]"],
    ids=["required", "actor", "team"],
)
def test_a_path_that_assigns_the_ticket_has_no_problem(work: str, more: str) -> None:
    """Work for the assignee is no problem where every path assigns the ticket before."""
    assert problems_of(written(ASSIGNED % (more, work))) == []


def test_a_state_that_can_assign_the_ticket_has_no_problem() -> None:
    """A state needs no assignee on entry if the ticket can be assigned while it is there."""
    work = "on: {pick: {form: assignee, requires: assignee, by: everyone}, end: {to: over, by: assignee}}"
    assert problems_of(written(ASSIGNED % ("", work))) == []


def test_a_proof_that_is_too_large_states_its_bound() -> None:
    """A proof that reaches its bound is given up with a warning that states the bound, and without a path."""
    text = CHANGE.replace("[draft, assess, authorize]}\n  risk", "[]}\n  risk").replace("[draft]}\n", "[]}\n")
    line = 1 + text[: text.index("  - {never:")].count("\n")
    expected = (
        "not-proved warning: too large to prove: 3 abstract states were explored without a counterexample\n"
        "  at {} invariant\n"
        "  hint: guards on fewer fields of type choice and boolean, or fewer parallel states, make it smaller"
    )
    found = printed(text, PEOPLE, limit=3)
    assert found == "\n".join(
        f"demo.yaml:{line + number}:5 {expected.format(word)}" for number, word in enumerate(("1st", "2nd"))
    )


def test_the_organization_decides_which_actors_exist() -> None:
    """The same process is proved for one organization and broken for another."""
    text = written("""\
    initial: start
    states:
      start: {on: {end: {to: over, by: role:chair}}}
      over: {final: true}
    invariants: [{eventually: over}]
    """)
    assert problems_of(text, ORGANIZATION) == []
    assert [one.code for one in problems_of(text, Organization())] == ["invariant-broken"]


def test_time_that_may_come_before_an_outcome_is_not_sure_to_come() -> None:
    """A decision leads back, and only a timer whose guard never holds leads on: the ticket can't reach the end."""
    text = """\
    fields: {kind: {type: choice, options: [a, b], editable: []}}
    initial: new
    states:
      new: {entry: [{set: {kind: b}}], on: {go: {to: wait, by: everyone}}}
      wait:
        approval: {from: person:ann}
        on: {approved: wait, rejected: wait}
        after: [{for: 1h, to: over, when: ticket.kind == 'a'}]
      over: {final: true}
    """
    assert "from 'new' the ticket can't reach over: open → new" in printed(
        written(text, invariants="[{eventually: over}]")
    )


LATE = """\
fields: {free: {type: boolean, value: ticket.assignee == null}}
initial: new
states:
  new: {on: {go: {to: mid, by: everyone}}}
  mid:
    entry: [{assign: "person:ann"}]
    always: [{to: secret, when: ticket.free}]
    on: {end: {to: over, by: everyone}}
  secret: {on: {end: {to: over, by: everyone}}}
  over: {final: true}
invariants: [{never: secret}]
"""


def test_a_field_computed_from_more_than_fields_is_not_decided_in_the_middle_of_a_step() -> None:
    """Such a field is renewed at the end of a step, so that a transition within the step may read its old value."""
    text = written(LATE)
    assert "invariant-broken 'secret' can be entered: open → go → always → secret" in printed(text)
    assert replayable(text) is not None


AGAIN = """
fields: {note: {type: text}}
may: {edit: [everyone]}
initial: new
states:
  new: {on: {go: {to: gate, by: everyone}}}
  gate:
    approval: {from: person:ann, reset_on: [note]}
    on:
      approved: {do: [{assign: "person:ann"}]}
      rejected: [{to: secret, when: ticket.assignee != null}, {to: over}]
      expired: {to: over}
  secret: {on: {end: {to: over, by: everyone}}}
  over: {final: true}
invariants: [{never: secret}]
"""


def test_a_decided_approval_begins_again_when_a_field_of_reset_on_changes() -> None:
    """A decision that leads nowhere is void after a change of its subject, and the next decision may be another."""
    broken = (
        "invariant-broken 'secret' can be entered: open → go → gate.approved → edit (note) → gate.rejected → secret"
    )
    assert broken in printed(written(AGAIN))


def test_a_decided_approval_that_nothing_resets_decides_once() -> None:
    """Without ``reset_on`` a decision is the last of its visit."""
    assert "invariant-broken" not in printed(written(AGAIN.replace(", reset_on: [note]", "")))
