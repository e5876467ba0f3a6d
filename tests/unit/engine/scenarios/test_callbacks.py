"""Scenarios in which the other side calls back with a result, with a failure, or not at all."""

from __future__ import annotations

from pathlib import Path

from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from tests.unit.engine.deployments import GIVEN, HEAD, PROCESS, PROCESS_TEXT, scenario_of, source_of
from workflows.engine.scenarios import ScenarioResult, coverage_of, run_scenario


def play(text: str) -> ScenarioResult:
    return run_scenario(*scenario_of(text))


def failures(result: ScenarioResult) -> list[str]:
    return [str(failure) for failure in result.failures]


def test_the_documented_process_loads(tmp_path: Path) -> None:
    """The example of the documentation is a process without an error or a warning."""
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "deployment.yaml").write_text(PROCESS_TEXT)
    found = [one for one in load((SHIPPED, tmp_path)).problems if "deployment" in one.file]
    assert [str(one) for one in found] == []


def test_the_documented_scenario_passes_and_touches_all() -> None:
    """Scenarios with a result, a failure and no callback cover the process."""
    result = run_scenario(*scenario_of())
    assert failures(result) == []
    assert coverage_of(PROCESS, source_of(PROCESS_TEXT), [result]).missed == ()


def test_a_callback_that_never_comes_is_the_outcome_failed() -> None:
    """Without a callback the run times out, which covers ``failed``."""
    result = play(f"{HEAD}{GIVEN}steps: [{{wait: 2h}}, {{expect: {{state: broken}}}}]\n")
    assert failures(result) == []
    missed = [str(one.name) for one in coverage_of(PROCESS, source_of(PROCESS_TEXT), [result]).missed]
    assert missed == ["deploy: done", "broken: again", "live"]


def test_a_callback_is_refused_where_none_is_waited_for() -> None:
    """A second callback is refused, and so is a callback after the end."""
    done = "callback: {state: deploy, done: {address: a}}"
    result = play(f"{HEAD}{GIVEN}steps:\n  - {done}\n  - {done}\n    refused: {{code: ended}}\n")
    assert failures(result) == []
    failed = "callback: {state: deploy, failed: no}"
    result = play(f"{HEAD}{GIVEN}steps:\n  - {failed}\n  - {failed}\n")
    assert failures(result) == [
        "s.yaml:6:15 2nd step › callback\n  refused: not_open: nothing in 'deploy' waits for a callback"
    ]


def test_a_callback_to_a_state_that_waits_for_none_is_an_error_of_the_scenario() -> None:
    """The name of a state without a callback fails the scenario before its first step."""
    result = play(f"{HEAD}{GIVEN}steps:\n  - callback: {{state: deplyo, done: 1}}\n")
    assert failures(result) == [
        "s.yaml:5:23 1st step › callback › state\n  no state 'deplyo' waits for a callback; did you mean 'deploy'?"
    ]
    assert result.steps == 0
