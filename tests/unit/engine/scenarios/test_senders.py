"""Senders of events in scenarios, and checked items of tasks."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from workflows.engine.scenarios import ScenarioResult, run_scenario, setting_of

PROCESS = Process.model_validate({
    "process": "outage",
    "title": "Outage",
    "practice": "incident_management",
    "prefix": "OUT",
    "fields": {"summary": {"type": "text"}, "cause": {"type": "ticket"}},
    "initial": "open",
    "states": {
        "open": {
            "tasks": [{"id": "look", "title": "Look", "checklist": ["Power", "Network"]}],
            "on": {
                "found": {"by": "engine", "form": ["summary"], "set": {"cause": "=event.ticket"}},
                "ended.cause": {"to": "over", "when": "event.state == 'solved'"},
                "done": "over",
                "failed": "over",
            },
        },
        "over": {"final": True},
    },
})  # fmt: skip
ORGANIZATION = Organization.model_validate({"people": {"ann": {"name": "Ann"}}})


def played(*steps: Mapping[str, object]) -> ScenarioResult:
    given = {"now": "2026-03-02T09:00:00+01:00", "as": "ann", "fields": {"summary": "No mail"}}
    scenario = Scenario.model_validate({"scenario": "an outage", "process": "outage", "given": given, "steps": steps})
    return run_scenario(scenario, setting_of(scenario, PROCESS, "digest", ORGANIZATION))


def test_what_the_engine_sends_says_which_ticket_it_is_from() -> None:
    """``ticket`` and ``state`` of an engine's event name its sender; all other values are its form."""
    result = played(
        {"send": "found", "as": "engine", "with": {"ticket": "PRB-7", "summary": "No power"}},
        {"expect": {"fields": {"cause": "PRB-7", "summary": "No power"}}},
        {"send": "ended.cause", "as": "engine", "with": {"ticket": "PRB-7", "state": "dropped"},
         "refused": {"code": "guard_failed"}},
        {"send": "ended.cause", "as": "engine", "with": {"ticket": "PRB-7", "state": "solved"}},
        {"expect": {"state": "over"}},
    )  # fmt: skip
    assert result.failures == ()


def test_a_person_is_no_ticket() -> None:
    """A person's event has no sending ticket: ``ticket`` is then an unknown field of the form."""
    refused = {"send": "found", "with": {"ticket": "PRB-7"}, "refused": {"code": "not_permitted"}}
    assert played(refused).failures == ()


def test_items_of_a_checklist_are_ticked_with_the_task() -> None:
    """A task can be completed when all of its items are checked."""
    result = played(
        {"task": {"id": "look", "done": True, "checked": ["Power"]}, "refused": {"code": "missing_fields"}},
        {"task": {"id": "look", "done": True, "checked": ["Power", "Network"]}},
        {"expect": {"state": "over"}},
    )
    assert result.failures == ()
