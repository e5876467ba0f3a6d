"""Scenarios of tasks, automation and service levels."""

from __future__ import annotations

import pytest

from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from workflows.engine.scenarios import ScenarioResult, Setting, run_scenario

PROCESS = Process.model_validate(
    {
        "process": "move",
        "title": "Move",
        "practice": "service_request_management",
        "prefix": "MOV",
        "fields": {"truck": {"type": "text"}},
        "initial": "book",
        "states": {
            "book": {
                "run": [{"call": {"action": "tickets"}, "save": "seen"}],
                "on": {"done": "pack", "failed": "given_up"},
            },
            "pack": {
                "tasks": [
                    {"id": "boxes", "title": "Pack the boxes", "assign": "opener"},
                    {
                        "id": "load",
                        "title": "Load the truck",
                        "assign": "person:bob",
                        "after": ["boxes"],
                        "form": ["truck"],
                    },
                ],
                "on": {"done": "over", "failed": "given_up"},
            },
            "over": {"final": True},
            "given_up": {"final": "failed"},
        },
        "service_levels": {
            "speed": {"title": "Be quick", "target": "8h", "calendar": "office", "during": ["book", "pack"]}
        },
    }
)
HEAD = """scenario: a move
process: move
given: {now: 2026-03-02T09:00:00+01:00, as: alice}
steps:
  - complete_run: {state: book, done: {seen: [MOV-7]}}
"""


@pytest.fixture(scope="module")
def organization() -> Organization:
    """The people and the office hours of the shipped organization."""
    return load((SHIPPED,)).organization


def play(organization: Organization, steps: str) -> ScenarioResult:
    source = read_source(f"{HEAD}{steps}".encode(), "s.yaml")
    assert isinstance(source, Source), source
    scenario = Scenario.model_validate(source.data)
    return run_scenario(scenario, Setting(PROCESS, digest(PROCESS), organization, scenario.given.now), source)


def failures(result: ScenarioResult) -> list[str]:
    return [str(failure) for failure in result.failures]


def test_tasks_open_in_their_order_and_end_the_state(organization: Organization) -> None:
    """The assignee of a task completes it, with the values of its form, and the next task opens."""
    result = play(
        organization,
        """
  - expect: {state: pack, open_tasks: [boxes]}
  - task: {id: load, done: true, as: bob}
    refused: {code: not_open}
  - task: {id: boxes, done: true}
  - expect: {open_tasks: [load]}
  - task: {id: load, done: true, as: bob}
    with: {truck: the red one}
  - expect: {state: over, open_tasks: [], fields: {truck: the red one}}
""",
    )
    assert failures(result) == []


def test_a_failed_task_fails_the_state(organization: Organization) -> None:
    """``failed`` may have a reason."""
    result = play(organization, "  - task: {id: boxes, failed: too few}\n  - expect: {state: given_up}\n")
    assert failures(result) == []


def test_what_a_service_level_says_is_compared_by_length_and_instant(organization: Organization) -> None:
    """Lengths are equal in any notation, and instants under any offset."""
    result = play(
        organization,
        """
  - wait: 2h
  - expect:
      service_levels:
        speed: {status: running, elapsed: 120m, actual: 2h, remaining: 6h, due: 2026-03-02T17:00:00Z, breached_at: null}
  - until: 2026-03-03T09:30:00+01:00
  - expect: {service_levels: {speed: {status: breached, breached_at: 2026-03-02T18:00:00+01:00}}}
""",
    )
    assert failures(result) == []


def test_what_a_service_level_does_not_say_is_told(organization: Organization) -> None:
    """Each key with another value is one failure, with lengths and instants in words."""
    result = play(
        organization,
        """  - wait: 225s
  - expect: {service_levels: {speed: {status: met, elapsed: 3m, due: 2026-03-02T19:00:00Z, remaining: long}}}
""",
    )
    assert failures(result) == [
        "s.yaml:7:47 3rd step › expect › service_levels › speed › status\n  expected: met\n  found:    running",
        "s.yaml:7:70 3rd step › expect › service_levels › speed › due\n"
        "  expected: 2026-03-02T19:00:00Z\n  found:    2026-03-02T17:00:00Z",
        "s.yaml:7:61 3rd step › expect › service_levels › speed › elapsed\n  expected: 3m\n  found:    3m45s",
        "s.yaml:7:103 3rd step › expect › service_levels › speed › remaining\n  'long' is not a length: write 3m45s",
    ]


def test_a_service_level_that_there_is_not_is_told(organization: Organization) -> None:
    """Names are checked against the process before the first step."""
    result = play(organization, "  - expect: {service_levels: {sped: {status: met}}}\n")
    assert failures(result) == [
        "s.yaml:6:37 2nd step › expect › service_levels › sped\n"
        "  there is no service level 'sped'; did you mean 'speed'?"
    ]
