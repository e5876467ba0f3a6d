"""Proofs run on the language's example, on checked files, and before definitions come into use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.definition_store.proved import load_proved
from definitions.loading.folders import SHIPPED
from definitions.schema.organization import Organization
from tests.paths import SHARED
from tests.unit.engine.proofs.proved_processes import process_of, source_of
from workflows.engine.proofs import prove

LANGUAGE = SHARED / "LANGUAGE.md"
PROCESS = """\
process: demo
title: Demo
practice: demo
prefix: DEM
initial: new
states:
  new: {{on: {{go: {{to: done, by: {by}}}}}}}
  done: {{final: true}}
invariants: [{{eventually: done}}]
"""
ORGANIZATION = "people: {{ann: {{name: Ann}}}}\nroles: {{chair: [{chair}]}}\n"


def folder(path: Path, *, by: str, chair: str) -> Path:
    for kind, text in (("processes", PROCESS.format(by=by)), ("organization", ORGANIZATION.format(chair=chair))):
        (path / kind).mkdir(exist_ok=True)
        (path / kind / "demo.yaml").write_text(text)
    return path


@pytest.mark.skipif(not LANGUAGE.exists(), reason="the language's page is not beside this repository")
def test_the_example_of_the_language_is_proved() -> None:
    """The change process of the language, tasks and service levels included, keeps its invariants."""
    blocks = re.findall(r"```yaml\n(.*?)```", LANGUAGE.read_text(), re.DOTALL)
    example = source_of(next(block for block in blocks if block.startswith("process: change")))
    organization = source_of((SHIPPED / "organization" / "organization.yaml").read_text())
    assert prove(process_of(example.data), example, Organization.model_validate(organization.data)) == []


def test_a_process_with_a_broken_invariant_does_not_come_into_use(tmp_path: Path) -> None:
    """A broken process is a problem and not in use, until the organization has the person that it needs."""
    broken = load_proved([folder(tmp_path, by="role:chair", chair="")])
    assert [problem.code for problem in broken.errors] == ["invariant-broken"]
    assert not broken.processes
    sound = load_proved([folder(tmp_path, by="role:chair", chair="ann")])
    assert not sound.errors
    assert set(sound.processes) == {"demo"}


def test_a_cached_proof_reports_the_present_place(tmp_path: Path) -> None:
    """A process that moves down in its file has its problem at the new line."""
    lines = []
    for comment in ("", "# one line more\n"):
        file = folder(tmp_path, by="role:chair", chair="") / "processes" / "demo.yaml"
        file.write_text(comment + file.read_text())
        lines += [problem.line for problem in load_proved([tmp_path]).errors]
    assert lines == [9, 10]
