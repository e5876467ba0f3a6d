"""Reads the field values that people and machines send into one canonical form (LANGUAGE, section 2, Fields)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from definitions.durations import parse_duration
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.times import LONGEST_SHOWN, to_date, to_instant, to_text


class WrongValue(ValueError):
    """A field does not take the value; the text states the values that it takes."""


def read_value(spec: FieldSpec, value: Json) -> Json:
    """The canonical form of a value for a field; null, an empty text and an empty list become null.

    Raises WrongValue.
    """
    if value is None or value == "" or value == []:
        return None
    if not spec.list:
        return _one(spec, value)
    if not isinstance(value, list | tuple):
        raise WrongValue("takes a list")
    return [_one(spec, element) for element in value]


def _one(spec: FieldSpec, value: Json) -> Json:
    try:
        return _READERS[spec.type](spec, value)
    except WrongValue:
        raise
    except (ValueError, OverflowError) as error:
        raise WrongValue(str(error)) from None


def _text(spec: FieldSpec, value: Json) -> str:
    if not isinstance(value, str):
        raise WrongValue("takes text")
    if spec.max_length is not None and len(value) > spec.max_length:
        raise WrongValue(f"takes at most {spec.max_length} characters, not {len(value)}")
    if spec.pattern is not None and not re.fullmatch(spec.pattern, value):
        raise WrongValue(f"takes text of the form {spec.pattern}")
    return value


def _integer(_: FieldSpec, value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValue("takes a whole number")
    if not -(2**63) <= value < 2**63:
        raise WrongValue("takes a whole number of at most 64 bits")
    return value


def _number(_: FieldSpec, value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongValue("takes a number")
    return float(value)


def _boolean(_: FieldSpec, value: Json) -> bool:
    if not isinstance(value, bool):
        raise WrongValue("takes true or false")
    return value


def _texty(read: Callable[[str], str], form: str) -> Callable[[FieldSpec, Json], str]:
    def reader(_: FieldSpec, value: Json) -> str:
        if not isinstance(value, str):
            raise WrongValue(f"takes {form}")
        try:
            return read(value)
        except WrongValue:
            raise
        except (ValueError, OverflowError):  # some of their texts are about Python
            raise WrongValue(f"takes {form}, not {value[:LONGEST_SHOWN]!r}") from None

    return reader


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _choice(spec: FieldSpec, value: Json) -> str:
    if value not in spec.options:
        raise WrongValue(f"takes one of {', '.join(spec.options)}")
    return str(value)


def _reference(text: str) -> str:
    if not text.strip() or len(text) > 200:
        raise WrongValue("takes an id")
    return text.strip()


_READERS: dict[str, Callable[[FieldSpec, Json], Json]] = {
    "text": _text,
    "markdown": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _texty(to_date, "a date such as 2026-03-14"),
    "datetime": _texty(lambda text: to_text(to_instant(text)), "a datetime such as 2026-03-14T20:00:00+01:00"),
    "duration": _texty(_duration, "a duration such as 4h"),
    "choice": _choice,
    "person": _texty(_reference, "a person's id"),
    "team": _texty(_reference, "a team's id"),
    "service": _texty(_reference, "a service's id"),
    "ticket": _texty(_reference, "a ticket's key"),
}


def order_key(spec: FieldSpec, value: Json) -> Json:
    """The value that ``min`` and ``max`` compare: the length of a duration, any other value itself.

    Dates and datetimes sort as text.
    """
    return parse_duration(value).nominal_seconds if spec.type == "duration" and isinstance(value, str) else value
