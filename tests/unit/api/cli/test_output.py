"""Output of commands: texts of people are printed as they are, and do nothing to the reader's terminal."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from api.cli import output
from api.cli.output import err, out, print_json, print_problems, print_table, say, shown, table
from definitions.text.problems import Problem

EVIL = "a\x1b]0;title\x07b\x9b31mc\u202ed\u2066e\r\x7f\u200bf\u2028g\U000e0041h\ud800i"
SAFE = "a\\x1b]0;title\\x07b\\x9b31mc\\u202ed\\u2066e\\x0d\\x7f\\u200bf\\u2028g\\U000e0041h\\ud800i"
TEXTS = [":warning: notify team_of:email:", "[red]not red[/red] [/x]", "\\[x] [b", "1 true 2026-01-01 'x' http://x"]


def test_control_and_format_characters_are_shown_escaped() -> None:
    """Escape sequences, one-byte control characters and marks that turn text round are shown as their codes."""
    assert shown(EVIL) == SAFE
    assert shown("Grüße, 日本 ✓\n\tok") == "Grüße, 日本 ✓\n\tok"


@pytest.mark.parametrize("stream", ["out", "err"])
def test_every_way_of_printing_escapes(capsys: pytest.CaptureFixture[str], stream: str) -> None:
    """Lines, cells of tables and errors are escaped by the one console that prints them, whatever style they have."""
    console = {"out": out, "err": err}[stream]
    console.print(EVIL, markup=False, style="red")
    rows = table("what", EVIL)
    rows.add_row(EVIL, "[red]x")
    console.print(rows, markup=False)
    if stream == "out":
        say(EVIL)
        print_table(rows)
    captured = capsys.readouterr()
    printed = captured.out if stream == "out" else captured.err
    assert not any(one in printed for one in "\x1b\x07\x9b\u202e\u2066\r\x7f\u200b\u2028\U000e0041")
    assert "\\x1b]0;title" in printed
    assert "[red]x" in printed


def test_json_is_escaped_and_means_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON for programs keeps its values, and holds no character that a terminal must not get."""
    value = {EVIL: [EVIL, "Grüße"]}
    print_json(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == value
    assert all(one == "\n" or one.isprintable() for one in printed)
    assert "Grüße" in printed


def test_there_is_no_other_console() -> None:
    """The command line has two consoles, and both escape."""
    assert {type(one) for one in vars(output).values() if isinstance(one, Console)} == {output.SafeConsole}


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
