"""Scenarios on the core: the shipped ones pass, and failures have a place, the expected and the actual value."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import Loaded, load
from definitions.loading.validation import validate
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from definitions.times import to_text
from tests.paths import DOCS
from workflows.engine.scenarios import ScenarioResult, Setting, coverage_of, run_scenario, setting_of

FILES = sorted(path.stem for path in (SHIPPED / "scenarios").glob("*.yaml"))
PROCESSES = sorted(path.stem for path in (SHIPPED / "processes").glob("*.yaml"))

PLANNED = """
scenario: a change that is planned
process: change
given:
  now: 2026-03-02T09:00:00+01:00
  as: alice
  fields:
    summary: Swap core switch
    service: email
    impact: high
    planned_start: 2026-03-14T20:00:00+01:00
    planned_end: 2026-03-14T22:00:00+01:00
    backout_plan: Put the old one back
steps:
"""
ASSESSED = f"""{PLANNED}
  - send: submit
  - send: assessed
    as: carol
"""


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    """The shipped definitions."""
    return load((SHIPPED,)).or_raise()


def read(text: str) -> tuple[Scenario, Source]:
    """A scenario from its text without the blank line at the top."""
    source = read_source(text.strip("\n").replace("\n\n", "\n").encode(), "s.yaml")
    assert isinstance(source, Source), source
    scenario, problems = validate(source, Scenario)
    assert scenario is not None, problems
    return scenario, source


def play(shipped: Loaded, text: str) -> ScenarioResult:
    scenario, source = read(text)
    return run_scenario(scenario, setting(shipped, scenario), source)


def setting(shipped: Loaded, scenario: Scenario) -> Setting:
    process = shipped.processes[scenario.process]
    others = {name: file.process for name, file in shipped.processes.items()}
    return setting_of(scenario, process.process, process.digest, shipped.organization, others)


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_scenario_passes(name: str, shipped: Loaded) -> None:
    """Every shipped scenario passes on the core."""
    file = shipped.scenarios[f"scenarios/{name}.yaml"]
    result = run_scenario(file.scenario, setting(shipped, file.scenario), file.source)
    assert [str(failure) for failure in result.failures] == []
    assert result.steps == len(file.scenario.steps)


def test_the_example_of_the_guide_passes(shipped: Loaded) -> None:
    """The example of the guide passes as it is written."""
    guide = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    result = play(shipped, guide.split("```yaml\n")[1].split("```")[0])
    assert [str(failure) for failure in result.failures] == []
    assert result.steps == 4


@pytest.mark.parametrize("name", PROCESSES)
def test_the_shipped_scenarios_touch_all_of_the_shipped_processes(name: str, shipped: Loaded) -> None:
    """The shipped scenarios cover every state, transition, outcome and threshold of the shipped processes."""
    file = shipped.processes[name]
    own = [one for one in shipped.scenarios.values() if one.scenario.process == name]
    results = [run_scenario(one.scenario, setting(shipped, one.scenario), one.source) for one in own]
    coverage = coverage_of(file.process, file.source, results)
    assert [f"{coverage.file}:{one.line} {one.kind} {one.name}" for one in coverage.missed] == []


FAILING: Mapping[str, tuple[str, str]] = {
    "a correction of something that was not done": (
        f"{PLANNED}  - correct: {{step: submt, at: 2026-03-02T09:00:00+01:00, comment: why}}\n  - send: submit",
        "s.yaml:14:21 1st step › correct › step\n  no earlier step is called 'submt'",
    ),
    "another state": (
        f"{PLANNED}  - expect: {{state: assess}}",
        "s.yaml:14:21 1st step › expect › state\n  expected: assess\n  found:    draft",
    ),
    "every key that does not hold": (
        f"{PLANNED}  - expect: {{state: assess, assignee: carol, "
        "fields: {risk: 1, outcome: successful}, tags: [on_hold]}",
        "s.yaml:14:21 1st step › expect › state\n  expected: assess\n  found:    draft\n"
        "s.yaml:14:61 1st step › expect › fields › risk\n  expected: 1\n  found:    5\n"
        "s.yaml:14:73 1st step › expect › fields › outcome\n  expected: successful\n  found:    null\n"
        "s.yaml:14:39 1st step › expect › assignee\n  expected: carol\n  found:    null\n"
        "s.yaml:14:92 1st step › expect › tags\n  expected: on_hold\n  found:    nothing",
    ),
    "one notice too few and one too many": (
        f"{ASSESSED}"
        "  - approve: {as: carol}\n"
        "  - expect: {notified: [{to: carol, template: change_to_assess}, {to: carol, reason: approval_requested},\n"
        "      {to: bob, reason: approval_requested}, {to: erin, reason: reminder}]}",
        "s.yaml:18:24 4th step › expect › notified\n"
        "  - expected\n  + found\n"
        "    carol: template change_to_assess\n"
        "    carol: approval_requested\n"
        "    bob: approval_requested\n"
        "  - erin: reminder\n"
        "  + dora: approval_requested\n"
        "  + erin: approval_requested",
    ),
    "the order of a list": (
        f"{ASSESSED}  - approve: {{as: carol}}\n  - expect: {{open_approvals: [dora, bob, erin]}}",
        "s.yaml:18:30 4th step › expect › open_approvals\n"
        "  - expected\n  + found\n  + bob\n    dora\n  - bob\n    erin",
    ),
    "another datetime": (
        f"{PLANNED}  - expect: {{fields: {{planned_start: 2026-03-14T20:00:00+02:00}}}}",
        "s.yaml:14:38 1st step › expect › fields › planned_start\n"
        "  expected: 2026-03-14T20:00:00+02:00\n  found:    2026-03-14T19:00:00Z",
    ),
    "what somebody may send": (
        f"{PLANNED}  - expect: {{as: bob, allowed: [submit]}}",
        "s.yaml:14:32 1st step › expect › allowed\n  expected: submit\n  found:    nothing",
    ),
    "a refusal that nobody expected": (
        f"{PLANNED}  - send: assessed\n    as: carol",
        "s.yaml:14:11 1st step › send\n  refused: unknown_event: nothing here takes 'assessed'",
    ),
    "a refusal that names fields": (
        f"{PLANNED}  - edit: {{outcome: successful}}",
        "s.yaml:14:11 1st step › edit\n  refused: read_only_fields [outcome]: outcome can't be edited here",
    ),
    "a refusal that did not come": (
        f"{PLANNED}  - send: submit\n    refused: {{code: not_permitted}}",
        "s.yaml:15:14 1st step › refused\n  expected: refused with not_permitted\n  found:    accepted",
    ),
    "another refusal": (
        f"{PLANNED}  - send: submit\n    as: bob\n    refused: {{code: guard_failed}}",
        "s.yaml:16:21 1st step › refused › code\n"
        "  expected: guard_failed\n  found:    not_permitted: bob may not send 'submit' here",
    ),
    "a refusal of other fields": (
        f"{PLANNED}  - edit: {{impact: none, likelihood: none}}\n"
        "    refused: {code: invalid_fields, fields: [impact]}",
        "s.yaml:15:45 1st step › refused › fields\n  expected: [impact]\n  found:    [impact, likelihood]",
    ),
    "time that would go back": (
        f"{PLANNED}  - wait: 1h\n  - until: 2026-03-02T09:30:00+01:00",
        "s.yaml:15:12 2nd step › until\n  2026-03-02T08:30:00Z lies in the past: it is 2026-03-02T09:00:00Z",
    ),
    "people whom nobody knows": (
        f"{PLANNED}  - send: submit\n    as: alica\n  - approve: {{as: zeno}}\n  - delegate: {{as: erin, to: doris}}\n"
        "  - expect: {open_approvals: [bob, eric], notified: [{to: carl, reason: reminder}], assignee: team:cap}",
        "s.yaml:15:9 1st step › as\n  there is no person 'alica'; did you mean 'alice'?\n"
        "s.yaml:16:19 2nd step › approve › as\n  there is no person 'zeno'\n"
        "s.yaml:17:30 3rd step › delegate › to\n  there is no person 'doris'; did you mean 'dora'?\n"
        "s.yaml:18:95 4th step › expect › assignee\n  there is no team 'cap'; did you mean 'cab'?\n"
        "s.yaml:18:59 4th step › expect › notified › 1st › to\n  there is no person 'carl'; did you mean 'carol'?\n"
        "s.yaml:18:36 4th step › expect › open_approvals › 2nd\n  there is no person 'eric'; did you mean 'erin'?",
    ),
    "whose manager an assignee is": (
        f"{PLANNED}  - expect: {{assignee: manager_of(team:cap)}}\n"
        "  - expect: {assignee: 'team:cab:emea'}\n  - expect: {assignee: 'owner:emails'}",
        "s.yaml:14:24 1st step › expect › assignee\n  there is no team 'cap'; did you mean 'cab'?\n"
        "s.yaml:15:24 2nd step › expect › assignee\n  there is no team 'cab:emea'\n"
        "s.yaml:16:24 3rd step › expect › assignee\n  there is no service 'emails'; did you mean 'email'?",
    ),
    "states, fields and services that there are not": (
        f"{PLANNED}  - edit: {{service: emails}}\n  - expect: {{state: drafts, fields: {{risks: 5}}}}",
        "s.yaml:14:21 1st step › edit › service\n  there is no service 'emails'\n"
        "s.yaml:15:21 2nd step › expect › state\n  there is no state 'drafts'; did you mean 'draft'?\n"
        "s.yaml:15:45 2nd step › expect › fields › risks\n  there is no field 'risks'; did you mean 'risk'?",
    ),
    "an opening that is refused": (
        PLANNED.replace("summary: Swap core switch", "risk: 1").replace("steps:\n", ""),
        "s.yaml:4:3 given\n  refused: read_only_fields [risk]: risk is computed",
    ),
    "an opening that is not refused": (
        PLANNED.replace("steps:\n", "  refused: {code: missing_fields}\n"),
        "s.yaml:13:12 given › refused\n  expected: refused with missing_fields\n  found:    accepted",
    ),
    "steps after an opening that is refused": (
        PLANNED.replace("    summary: Swap core switch\n", "").replace(
            "steps:\n", "  refused: {code: missing_fields}\nsteps:\n  - send: submit"
        ),
        "s.yaml:14:5 1st step\n  no ticket was opened: no step can follow",
    ),
    "an opening by nobody": (
        PLANNED.replace("  as: alice\n", "").replace("steps:\n", ""),
        "s.yaml:4:3 given\n  nobody opens the ticket: 'as' is missing",
    ),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_failing_scenario_says_where_and_why(case: str, shipped: Loaded) -> None:
    """A failure states the place in the file, the step, the expected and the actual value."""
    text, expected = FAILING[case]
    result = play(shipped, text)
    assert not result.passed
    assert "\n".join(str(failure) for failure in result.failures) == expected


def test_the_first_step_that_fails_is_the_last_one_played(shipped: Loaded) -> None:
    """A scenario ends at its first failure."""
    result = play(shipped, f"{PLANNED}  - expect: {{state: assess}}\n  - send: complete\n  - expect: {{state: closed}}")
    assert (result.steps, len(result.failures)) == (1, 1)


def test_notices_are_those_since_the_last_expect(shipped: Loaded) -> None:
    """An ``expect`` without ``notified`` still consumes the notices before it."""
    text = f"{ASSESSED}  - expect: {{state: authorize}}\n  - expect: {{notified: []}}"
    assert play(shipped, text).passed


def test_a_scenario_may_bring_its_own_organization(shipped: Loaded) -> None:
    """``given.organization`` replaces the loaded organization, with its tables."""
    own = (
        "  organization:\n"
        "    organization: {name: Small, time_zone: Europe/Berlin, calendar: office}\n"
        "    people: {alice: {name: Alice}, zoe: {name: Zoe}}\n"
        "    roles: {change_manager: [zoe]}\n"
        "    services: {email: {title: E-mail, owner: zoe}}\n"
        '    calendars: {office: {hours: {mon-fri: ["00:00-24:00"]}}}\n'
        "    tables: {risk: {high: {high: 1, medium: 1, low: 1}, medium: {high: 1, medium: 1, low: 1},"
        " low: {high: 1, medium: 1, low: 1}}}\n"
    )
    text = PLANNED.replace("steps:\n", f"{own}steps:\n") + (
        "  - send: submit\n  - send: assessed\n    as: zoe\n  - expect: {fields: {risk: 1}, open_approvals: [zoe]}\n"
    )
    assert [str(failure) for failure in play(shipped, text).failures] == []


def test_names_in_changes_of_the_organization_are_looked_up_in_what_they_change(shipped: Loaded) -> None:
    """References of a change are checked before or after it, and a person who has left can't act."""
    result = play(
        shipped,
        f"""{PLANNED}
  - absent: {{person: erik, from: 2026-03-03, to: 2026-03-04, delegate: dorra}}
  - organization:
      people: {{erin: null, zed: null}}
      teams: {{cab: {{members: [erin, hana]}}}}
      roles: {{cab_chair: [nobody]}}
  - organization:
      people: {{max: {{name: Max Ott, out_of_office: [{{from: 2026-01-01, to: 2026-02-01, delegate: no}}]}}}}
  - organization: {{services: {{email: {{title: E-mail, owner: who}}}}}}
  - approve: {{as: erin}}
  - comment: {{as: max, text: Hello}}
""",
    )
    assert [(failure.crumb, failure.message.partition(";")[0]) for failure in result.failures] == [
        ("1st step › absent › person", "there is no person 'erik'"),
        ("1st step › absent › delegate", "there is no person 'dorra'"),
        ("2nd step › organization › people › zed", "there is no person 'zed'"),
        ("2nd step › organization › teams › cab › members", "there is no person 'erin'"),
        ("2nd step › organization › roles › cab_chair", "there is no person 'nobody'"),
        ("3rd step › organization › people › max › 1st out of office › delegate", "there is no person 'no'"),
        ("4th step › organization › services › email › owner", "there is no person 'who'"),
        ("5th step › approve › as", "there is no person 'erin'"),
    ]


