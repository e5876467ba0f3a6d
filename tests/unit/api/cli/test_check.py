"""``stanchion check`` on a custom folder, laid over the shipped definitions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.main import main
from definitions.loading.folders import SHIPPED

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
