"""Views of definitions: processes, their diagrams, and the errors that keep newer files out of use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field

from definitions.text.problems import Problem


class ProcessSummary(BaseModel):
    id: str
    title: str
    practice: str
    prefix: str
    description: str = ""
    digest: str


class ProcessList(BaseModel):
    items: list[ProcessSummary]


class ProcessDetail(ProcessSummary):
    """A process as it runs: in the language, without defaults."""

    definition: dict[str, Any]


class Diagram(BaseModel):
    process: str
    mermaid: str


class DefinitionProblem(BaseModel):
    """One problem of a file."""

    file: str
    line: int
    column: int
    code: str
    message: str
    crumb: str = ""
    hint: str = ""
    severity: str

    @classmethod
    def of(cls, problem: Problem, folders: Sequence[Path] = ()) -> Self:
        """The problem; names of files begin below the folder of definitions that they lie in."""
        return cls(
            file=_below(problem.file, folders),
            line=problem.line,
            column=problem.column,
            code=problem.code,
            message=_below(problem.message, folders),
            crumb=problem.crumb,
            hint=_below(problem.hint, folders),
            severity=problem.severity,
        )


def _below(text: str, folders: Sequence[Path]) -> str:
    """A text without the folders of definitions before the names of files."""
    for folder in sorted((one.as_posix() for one in folders), key=len, reverse=True):
        text = text.replace(f"{folder}/", "")
    return text


class DefinitionsView(BaseModel):
    """The definitions of new tickets, and the problems that keep newer ones out of use."""

    current: bool = Field(description="false while the files have errors and the last good definitions stay in use")
    loaded_at: str
    processes: list[ProcessSummary]
    problems: list[DefinitionProblem] = []
