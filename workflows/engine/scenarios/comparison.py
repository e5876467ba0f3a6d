"""The comparison of expected and actual values."""

from __future__ import annotations

from definitions.durations import parse_duration, parse_length
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.times import to_instant


def length(text: str) -> int:
    """A length in seconds: ``225s`` equals ``3m45s``, and 7d equals 1w. Raises ValueError for other text."""
    try:
        return parse_length(text)
    except ValueError:
        return parse_duration(text).nominal_seconds


def same_value(spec: FieldSpec | None, expected: Json, found: Json) -> bool:
    """Whether two values are equal: datetimes as instants, durations by length, all others exactly.

    In a field of lists, null is an empty list.
    """
    if spec is not None and spec.list:
        expected, found = ([] if value is None else value for value in (expected, found))
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
