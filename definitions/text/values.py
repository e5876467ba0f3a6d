"""Values as people read them: ``true``, ``6000``, ``nothing``; never in the notation of Python."""

from __future__ import annotations

import json
from typing import Any


def in_words(value: Any) -> str:
    """A JSON value in words; the elements of a list with commas between them, and a mapping as JSON."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list | tuple):
        return ", ".join(in_words(one) for one in value) or "nothing"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def number(value: float) -> str:
    """A number without the fraction of a whole one: 6000.0 is ``6000``."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else str(value)


def named_values(values: dict[str, Any]) -> str:
    """``ticket.impact = high, ticket.urgent = false``."""
    return ", ".join(f"{name} = {in_words(value)}" for name, value in values.items())
