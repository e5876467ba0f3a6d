"""``stanchion counterexample``: a broken invariant as a scenario to keep."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from api.cli.main import main

PROCESS = """\
process: demo
title: Demo
practice: demo
prefix: DEM
fields: {summary: {type: text, required: true}}
initial: new
states:
  new:
    on:
      submit: {to: asked, by: everyone}
      hurry: {to: doing, by: everyone}
  asked:
    approval: {from: role:chair}
    on: {approved: doing, rejected: new}
  doing: {on: {finish: {to: done, by: everyone}}}
  done: {final: true}
invariants:
  - {eventually: done}
  - {never: doing, without: [asked.approved]}
"""
ORGANIZATION = "people: {ann: {name: Ann}, ben: {name: Ben}}\nroles: {chair: [ben]}\n"


def stanchion(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    """Runs the command line on the folder's definitions alone; its exit code."""
    given = ["stanchion", *arguments, "--definitions", str(folder), "--standalone"]
    monkeypatch.setattr(sys, "argv", given)
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Definitions with a way around an approval."""
    for kind, text in (("processes", PROCESS), ("organization", ORGANIZATION), ("scenarios", "")):
        (tmp_path / kind).mkdir()
        if text:
            (tmp_path / kind / "demo.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize("arguments", [("demo", "2"), ("demo",)], ids=["by its number", "the first that is broken"])
def test_a_broken_invariant_is_printed_as_a_scenario_that_plays(
    folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output is a file for scenarios/ that `stanchion test` plays into the forbidden state."""
    assert stanchion(monkeypatch, folder, "counterexample", *arguments) == 0
    text = capsys.readouterr().out
    (folder / "scenarios" / "around.yaml").write_text(text)
    assert text.rstrip().endswith("- send: hurry\n  as: ann\n- expect:\n    state: doing")
    assert stanchion(monkeypatch, folder, "test", "around") == 0


def test_json_has_the_invariant_and_the_scenario(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One document states the number of the invariant, counted from 1, and the scenario as text."""
    assert stanchion(monkeypatch, folder, "counterexample", "demo", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["process"], document["invariant"]) == ("demo", 2)
    assert document["scenario"].startswith("scenario: demo reaches doing, against its 2nd invariant\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("demo", "1"), 1, "No scenario breaks this invariant of 'demo'"),
        (("demo", "3"), 2, "'demo' has 2 invariants: there is no invariant 3. Give a number from 1 to 2, or none "),
        (("none",), 1, "There is no valid process 'none'. There are: demo."),
    ],
    ids=["it holds", "no such invariant", "no such process"],
)
def test_where_there_is_nothing_to_print(
    folder: Path,
    arguments: tuple[str, ...],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An invariant that holds, a missing invariant and a missing process are each reported as such."""
    assert stanchion(monkeypatch, folder, "counterexample", *arguments) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
