"""A problem with a definition: its place, its cause and a way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file: ``("states", "authorize", "approval", "need")``."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem in a definition file."""

    file: str
    line: int
    column: int
    code: str
    """Kebab-case and stable: ``unknown-key``, ``unreachable-state``."""
    message: str
    crumb: str = ""
    """The name of the object: ``state 'authorize' › approval › need``."""
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """``file:line:col CODE message``, then the object and the hint, each on a line of its own."""
        word = "" if self.severity == "error" else "warning: "
        text = f"{self.file}:{self.line}:{self.column} {self.code} {word}{self.message}"
        if self.crumb:
            text += f"\n  at {self.crumb}"
        if self.hint:
            text += f"\n  hint: {self.hint}"
        return text


class DefinitionError(Exception):
    """The definitions can't be used. Carries every problem found, sorted by place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


MOST_ERRORS = 100
MOST_WARNINGS = 1_000
"""A file with more problems is of another kind. Each problem costs a search for the name that was meant."""


def bounded(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems up to a bound, and then one that states the bound: what follows is neither sought nor reported."""
    errors = warnings = 0
    for problem in problems:
        yield problem
        errors, warnings = errors + (problem.severity == "error"), warnings + (problem.severity == "warning")
        if errors >= MOST_ERRORS or warnings >= MOST_WARNINGS:
            found = f"{MOST_ERRORS} errors" if errors >= MOST_ERRORS else f"{MOST_WARNINGS:,} warnings"
            message = f"checking stops after {found}: there may be more"
            yield Problem(
                problem.file, problem.line, problem.column, "too-many-problems", message, hint="fix these first"
            )
            return
