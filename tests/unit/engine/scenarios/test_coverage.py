"""Coverage of processes by scenarios: ``stanchion test --coverage``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main

PROCESS = """process: repair
title: Repair
practice: incident_management
prefix: REP
fields: {n: {type: integer}}
on:
  give_up: {to: given_up, by: everyone}
initial: work
states:
  work:
    initial: look
    states:
      look:
        always:
          - {to: order, when: ticket.n == 7}
          - {to: order, when: ticket.n == 8}
        on:
          found:
            - {to: order, when: "'alice' == actor.id", by: everyone}
            - {to: mend, by: everyone}
      order:
        approval: {from: person:bob, within: 1d}
        on:
          approved: mend
          rejected:
            - {to: mend, when: ticket.n == 7}
            - look
          expired: look
      mend:
        tasks: [{id: glue, title: Glue it}]
        on: {done: shown}
      shown: {final: true}
    on:
      done: mended
      failed: {to: given_up, when: ticket.n != 9}
      hold: {to: held, by: everyone}
  held:
    on: {resume: {to: back, by: everyone}}
    after:
      - {for: 2d, to: given_up}
      - {until: "null", to: given_up}
  back:
    always: look
  mended: {final: true}
  given_up: {final: failed}
service_levels:
  speed:
    target: 4h
    during: [work]
    at:
      50%: [{notify: {to: person:bob, message: Hurry}}]
      100%: [{notify: {to: person:bob, message: Too late}}]
"""
PEOPLE = """organization: {name: Example}
people:
  alice: {name: Alice, email: alice@example.com}
  bob: {name: Bob, email: bob@example.com}
"""
SCENARIO = """scenario: glue is enough
process: repair
given: {now: 2026-03-02T09:00:00+01:00, as: bob}
steps:
  - send: hold
  - send: resume
  - send: found
  - wait: 3h
  - task: {id: glue, done: true}
  - expect: {state: mended}
"""
OTHER = """process: other
title: Other
practice: incident_management
prefix: OTH
initial: open
states:
  open: {on: {close: {to: closed, by: everyone}}}
  closed: {final: true}
"""
TOLD = """ok     glue: glue is enough
1 scenario: 1 ok, 0 failed
 46% repair: 14 of 30
     <file>:7 transition any state: give_up
     <file>:15 transition look: always (1st)
     <file>:16 transition look: always (2nd)
     <file>:19 transition look: found (1st)
     <file>:21 state order
     <file>:24 outcome order: approved
     <file>:25 outcome order: rejected
     <file>:26 transition order: rejected (1st)
     <file>:27 transition order: rejected (2nd)
     <file>:28 outcome order: expired
     <file>:30 outcome mend: failed
     <file>:35 transition work: failed
     <file>:40 transition held: after 2d
     <file>:41 transition held: until null
     <file>:45 state given_up
     <file>:52 threshold speed: 100%
 46% covered: 14 of 30 states, transitions, outcomes and thresholds
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A process with one scenario, which takes one path through it."""
    for name, text in (("processes/repair", PROCESS), ("organization/people", PEOPLE), ("scenarios/glue", SCENARIO)):
        file = tmp_path / f"{name}.yaml"
        file.parent.mkdir()
        file.write_text(text)
    return tmp_path


def measure(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs the command on the folder alone, and returns its exit code."""
    command = ["stanchion", "test", "--standalone", "--definitions", str(folder), *arguments]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_everything_that_no_scenario_has_touched_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text lists what is missed in the order of the file, with lines and names, and then the totals."""
    assert measure(folder, monkeypatch, "--coverage") == 0
    file = (folder / "processes" / "repair.yaml").as_posix()
    assert capsys.readouterr().out == TOLD.replace("<file>", file)


def test_less_than_wanted_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--fail-under`` compares the exact share, not the printed one."""
    assert measure(folder, monkeypatch, "--fail-under", "46.66") == 0
    assert capsys.readouterr().err == ""
    assert measure(folder, monkeypatch, "--fail-under", "46.67") == 1
    assert capsys.readouterr().err == "less than 46.67% is covered\n"


def test_coverage_for_programs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON document has the contents of the text; ``ok`` is true if enough is covered."""
    assert measure(folder, monkeypatch, "--fail-under", "50", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    coverage: dict[str, Any] = document["coverage"]
    (process,) = coverage["processes"]
    assert document["ok"] is False
    totals = {"covered": 14, "total": 30, "percent": pytest.approx(46.6667)}
    assert coverage == {**totals, "fail_under": 50.0, "processes": [process]}
    file = (folder / "processes" / "repair.yaml").as_posix()
    assert process == {**totals, "process": "repair", "file": file, "missed": process["missed"]}
    assert process["missed"][0] == {"kind": "transition", "name": "any state: give_up", "line": 7, "column": 3}
    assert len(process["missed"]) == 16


def test_coverage_is_of_the_core(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Coverage on a server is refused, and no scenario runs."""
    assert measure(folder, monkeypatch, "--coverage", "--engine", "temporal") == 2
    assert capsys.readouterr().err == "coverage is measured on the core alone: leave --engine out\n"


def test_a_process_without_scenarios_is_not_covered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every process counts, or, if scenarios are chosen by name, only their processes."""
    (folder / "processes" / "other.yaml").write_text(OTHER)
    assert measure(folder, monkeypatch, "--coverage") == 0
    assert "\n  0% other: 0 of 3\n" in capsys.readouterr().out
    assert measure(folder, monkeypatch, "--coverage", "glue") == 0
    assert "other" not in capsys.readouterr().out


def test_an_outcome_that_a_block_can_not_have_is_not_missed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run fails only if one of its steps may fail, and an approval expires only with ``within``."""
    text = OTHER.replace("states:\n", """fields: {n: {type: integer, default: 1}}
states:
  noted:
    run: [{comment: Noted, when: ticket.n == 1}]
    on: {done: divided}
  divided:
    run: [{set: {n: "=10/ticket.n"}}]
    on: {done: asked, failed: open}
  asked:
    approval: {from: person:bob}
    on: {approved: open, rejected: open}
""").replace("initial: open", "initial: noted")  # fmt: skip
    (folder / "processes" / "other.yaml").write_text(text)
    assert measure(folder, monkeypatch, "--coverage", "--json") == 0
    (other,) = (
        one for one in json.loads(capsys.readouterr().out)["coverage"]["processes"] if one["process"] == "other"
    )
    outcomes = [one["name"] for one in other["missed"] if one["kind"] == "outcome"]
    assert outcomes == ["noted: done", "divided: done", "divided: failed", "asked: approved", "asked: rejected"]
