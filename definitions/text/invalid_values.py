"""Pydantic's errors in plain words: what was expected, without the value, which may be confidential.

One table for all readers: definition files, requests, settings, and the inputs and results of actions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from definitions.text.counts import counted

ID = "an id: small letters, digits and _, beginning with a letter"
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": ID,
    r"^[A-Z][A-Z0-9]{1,9}$": "2 to 10 capital letters and digits, beginning with a letter: CHG",
    r"^[A-Z]{3}$": "a currency of three capital letters: EUR",
    r"^\d{4}-\d{2}-\d{2}$": "a date: 2026-03-14",
    r"^\d{2}:\d{2}-\d{2}:\d{2}$": "opening hours: 09:00-12:30",
}
_WHOLE = "a whole number"
_NUMBER = "a number"
_YES_OR_NO = "true or false"
_LIST = "a list"
_OBJECT = "an object of names and values"
_DATE = "a date: 2026-03-14"
_MOMENT = "a date and time: 2026-03-14T20:00:00Z"
_PLAIN = {
    "string_type": "text", "string_unicode": "text in Unicode", "bytes_type": "text",
    "int_type": _WHOLE, "int_parsing": _WHOLE, "int_from_float": _WHOLE,
    "int_parsing_size": "a whole number of fewer digits",
    "float_type": _NUMBER, "float_parsing": _NUMBER, "finite_number": "a finite number",
    "decimal_type": _NUMBER, "decimal_parsing": _NUMBER,
    "bool_type": _YES_OR_NO, "bool_parsing": _YES_OR_NO,
    "list_type": _LIST, "tuple_type": _LIST, "set_type": _LIST, "frozen_set_type": _LIST,
    "dict_type": _OBJECT, "mapping_type": _OBJECT, "model_type": _OBJECT, "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT, "none_required": "null",
    "date_type": _DATE, "date_parsing": _DATE, "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE, "datetime_type": _MOMENT, "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT, "timezone_aware": "a date and time with its offset: 2026-03-14T20:00:00Z",
    "url_type": "an address", "url_parsing": "an address: https://example.com",
    "path_type": "a path of a file or folder",
}  # fmt: skip
_BOUNDED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_pattern_mismatch": lambda given: _PATTERNS.get(given["pattern"], f"text of the form {given['pattern']}"),
    "string_too_long": lambda given: f"at most {counted(given['max_length'], 'character')}",
    "string_too_short": lambda given: (
        "some text" if given["min_length"] == 1 else f"at least {counted(given['min_length'], 'character')}"
    ),
    "too_long": lambda given: f"at most {counted(given['max_length'], 'entry')}",
    "too_short": lambda given: f"at least {counted(given['min_length'], 'entry')}",
    "greater_than": lambda given: f"a number above {given['gt']}",
    "greater_than_equal": lambda given: f"a number from {given['ge']}",
    "less_than": lambda given: f"a number below {given['lt']}",
    "less_than_equal": lambda given: f"a number up to {given['le']}",
    "multiple_of": lambda given: f"a multiple of {given['multiple_of']}",
    "literal_error": lambda given: str(given["expected"]),
    "enum": lambda given: str(given["expected"]),
    "url_scheme": lambda given: f"an address that begins with {given['expected_schemes']}",
}


def expected(error: ErrorDetails) -> str | None:
    """What an error expected, to follow the word ``expected``; None for a kind of error that has no words here."""
    bounded = _BOUNDED.get(error["type"])
    return bounded(error.get("ctx") or {}) if bounded is not None else _PLAIN.get(error["type"])


def reason(error: ErrorDetails) -> str:
    """Why a value was refused, to follow its place and a colon."""
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "extra_forbidden":
        return "is not known here"
    words = expected(error)
    if words is not None:
        return f"expected {words}"
    return own_words(error)


def own_words(error: ErrorDetails) -> str:
    """The words of a check of our own, without those that pydantic puts before them; pydantic's words for the rest."""
    own = error["type"] in ("json_invalid", "value_error", "assertion_error")
    return str(((error.get("ctx") or {}).get("error") if own else None) or error["msg"])
