"""The step ``migrate`` of scenarios, and the files of its processes."""

from __future__ import annotations

import shutil
from pathlib import Path

from definitions.loading.loader import Loaded, load
from tests.paths import EXAMPLES
from workflows.engine.scenarios import ScenarioResult, coverage_of, run_scenario, setting_of

FOLDER = EXAMPLES / "migration"
MOVED = "scenarios/moved.yaml"


def play(loaded: Loaded, name: str = MOVED) -> ScenarioResult:
    file = loaded.scenarios[name]
    process = loaded.processes[file.scenario.process]
    led_to = {to: one.process for to, one in file.destinations.items()}
    setting = setting_of(file.scenario, process.process, process.digest, loaded.organization, destinations=led_to)
    return run_scenario(file.scenario, setting, file.source)


def copied(folder: Path) -> Path:
    shutil.copytree(FOLDER, folder / "own")
    return folder / "own"


def test_a_scenario_goes_on_under_another_definition() -> None:
    """The process of a ``migrate`` step is loaded from a file beside the scenario, in the definitions, or in use."""
    loaded = load([FOLDER])
    assert [str(problem) for problem in loaded.problems] == []
    assert sorted(loaded.scenarios[MOVED].destinations) == [
        "../versions/door.yaml", "processes/door.yaml", "versions/door.yaml",
    ]  # fmt: skip
    assert list(loaded.processes) == ["door"]
    result = play(loaded)
    assert [str(failure) for failure in result.failures] == []
    (told,) = (entry for entry in result.timeline if entry.kind == "migrated")
    assert (told.actor, told.data["map"]) == ("dora", {"draft": "plan"})


def test_transitions_of_the_other_definition_are_not_counted() -> None:
    """The steps of a scenario after its migration do not count as coverage of its process."""
    loaded = load([FOLDER])
    file = loaded.processes["door"]
    coverage = coverage_of(file.process, file.source, [play(loaded)])
    assert "build: failed" in [one.name for one in coverage.missed]


def test_what_is_wrong_in_the_file_is_told_where_it_stands(tmp_path: Path) -> None:
    """The process of a ``migrate`` step is checked, and can't be used with an error."""
    own = copied(tmp_path)
    file = own / "versions" / "door.yaml"
    file.write_text(file.read_text().replace("initial: plan", "initial: plna"))
    loaded = load([own])
    assert [(Path(one.file).name, one.line, one.severity) for one in loaded.errors] == [("door.yaml", 9, "error")]
    (failure, *_) = play(loaded).failures
    assert "there is no file '../versions/door.yaml' with a process" in failure.message


def test_a_process_may_stand_beside_the_scenarios(tmp_path: Path) -> None:
    """The file of a ``migrate`` step is not read as a scenario, wherever it is."""
    own = copied(tmp_path)
    (own / "versions" / "door.yaml").rename(own / "scenarios" / "next_door.yaml")
    file = own / MOVED
    text = file.read_text().replace("../versions/door.yaml", "next_door.yaml")
    file.write_text(text.replace("versions/door.yaml", "scenarios/next_door.yaml"))
    loaded = load([own])
    assert [str(problem) for problem in loaded.problems] == []
    assert [str(failure) for failure in play(loaded).failures] == []


def test_a_file_that_nobody_migrates_to_is_not_read(tmp_path: Path) -> None:
    """A version that no scenario names is reported as a file that nothing reads."""
    own = copied(tmp_path)
    shutil.copyfile(own / "versions" / "door.yaml", own / "versions" / "old.yaml")
    assert [(Path(one.file).name, one.code) for one in load([own]).problems] == [("old.yaml", "file-not-read")]
