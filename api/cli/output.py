"""Output and exit codes of commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from io import StringIO
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table

from definitions.text.problems import Problem

REFUSED = 1
USAGE = 2
AWAY = 3
START_IT = "`stanchion up` starts everything."

out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Prints texts as they are: markup and codes of emoji in what people wrote have no effect."""
err = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
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
    """Prints one JSON document, for programs."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


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
    Console(file=drawn, width=LONGEST_LINE, highlight=False, markup=False, emoji=False).print(rows)
    out.file.write("\n".join(line.rstrip() for line in drawn.getvalue().split("\n")))
