"""Values from outside: JSON that every backend can keep, checked where it comes in.

The history, both databases and every reader of the records take what passes here. PostgreSQL, for one, refuses a query
that reads a JSON text with a NUL in it, although it has stored that text.
"""

from __future__ import annotations

import math
from typing import Any

from pydantic_core import from_json

DEPTH = 32
"""How deep a value may nest."""
INT64 = 2**63


def read_json(raw: bytes) -> Any:
    """The value of a JSON text. Raises ValueError where it is none, or none that can be kept."""
    return plain_json(from_json(raw, allow_inf_nan=False))


def plain_json(value: Any) -> Any:
    """The value itself. Raises ValueError for NaN, half a surrogate pair, NUL, numbers over 64 bits, deep nesting."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEPTH:
            raise ValueError(f"nests deeper than {DEPTH} levels")
        if isinstance(one, str):
            plain_text(one)
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("NaN and Infinity are not JSON")
        elif isinstance(one, int) and not -INT64 <= one < INT64:
            raise ValueError("a whole number has at most 64 bits")
        elif isinstance(one, dict):
            waiting += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list | tuple):
            waiting += [(part, depth + 1) for part in one]
    return value


def plain_text(text: str) -> str:
    """The text itself. Raises ValueError for NUL and for half a surrogate pair."""
    if "\x00" in text:
        raise ValueError("text holds no NUL character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("text holds half a surrogate pair") from None
    return text
