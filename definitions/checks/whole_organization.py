"""An organization with its files: where each of its objects stands, for the problems found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from definitions.schema.organization import Organization
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from definitions.text.suggestions import closest


@dataclass(frozen=True, slots=True)
class WholeOrganization:
    """An organization, merged from the files ``sources``."""

    organization: Organization
    sources: Sequence[Source]

    def problem(
        self,
        path: Path,
        code: str,
        message: str,
        hint: str = "",
        *,
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        """A problem at the value of ``path``, or at its key, in the file that gives it.

        An element may stand there without its list.
        """
        source = next(one for one in self.sources if _is_given(one.data, path[:2]))
        if isinstance(path[-1], int) and not _is_given(source.data, path):
            path = path[:-1]
        mark = source.key_at(path) if key else source.at(path)
        return Problem(source.file, mark.line, mark.column, code, message, crumb(path), hint, severity)

    def unknown(self, path: Path, what: str, name: str, known: Sequence[str] | Mapping[str, Any]) -> Problem:
        """``unknown person 'x'``, with the nearest known name as a hint."""
        return self.problem(path, f"unknown-{what}", f"unknown {what} '{name}'", closest(name, known))


def _is_given(data: Any, path: Path) -> bool:
    for key in path:
        if isinstance(key, int):
            if not isinstance(data, list) or key >= len(data):
                return False
        elif not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True