def test_without_its_source_a_scenario_still_names_the_step(shipped: Loaded) -> None:
    """A scenario that was not read from a file fails at its step."""
    scenario, _ = read(f"{PLANNED}  - expect: {{state: assess}}")
    failure = run_scenario(scenario, setting(shipped, scenario)).failures[0]
    assert (failure.crumb, failure.message) == ("1st step › expect › state", "expected: assess\nfound:    draft")


LONG = {
    "process": "lease",
    "title": "Lease",
    "practice": "supplier_management",
    "prefix": "LEA",
    "initial": "running",
    "states": {"running": {"after": [{"for": "900d", "to": "over"}]}, "over": {"final": True}},
}


def test_a_deadline_beyond_the_calendars_fires_at_its_own_time(shipped: Loaded) -> None:
    """A ticket that waits beyond its calendars gets longer ones."""
    text = """
scenario: a lease of 900 days
process: lease
given: {now: 2026-03-02T09:00:00+01:00, as: alice}
steps:
  - until: 2028-08-18T08:59:59+02:00
  - expect: {state: running}
  - until: 2028-08-18T09:00:00+02:00
  - expect: {state: over}
"""
    scenario, source = read(text)
    process = Process.model_validate(LONG)
    result = run_scenario(scenario, Setting(process, digest(process), shipped.organization, scenario.given.now), source)
    assert [str(failure) for failure in result.failures] == []


def test_waiting_goes_on_beyond_the_calendars(shipped: Loaded) -> None:
    """``wait`` keeps wall-clock time over any distance."""
    text = f"{PLANNED}  - wait: 300w\n  - edit: {{summary: Late}}"
    result = play(shipped, text)
    assert result.snapshot is not None
    assert to_text(result.snapshot.at) == "2031-12-01T08:00:00Z"
