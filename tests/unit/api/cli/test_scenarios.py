"""``stanchion test``: what it prints, and how it exits."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from api.cli.main import main

FAILING = """scenario: a change is born assessed
process: change
given: {now: 2026-03-02T09:00:00+01:00, as: alice, fields: {summary: Swap, service: email}}
steps:
  - expect: {state: assess}
"""


def stanchion(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs the command line in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["stanchion", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of definitions with one scenario, which fails."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "born.yaml").write_text(FAILING)
    return tmp_path


def test_a_scenario_by_its_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The output is one line for each scenario, then the totals; the exit code is 0 if all passed."""
    assert stanchion(monkeypatch, "test", "change_vetoed") == 0
    assert capsys.readouterr().out == (
        "ok     change_vetoed: a single rejection by the security officer rejects a change\n"
        "1 scenario: 1 ok, 0 failed\n"
    )


def test_a_failing_scenario_by_its_file(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The failures of a scenario are printed with their places on standard error, and the exit code is 1."""
    file = own / "scenarios" / "born.yaml"
    assert stanchion(monkeypatch, "test", str(file), "--definitions", str(own)) == 1
    printed = capsys.readouterr()
    assert printed.out == "FAILED born: a change is born assessed\n1 scenario: 0 ok, 1 failed\n"
    assert printed.err == f"{file}:5:21 1st step › expect › state\n  expected: assess\n  found:    draft\n"


def test_json_for_programs(own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The output is one document with every failure in parts, and nothing else."""
    assert stanchion(monkeypatch, "test", "born", "--definitions", str(own), "--json") == 1
    document = json.loads(capsys.readouterr().out)
    failure = {
        "file": (own / "scenarios" / "born.yaml").as_posix(),
        "line": 5,
        "column": 21,
        "crumb": "1st step › expect › state",
        "message": "expected: assess\nfound:    draft",
    }
    scenario = {
        "scenario": "a change is born assessed",
        "file": failure["file"],
        "ok": False,
        "steps": 1,
        "failures": [failure],
    }
    assert document == {"ok": False, "engine": "core", "scenarios": [scenario], "problems": []}


def test_a_scenario_that_there_is_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not a scenario is wrong usage; the message suggests the nearest name, and no list of all."""
    assert stanchion(monkeypatch, "test", "nonsense") == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no scenario 'nonsense'. `stanchion test` without a name plays all ")
    assert stanchion(monkeypatch, "test", "incident_rsolved") == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no scenario 'incident_rsolved'. Did you mean 'incident_")
    assert len(said) < 200


def test_scenarios_of_a_missing_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the folder of definitions is missing, that is the message, whatever scenario is named."""
    assert stanchion(monkeypatch, "test", "x", "--definitions", str(tmp_path / "none")) == 1
    assert "no-folder the definitions folder does not exist" in capsys.readouterr().err


def test_a_scenario_that_can_not_be_read(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scenario with errors fails the command, which prints them."""
    file = own / "scenarios" / "born.yaml"
    file.write_text(FAILING.replace("expect", "expects"))
    assert stanchion(monkeypatch, "test", str(file), "--definitions", str(own)) == 1
    assert "s/born.yaml:5:5 unknown-key" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["born", "scenarios/born.yaml"])
def test_a_scenario_with_an_error_is_named_with_its_error(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A scenario that is given by its name and can't be read shows its own errors, and is not said to be missing."""
    file = own / "scenarios" / "born.yaml"
    file.write_text(FAILING.replace("steps:", "stepps:"))
    (own / "scenarios" / "other.yaml").write_text("scenario: x\n")
    assert stanchion(monkeypatch, "test", name, "--definitions", str(own)) == 1
    said = capsys.readouterr().err
    assert f"{file}:4:1 unknown-key" in said
    assert f"scenario '{name}' can't be played: its file has 1 error\n" in said
    assert "other.yaml" not in said
    assert "there is no scenario" not in said


def test_scenarios_of_a_process_with_errors_are_not_played(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scenarios that are not played are counted, so that nobody takes silence for success."""
    (own / "processes").mkdir()
    (own / "processes" / "change.yaml").write_text("process: change\ntitle: Broken\n")
    assert stanchion(monkeypatch, "test", "born", "incident_priority", "--definitions", str(own)) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "1 scenario: 1 ok, 0 failed, 1 not played: their process has errors"
    )
