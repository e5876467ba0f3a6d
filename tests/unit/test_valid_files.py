"""Each file of ``tests/definitions/valid``, and each example of the language's page, loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from definitions.problems import Problem
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.source import Source, read_source
from definitions.validation import validate
from tests.unit.definition_files import EXAMPLES, as_text, examples, load_example

PAGE = Path(__file__).parents[2] / ".." / "shared" / "LANGUAGE.md"
WRAPPED = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\ninitial: a\nstates: {a: {final: true}}\n"
NOT_YET = {"process": ["tasks", "service_levels"], "triggers": ["triggers", "schedules"]}


@pytest.mark.parametrize("name", examples("valid"))
def test_a_valid_file_has_no_problem(name: str, tmp_path: Path) -> None:
    """What the language allows loads without an error; the shortest forms earn the warning of an open event."""
    problems = load_example((EXAMPLES / "valid" / f"{name}.yaml").read_bytes(), name, tmp_path)
    assert as_text(tuple(one for one in problems if one.code != "open-to-all"), name) == "\n"


@pytest.mark.skipif(not PAGE.exists(), reason="the language's page is not beside this checkout")
def test_every_example_of_the_page_loads_or_is_not_yet_run() -> None:
    """The page's examples are refused for nothing but the keys that this version does not run yet."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        first = block.split(":")[0]
        keys = [re.findall("'(.*?)'", problem.message)[0] for problem in _problems(first, block)]
        assert keys == NOT_YET.get(first, [])


def _problems(first: str, block: str) -> list[Problem]:
    source = read_source((WRAPPED + block if first == "triggers" else block).encode(), "page.yaml")
    assert isinstance(source, Source)
    if first == "organization":
        return validate(source, Organization)[1]
    if first == "scenario":
        return validate(source, Scenario)[1]
    problems = validate(source, Process)[1]
    assert {problem.code for problem in problems} == {"not-yet"}
    return problems
