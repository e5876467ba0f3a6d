"""Reads the field values that people and machines send into one canonical form (LANGUAGE, section 2, Fields)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from definitions.durations import parse_duration
from definitions.schema.model import Json
from definitions.schema.process import TICKET_KEY, FieldSpec
from definitions.text import patterns
from definitions.times import LONGEST_SHOWN, to_date, to_instant, to_text
from workflows.engine.model.bounds import LONGEST_MARKDOWN, LONGEST_TEXT
from workflows.engine.model.interpreter import INTERPRETER, STRICT_CORE


class WrongValue(ValueError):
    """A field does not take the value; the text states the values that it takes."""


LONGEST = {"text": LONGEST_TEXT, "markdown": LONGEST_MARKDOWN}
"""Characters of a text whose field has no ``max_length``."""
KEY_FORM = re.compile(rf"{TICKET_KEY}(:[A-Za-z0-9_.:-]+)?")
"""A ticket's key, or the id of a Python workflow, which begins with the key of the ticket that has started it."""
NO_KEY = "takes the key of a ticket, such as INC-7"


def read_value(spec: FieldSpec, value: Json, interpreter: int = INTERPRETER) -> Json:
    """The canonical form of a value for a field; null and an empty text become null.

    An empty list stays an empty list in a field of lists, and is null in any other, and before ``STRICT_CORE``.
    Patterns are matched as the version ``interpreter`` does it, and may have lengths of its own.
    Since ``STRICT_CORE`` a field of type ticket takes only text of the form of a key. Raises WrongValue.
    """
    if value is None or value == "" or (value == [] and (not spec.list or interpreter < STRICT_CORE)):
        return None
    if not spec.list:
        return _one(spec, value, interpreter)
    if not isinstance(value, list | tuple):
        raise WrongValue("takes a list")
    return [_one(spec, element, interpreter) for element in value]


def is_value(value: Json) -> bool:
    """Whether a value counts as one where a value is needed; a text of blanks and an empty list do not."""
    return value is not None and value != [] and not (isinstance(value, str) and not value.strip())


def _one(spec: FieldSpec, value: Json, interpreter: int) -> Json:
    try:
        read = _READERS[spec.type](spec, value)
        most = LONGEST.get(spec.type) if spec.max_length is None and interpreter >= STRICT_CORE else None
        if most is not None and isinstance(read, str) and len(read) > most:
            raise WrongValue(f"takes at most {most} characters, not {len(read)}: 'max_length' of the field is not set")
        if spec.pattern is not None and isinstance(read, str) and not _matches(spec.pattern, read, interpreter):
            raise WrongValue(f"takes text of the form {spec.pattern}")
        if spec.type == "ticket" and interpreter >= STRICT_CORE and not KEY_FORM.fullmatch(str(read)):
            raise WrongValue(NO_KEY)
        return read
    except WrongValue:
        raise
    except (ValueError, OverflowError) as error:
        raise WrongValue(str(error)) from None


def _text(spec: FieldSpec, value: Json) -> str:
    if not isinstance(value, str):
        raise WrongValue("takes text")
    if spec.max_length is not None and len(value) > spec.max_length:
        raise WrongValue(f"takes at most {spec.max_length} characters, not {len(value)}")
    return value


def _matches(pattern: str, text: str, interpreter: int) -> bool:
    """Raises ValueError for a text that is too long for a pattern of an older definition."""
    if interpreter < STRICT_CORE:
        return patterns.matches_by_backtracking(pattern, text)
    return patterns.matches(pattern, text)


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
