"""The example of docs/automation.md: a deployment with a callback from another system, and its scenario."""

from __future__ import annotations

from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from tests.unit.project.documented import example
from workflows.engine.scenarios import Setting, setting_of

PROCESS_TEXT = example("automation.md", "process: deployment\n")
SCENARIO_TEXT = example("automation.md", "scenario: a deployment ")
HEAD = "scenario: a deployment\nprocess: deployment\n"
GIVEN = 'given: {now: 2026-03-02T09:00:00+01:00, as: alice, fields: {version: "4-1"}}\n'


def source_of(text: str) -> Source:
    source = read_source(text.encode(), "s.yaml")
    assert isinstance(source, Source), source
    return source


PROCESS = Process.model_validate(source_of(PROCESS_TEXT).data)


def scenario_of(text: str = SCENARIO_TEXT) -> tuple[Scenario, Setting, Source]:
    """A scenario of deployments, among the people that ship with the product."""
    source = source_of(text)
    scenario = Scenario.model_validate(source.data)
    return scenario, setting_of(scenario, PROCESS, digest(PROCESS), load((SHIPPED,)).organization), source
