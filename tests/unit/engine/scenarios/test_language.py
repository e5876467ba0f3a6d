"""The scenario of the language's own page, on the process and the organization of that page."""

from __future__ import annotations

import re

import pytest

from definitions.digest import digest
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from tests.paths import SHARED
from workflows.engine.scenarios import Setting, run_scenario

LANGUAGE = SHARED / "LANGUAGE.md"


def block(first_key: str) -> Source:
    """The example of the page that begins with this key."""
    examples = re.findall(r"```yaml\n(.*?)```", LANGUAGE.read_text(encoding="utf-8"), re.DOTALL)
    text = next(one for one in examples if one.startswith(f"{first_key}:"))
    source = read_source(text.encode(), "LANGUAGE.md")
    assert isinstance(source, Source), source
    return source


@pytest.mark.skipif(not LANGUAGE.exists(), reason="the page of the language is not beside this checkout")
def test_the_example_of_the_language_passes() -> None:
    """Approvals, reminders, service levels, tasks and timers behave as the page states."""
    process = Process.model_validate(block("process").data)
    organization = Organization.model_validate(block("organization").data)
    source = block("scenario")
    scenario = Scenario.model_validate(source.data)
    result = run_scenario(scenario, Setting(process, digest(process), organization, scenario.given.now), source)
    assert [str(failure) for failure in result.failures] == []
    assert result.steps == len(scenario.steps)
