"""Output and exit codes of commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table

from definitions.text.problems import Problem

REFUSED = 1
USAGE = 2
AWAY = 3
START_IT = "`stanchion up` starts everything."

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


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
    """Prints a line for people; markup in it has no effect."""
    out.print(text, markup=False)


def print_problems(problems: Sequence[Problem]) -> None:
    """Prints each problem as ``file:line:col CODE message``, with its object and hint."""
    for problem in problems:
        err.print(str(problem), markup=False, style=None if problem.severity == "warning" else "red")


def table(*headings: str) -> Table:
    return Table(*headings, box=None, pad_edge=False, header_style="bold")


def print_table(rows: Table) -> None:
    out.print(rows, markup=False)
