"""Output of commands: what other people have written does nothing to the reader's terminal."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from api.cli import output
from api.cli.output import err, out, print_json, print_table, say, shown, table

EVIL = "a\x1b]0;title\x07b\x9b31mc\u202ed\u2066e\r\x7f\u200bf\u2028g\U000e0041h\ud800i"
SAFE = "a\\x1b]0;title\\x07b\\x9b31mc\\u202ed\\u2066e\\x0d\\x7f\\u200bf\\u2028g\\U000e0041h\\ud800i"


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
