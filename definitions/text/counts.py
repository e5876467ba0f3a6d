"""Numbers of things in sentences: ``1 error``, ``2 errors``."""

from __future__ import annotations

_PLURALS = {"process": "processes", "entry": "entries", "has": "have", "stays": "stay", "is": "are"}


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``0 files``, ``1 file``, ``1,000 files``."""
    return f"{number:,} {plural(noun, number)}"


def plural(word: str, number: int) -> str:
    """The word, or its plural where ``number`` is not one."""
    return word if number == 1 else _PLURALS.get(word, f"{word}s")
