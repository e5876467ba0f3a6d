"""When two values are the same to a scenario."""

from __future__ import annotations

from definitions.durations import parse_duration, parse_length
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.times import to_instant


def length(text: str) -> int:
    """Seconds: ``225s`` and ``3m45s`` are the same, and so are 7d and 1w. Raises ValueError for what is no length."""
    try:
        return parse_length(text)
    except ValueError:
        return parse_duration(text).nominal_seconds


def same_value(spec: FieldSpec | None, expected: Json, found: Json) -> bool:
    """Datetimes as instants whatever their offset, durations by length, everything else as it is."""
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(lambda e, f: same_value(spec, e, f), expected, found))
    if isinstance(expected, str) and isinstance(found, str) and spec is not None:
        try:
            if spec.type == "datetime":
                return to_instant(expected) == to_instant(found)
            if spec.type == "duration":
                return length(expected) == length(found)
        except ValueError:
            return False
    return bool(expected == found) and isinstance(expected, bool) == isinstance(found, bool)
