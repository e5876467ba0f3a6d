"""``stanchion check`` on a custom folder, laid over the shipped definitions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.main import main
from definitions.loading.folders import SHIPPED
from tests.paths import ROOT

Said = tuple[int, str, str]
CHANGE = (SHIPPED / "processes" / "change.yaml").read_text()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command with the folder; its exit code, output and errors, with files named from the folder on."""

    def command(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["stanchion", *arguments, "--definitions", str(tmp_path)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err.replace(f"{tmp_path.as_posix()}/", "")

    return command


def write(folder: Path, name: str, text: str) -> None:
    (folder / "processes").mkdir(exist_ok=True)
    (folder / "processes" / f"{name}.yaml").write_text(text)


def place(text: str, line: str) -> str:
    """``line:column`` of the first line that begins with the text, as problems name it."""
    lines = text.splitlines()
    number = next(number for number, one in enumerate(lines) if one.lstrip(" -{").startswith(line))
    return f"{number + 1}:{len(lines[number]) - len(lines[number].lstrip(' -')) + 1}"


def test_a_customized_file_that_breaks_a_control_is_refused_with_the_path(
    run: Callable[..., Said], tmp_path: Path
) -> None:
    """The refusal shows the invariant's place and the shortest path around it; the other processes have no problem."""
    own = CHANGE.replace("reschedule: {to: authorize, ", "reschedule: {")
    assert own != CHANGE
    write(tmp_path, "change", own)
    code, said, problems = run("check")
    assert (code, said.splitlines()[-1]) == (1, "2 errors")
    assert f"processes/change.yaml:{place(own, 'never: implement, without')} invariant-broken" in problems
    assert (
        "open (impact=high, model=emergency) → submit → authorize.approved → reschedule (planned_start) → "
        "until ticket.planned_start → implement"
    ) in problems
    assert {line.split(":")[0] for line in problems.splitlines() if " invariant-broken " in line} == {
        "processes/change.yaml"
    }


def test_a_folder_that_overrides_one_process_keeps_the_rest(run: Callable[..., Said], tmp_path: Path) -> None:
    """A file with the same name replaces the shipped file; all other files are the shipped files."""
    shipped = run("check")[1]
    write(tmp_path, "change", CHANGE.replace("title: Held by the calendar", "title: Has to wait"))
    assert run("check") == (0, shipped, "")
    assert 'state "Has to wait" as held' in run("diagram", "change")[1]
    assert run("diagram", "incident")[0] == 0


def test_the_page_of_invariants_shows_the_place_of_the_shipped_invariant() -> None:
    """The example of a broken invariant has the line and the column that a reader gets."""
    found = place(CHANGE, "never: implement, without")
    assert f"processes/change.yaml:{found} invariant-broken" in (ROOT / "docs" / "invariants.md").read_text()


SCENARIO = """\
scenario: every name is wrong
process: change
given:
  now: 2026-03-02T09:00:00+01:00
  as: alce
  fields: {summary: Swap, sumary: Swap}
steps:
  - send: submit_it
  - edit: {modl: normal}
  - send: submit
    with: {plan_start: 2026-03-14T20:00:00+01:00}
  - expect: {tags: [wait_for], allowed: [submit_it]}
  - expect: {notified: [{to: carol, template: change_scheduledd}], assignee: team:cabb}
  - expect: {state: draftt, service_levels: {assessmentt: {due: null}}}
  - trigger: {type: nothing.known}
  - migrate: {to: nowhere.yaml}
"""
WRONG = [
    (5, "there is no person 'alce'"),
    (6, "there is no field 'sumary'"),
    (8, "no state takes an event 'submit_it'"),
    (9, "there is no field 'modl'"),
    (11, "there is no field 'plan_start'"),
    (12, "there is no tag 'wait_for'"),
    (12, "no state takes an event 'submit_it'"),
    (13, "there is no notification with template 'change_scheduledd'"),
    (13, "there is no team 'cabb'"),
    (14, "there is no state 'draftt'"),
    (14, "there is no service level 'assessmentt'"),
    (15, "no trigger of the process takes 'nothing.known'"),
    (16, "there is no file 'nowhere.yaml' with a process"),
]


@pytest.mark.parametrize("in_a_folder", [True, False])
def test_names_in_scenarios(run: Callable[..., Said], tmp_path: Path, in_a_folder: bool) -> None:
    """Each name in a scenario that does not exist is a problem at its place, in a folder and as a single file."""
    file = tmp_path / ("scenarios" if in_a_folder else "mine") / "wrong.yaml"
    file.parent.mkdir()
    file.write_text(SCENARIO)
    code, said, problems = run("check", *([] if in_a_folder else [str(file)]))
    assert (code, said.splitlines()[-1]) == (1, f"{len(WRONG)} errors")
    lines = [line for line in problems.splitlines() if " unknown-name " in line]
    found = [(int(line.split(":")[1]), line.partition(" unknown-name ")[2]) for line in lines]
    assert [(number, text[: len(wrong)]) for (number, text), (_, wrong) in zip(found, WRONG, strict=True)] == WRONG
    assert "wrong.yaml:8:11 unknown-name no state takes an event 'submit_it'\n  at 1st step › send\n" in problems
    assert "  hint: did you mean 'submit'?" in problems


def test_refused_steps_may_name_anything(run: Callable[..., Said], tmp_path: Path) -> None:
    """What a scenario expects to be refused may name an event and a field that do not exist."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "refused.yaml").write_text(
        SCENARIO[: SCENARIO.index("  as:")].replace("every name is wrong", "refused")
        + "  as: alice\n  fields: {summary: Swap, service: email}\nsteps:\n"
        + "  - send: submit_it\n    refused: {code: unknown_event}\n"
        + "  - edit: {modl: normal}\n    refused: {code: invalid_fields}\n"
    )
    assert run("check")[0] == 0
    assert run("test", "refused")[0] == 0


def test_a_folder_is_no_file(run: Callable[..., Said], tmp_path: Path) -> None:
    """A folder in place of a file is wrong usage; the message names the option for folders."""
    assert run("check", str(tmp_path)) == (
        2,
        "",
        f"{tmp_path} is a folder: check its files, or name it with --definitions.\n",
    )


def test_two_files_that_claim_one_process_are_refused(run: Callable[..., Said], tmp_path: Path) -> None:
    """The problem names both places, for the id and for the prefix, and states how one file replaces another."""
    write(tmp_path, "our_change", CHANGE)
    code, said, problems = run("check")
    assert (code, said.splitlines()[-1]) == (1, "2 errors")
    shipped = (SHIPPED / "processes" / "change.yaml").as_posix()
    for what, key in (("the process id 'change'", "process"), ("the prefix 'CHG'", "prefix")):
        first = f"{shipped}:{place(CHANGE, f'{key}:')}"
        own = f"processes/our_change.yaml:{place(CHANGE, f'{key}:')}"
        assert f"{own} given-twice {what} is claimed twice" in problems
        assert f"the first one is at {first}" in problems
    assert "; to replace that file, name this one change.yaml" in problems


def test_a_file_that_is_not_regular_is_not_missing(run: Callable[..., Said]) -> None:
    """A device is refused as what it is; only a name without a file is refused as missing."""
    refused = "/dev/null is not a regular file: name a YAML file of definitions.\n"
    assert run("check", "/dev/null") == (2, "", refused)
    assert run("check", "none.yaml") == (2, "", "no such file: none.yaml\n")
