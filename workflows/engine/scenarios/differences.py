"""Differences between expected and actual values, in words."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from definitions.schema.model import Json
from definitions.text.values import number


def shown(value: Json) -> str:
    """A value in the notation of the language."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(one) for one in value)}]"
    return number(value) if isinstance(value, float) else str(value)


def beside(expected: str, found: str) -> str:
    """The difference of single values, in two lines."""
    return f"expected: {expected}\nfound:    {found}"


def lists(expected: Sequence[str], found: Sequence[str]) -> str:
    """Two lines for short lists, else a line for each element: ``-`` is missing, ``+`` is unexpected."""
    if len(expected) <= 1 and len(found) <= 1:
        return beside(", ".join(expected) or "nothing", ", ".join(found) or "nothing")
    lines = ["- expected", "+ found"]
    matcher = difflib.SequenceMatcher(None, expected, found, autojunk=False)
    for kind, from_, to, found_from, found_to in matcher.get_opcodes():
        if kind == "equal":
            lines += [f"  {one}" for one in expected[from_:to]]
        else:
            lines += [f"- {one}" for one in expected[from_:to]]
            lines += [f"+ {one}" for one in found[found_from:found_to]]
    return "\n".join(lines)
