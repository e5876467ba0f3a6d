"""Containment: an unexpected failure while a file is read or checked is a problem of that file alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from definitions.text.problems import Problem

T = TypeVar("T")


def contained(file: str, work: Callable[[], T]) -> tuple[T | None, tuple[Problem, ...]]:
    """The result of ``work`` on a file; where it fails, None and the problem."""
    try:
        return work(), ()
    except Exception as failure:  # a fault of the checks must not keep other files, or a server, from being used
        return None, (unexpected(file, failure),)


def unexpected(file: str, failure: Exception) -> Problem:
    """The problem of a file whose check has failed."""
    said = " ".join(str(failure).split())
    message = f"this file can't be checked: {type(failure).__name__}" + (f": {said[:500]}" if said else "")
    hint = "this is a fault of Stanchion: report it with the file; meanwhile undo the last change of the file"
    return Problem(file, 1, 1, "not-checked", message, hint=hint)
