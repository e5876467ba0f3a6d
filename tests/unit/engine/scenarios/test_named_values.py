"""People, teams and services in the values of a scenario: read and refused as the server reads and refuses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from definitions.digest import digest
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from tests.unit.engine.scenarios.named_values import ASSIGNEES, FIRST, PATHS, PROCESS, ROWS, Wrong, step
from tests.unit.engine.tickets import organization, read
from workflows.engine.scenarios import ScenarioResult, run_scenario, setting_of


def played(given: Mapping[str, Any], *steps: Mapping[str, Any], text: str = PROCESS) -> ScenarioResult:
    opening = {"now": "2026-03-02T09:00:00+01:00", "as": "alice", **given}
    scenario = Scenario.model_validate({"scenario": "s", "process": "named", "given": opening, "steps": steps})
    process = Process.model_validate(read(text))
    return run_scenario(scenario, setting_of(scenario, process, digest(process), organization()))


def messages(result: ScenarioResult) -> list[str]:
    return [failure.message for failure in result.failures]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("row", ROWS)
def test_a_scenario_takes_and_refuses_the_values_that_the_server_does(row: str, path: str) -> None:
    """A value that names somebody has one form and one refusal, however it arrives."""
    field, value, outcome = ROWS[row]
    refused = {"code": "invalid_fields", "fields": [field], "reason": getattr(outcome, "reason", None)}
    expected = {"expect": {"fields": {field: getattr(outcome, "value", None)}}}
    more = {"refused": refused} if isinstance(outcome, Wrong) else {}
    if path == "start":
        result = played({"fields": {field: value}, **more}, *([] if more else [expected]))
    else:
        result = played({}, {**step(path, {field: value}), **more}, expected)
    assert messages(result) == []


@pytest.mark.parametrize("row", ASSIGNEES)
def test_an_assignee_in_a_form_is_read_like_a_person(row: str) -> None:
    """Blanks around an assignee are no part of it; nobody but people, teams and roles is one."""
    value, outcome = ASSIGNEES[row]
    if isinstance(outcome, Wrong):
        refused = {"code": "invalid_fields", "fields": ["assignee"], "reason": outcome.reason}
        result = played({}, {**step("event", {"assignee": value}), "refused": refused})
    else:
        result = played({}, step("event", {"assignee": value}), {"expect": {"assignee": outcome}})
    assert messages(result) == []


@pytest.mark.parametrize("case", FIRST)
def test_what_stands_before_the_values_is_said_first(case: str) -> None:
    """Whoever may not do something learns that, and not which people there are."""
    path, actor, code = FIRST[case]
    before = [{"send": "close"}] if path.endswith("end") else []
    refused = {"code": "invalid_fields"}
    result = played({}, *before, {**step(path, {"who": "ghost"}), "as": actor, "refused": refused})
    (message,) = messages(result)
    assert message.startswith(f"expected: invalid_fields\nfound:    {code}: ")


def test_a_delegation_to_somebody_unknown_is_refused_as_at_the_edge() -> None:
    """Whether a delegate exists is looked at before anything else."""
    refused = {"code": "invalid_fields", "fields": ["to"], "reason": "there is no person ' bob '"}
    assert messages(played({}, {"delegate": {"to": " bob "}, "refused": refused})) == []


def test_what_machines_send_is_not_looked_up() -> None:
    """Only the edge looks for people that values name: what other tickets send is written as it comes."""
    result = played(
        {},
        {"send": "ask", "as": "engine", "with": {"who": " ghost "}},
        {"expect": {"fields": {"who": "ghost"}}},
        text=PROCESS.replace("by: person:alice", "by: engine"),
    )
    assert messages(result) == []


def test_an_unknown_default_is_taken() -> None:
    """Defaults are the process's own: its checks report whom they name in vain, and no opening is refused for it."""
    assert messages(played({}, {"expect": {"fields": {"gone": "nobody_here"}}})) == []


def test_services_of_defaults_are_known_at_the_opening() -> None:
    """What the organization says of a default's service is there in the first state, as it is at the edge."""
    text = PROCESS.replace("  open:\n", "  open:\n    entry: [{assign: usual.owner}]\n")
    result = played({}, {"expect": {"assignee": "carol"}}, text=text)
    assert messages(result) == []
    assert [entry.data for entry in result.timeline if entry.kind == "assigned"] == [{"to": "carol"}]
