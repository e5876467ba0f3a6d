"""Scenarios of loaded definitions: their settings, and names in them that do not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from definitions.loading.loader import Loaded, ScenarioFile
from definitions.schema.process import Process
from workflows.engine.scenarios import Setting, reference_problems, setting_of


def settings_of(loaded: Loaded, playable: Sequence[ScenarioFile]) -> list[Setting]:
    """The setting of each of these scenarios, whose processes are loaded."""
    known = {name: file.process for name, file in loaded.processes.items()}
    return [_setting(loaded, one, known) for one in playable]


def _setting(loaded: Loaded, one: ScenarioFile, known: Mapping[str, Process]) -> Setting:
    process = loaded.processes[one.scenario.process]
    led_to = {to: file.process for to, file in one.destinations.items()}
    return setting_of(one.scenario, process.process, process.digest, loaded.organization, known, led_to)


def with_scenarios_checked(loaded: Loaded) -> Loaded:
    """The definitions, with each dangling reference of a scenario as a problem; scenarios of broken processes aside."""
    playable = [one for one in loaded.scenarios.values() if one.scenario.process in loaded.processes]
    declared = {source.data.get("process") for source in loaded.sources.values()} - {None}
    broken = declared - set(loaded.processes)  # nothing is known of what they are, so nothing is missed in them
    known = {} if broken else {name: file.process for name, file in loaded.processes.items()}
    found = [
        problem
        for one in playable
        for problem in reference_problems(one.scenario, _setting(loaded, one, known), one.source)
    ]
    return replace(loaded, problems=tuple(sorted({*loaded.problems, *found})))
