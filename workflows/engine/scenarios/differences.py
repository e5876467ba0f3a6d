"""What was expected beside what was found, for people to read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from definitions.schema.model import Json


def shown(value: Json) -> str:
    """A value as the language writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(one) for one in value)}]"
    return str(value)


def beside(expected: str, found: str) -> str:
    """Two lines, for single values."""
    return f"expected: {expected}\nfound:    {found}"


def lists(expected: Sequence[str], found: Sequence[str]) -> str:
    """Two lines for short lists, else one line an element: ``-`` is expected and missing, ``+`` is found beside it."""
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
