"""Each file of ``tests/definitions/valid``, and each example of the language's page, loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from definitions.loading.loader import load
from definitions.loading.validation import validate
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.problems import Problem
from definitions.text.source import Source, read_source
from tests.paths import EXAMPLES, SHARED
from tests.unit.definitions.definition_files import as_text, examples, load_example

PAGE = SHARED / "LANGUAGE.md"
WRAPPED = "process: demo\ntitle: Demo\npractice: demo\nprefix: DEM\ninitial: a\nstates: {a: {final: true}}\n"
TEMPLATES = ("change_to_assess", "change_scheduled", "decision_at_risk", "decision_breached")


@pytest.mark.parametrize("name", examples("valid"))
def test_a_valid_file_has_no_problem(name: str, tmp_path: Path) -> None:
    """What the language allows loads without an error; the shortest forms earn the warning of an open event."""
    problems = load_example((EXAMPLES / "valid" / f"{name}.yaml").read_bytes(), name, tmp_path)
    assert as_text(tuple(one for one in problems if one.code != "open-to-all"), name) == "\n"


@pytest.mark.skipif(not PAGE.exists(), reason="the language's page is not beside this checkout")
def test_every_example_of_the_page_loads() -> None:
    """The models of the language take every example of its page."""
    blocks = _blocks()
    assert len(blocks) == 4
    for block in blocks:
        assert _problems(block.split(":")[0], block) == []


@pytest.mark.skipif(not PAGE.exists(), reason="the language's page is not beside this checkout")
def test_the_process_of_the_page_loads_as_a_whole(tmp_path: Path) -> None:
    """The page's process, in the page's organization, has no problem and no warning."""
    process, organization = _blocks()[:2]
    files = {"processes/change.yaml": process, "organization/example.yaml": organization}
    for name, text in (files | {f"templates/{name}.md": "Subject: Hello\n" for name in TEMPLATES}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    loaded = load([tmp_path])
    assert loaded.problems == ()
    assert list(loaded.processes) == ["change"]


def _blocks() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)


def _problems(first: str, block: str) -> list[Problem]:
    source = read_source((WRAPPED + block if first == "triggers" else block).encode(), "page.yaml")
    assert isinstance(source, Source)
    if first == "organization":
        return validate(source, Organization)[1]
    if first == "scenario":
        return validate(source, Scenario)[1]
    return validate(source, Process)[1]
