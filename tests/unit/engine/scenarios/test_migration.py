"""The step ``migrate`` of scenarios, and the files of its processes."""

from __future__ import annotations

import shutil
from pathlib import Path

from definitions.digest import digest
from definitions.loading.loader import Loaded, load
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Migration, Scenario
from tests.paths import EXAMPLES
from tests.unit.engine.tickets import read
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


ONE = """\
process: crate
title: Crate
practice: asset_management
prefix: CRT
fields:
  risk: {type: choice, options: [severe, small], required: true}
initial: packed
states:
  packed: {on: {ship: shipped}}
  shipped: {final: true}
"""
OTHER = ONE.replace("risk:", "danger:").replace("severe, small", "high, low").replace("packed", "boxed")
FULL = {"states": {"packed": "boxed"}, "fields": {"risk": "danger"}, "options": {"risk": {"severe": "high"}}}


def test_a_scenario_maps_states_fields_and_options() -> None:
    """The whole form of a map names states, fields and options; the ticket continues under their new ids."""
    steps = [{"migrate": {"to": "other.yaml", "map": FULL}, "as": "dora"},
             {"expect": {"state": "boxed", "fields": {"danger": "high"}}}]  # fmt: skip
    given = {"now": "2026-03-02T09:00:00+01:00", "as": "dora", "fields": {"risk": "severe"}}
    scenario = Scenario.model_validate({"scenario": "s", "process": "crate", "given": given, "steps": steps})
    people = Organization.model_validate({"people": {"dora": {"name": "Dora"}}, "roles": {"process_owner": ["dora"]}})
    one, other = (Process.model_validate(read(text)) for text in (ONE, OTHER))
    setting = setting_of(scenario, one, digest(one), people, destinations={"other.yaml": other})
    assert [str(failure) for failure in run_scenario(scenario, setting).failures] == []


def test_a_map_of_texts_is_a_map_of_states() -> None:
    """The short form, and the long form with states alone, are the same map."""
    short, long = (Migration.model_validate({"to": "x", "map": one}) for one in ({"a": "b"}, {"states": {"a": "b"}}))
    assert short == long
    assert Migration.model_validate({"to": "x", "map": {"fields": "states"}}).map.states == {"fields": "states"}
