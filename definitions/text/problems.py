"""A problem with a definition: where it is, what it is, and the way out."""

from __future__ import annotations

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
    """One thing that is wrong in a file of definitions."""

    file: str
    line: int
    column: int
    code: str
    """Kebab-case and stable: ``unknown-key``, ``unreachable-state``."""
    message: str
    crumb: str = ""
    """The object, as a person names it: ``state 'authorize' › approval › need``."""
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """``file:line:col CODE message``, then the object, then the hint, each on its line."""
        word = "" if self.severity == "error" else "warning: "
        text = f"{self.file}:{self.line}:{self.column} {self.code} {word}{self.message}"
        if self.crumb:
            text += f"\n  at {self.crumb}"
        if self.hint:
            text += f"\n  hint: {self.hint}"
        return text


class DefinitionError(Exception):
    """Definitions that can't be used; carries every problem that was found, sorted by place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
