"""Output for people: texts are printed as they are."""

from __future__ import annotations

import pytest

from api.cli.output import err, out, print_problems, print_table, say, table
from definitions.text.problems import Problem

TEXTS = [":warning: notify team_of:email:", "[red]not red[/red] [/x]", "\\[x] [b", "1 true 2026-01-01 'x' http://x"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_people_are_not_altered(
    text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither codes of emoji nor markup nor colours change a line, a cell, the heading of a table or a problem."""
    monkeypatch.setattr(out, "_color_system", None)
    rows = table(text)
    rows.add_row(text)
    say(text)
    print_table(rows)
    err.print(text)
    print_problems([Problem(file=text, line=1, column=1, code="x", message=text, crumb=text, hint=text)])
    said = capsys.readouterr()
    assert [line.rstrip() for line in said.out.splitlines()] == [text, text, text]
    assert said.err.splitlines()[0] == text
    assert said.err.count(text) == 5


def test_long_cells_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no terminal limits the width, a cell is neither cut nor folded."""
    rows = table("a", "b")
    rows.add_row("x" * 500, "y" * 500)
    print_table(rows)
    assert capsys.readouterr().out.splitlines()[1].split() == ["x" * 500, "y" * 500]


def test_cells_on_a_terminal_are_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a cell that is too long is folded, and loses no character."""
    monkeypatch.setattr(out, "_force_terminal", True)
    monkeypatch.setattr(out, "_width", 20)
    rows = table("a", "b")
    rows.add_row("x" * 50, "y" * 50)
    print_table(rows)
    said = capsys.readouterr().out
    assert (said.count("x"), said.count("y")) == (50, 50)
