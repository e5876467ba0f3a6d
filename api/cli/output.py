"""Output and exit codes of commands."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from io import StringIO
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from definitions.text.problems import Problem

REFUSED = 1
USAGE = 2
AWAY = 3
START_IT = "`stanchion up` starts everything."

KEPT = "\n\t"
"""The control characters that a text for people may have."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of control and format characters, of lone surrogates and of separators of lines."""


def shown(text: str) -> str:
    """A text as a terminal may get it: control and format characters, and those that turn text round, are escaped.

    Other people write the texts of tickets. An escape sequence in one would act on the terminal of whoever reads it.
    """
    if text.isprintable():
        return text
    return "".join(one if one in KEPT or unicodedata.category(one) not in _UNSEEN else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class SafeConsole(Console):
    """A console through which every text of the command line goes: each is escaped before it gets its style."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(shown(text), **options)


out = SafeConsole(highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Prints texts as they are: markup and codes of emoji in what people wrote have no effect."""
err = SafeConsole(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
LONGEST_LINE = 1_000_000
"""Characters of a line of a table, where no terminal limits its width."""


class CommandError(Exception):
    """Ends a command with a message and an exit code; ``--json`` prints ``document``."""

    def __init__(self, code: int, message: str, document: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.document = document


def fail(code: int, message: str) -> NoReturn:
    raise CommandError(code, message)


def print_json(value: Any) -> None:
    """Prints one JSON document, for programs; it is as safe to look at as a text for people."""
    sys.stdout.write(_safe_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n")


def _safe_json(text: str) -> str:
    """The same JSON, with the characters of texts that a terminal must not get in JSON's own escapes."""
    return "".join(
        json.dumps(one)[1:-1] if one not in KEPT and unicodedata.category(one) in _UNSEEN else one for one in text
    )


def say(text: str) -> None:
    """Prints a line for people."""
    out.print(text)


def print_problems(problems: Sequence[Problem]) -> None:
    """Prints each problem as ``file:line:col CODE message``, with its object and hint."""
    for problem in problems:
        err.print(str(problem), style=None if problem.severity == "warning" else "red")


def table(*headings: str) -> Table:
    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        rows.add_column(heading, overflow="fold")
    return rows


def print_table(rows: Table) -> None:
    """Prints a table with every cell whole: folded to the width of the terminal, or else on a line as long as it is."""
    if out.is_terminal:
        out.print(rows, soft_wrap=False)
        return
    drawn = StringIO()
    SafeConsole(file=drawn, width=LONGEST_LINE, highlight=False, markup=False, emoji=False).print(rows)
    out.file.write("\n".join(line.rstrip() for line in drawn.getvalue().split("\n")))
