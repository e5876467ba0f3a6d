"""JSON that has one meaning: a name occurs once in an object, and a whole number has a length that can be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from definitions.text.scalars import shown

MOST_DIGITS = 1_000
"""The digits of a whole number that is read at all. Backends keep far smaller ones, and refuse the rest themselves."""


_PLAIN = {"Expecting value": "expected a value", "Extra data": "expected nothing more after the value"}
"""Words of Python's reader that need others."""


class NotJson(json.JSONDecodeError):
    """The text is not JSON. The message names the place, and it does not contain the text."""

    def __init__(self, error: json.JSONDecodeError) -> None:
        said = error.msg.removesuffix(" at").strip()
        words = _PLAIN.get(said) or said.replace("Expecting", "expected")
        super().__init__(words, error.doc, error.pos)
        self.msg = f"{words[:1].lower()}{words[1:]} at line {error.lineno}, column {error.colno}"

    def __str__(self) -> str:
        return self.msg


class JsonRefused(ValueError):
    """The text is JSON, but it is ambiguous or can't be kept."""


def no_number(name: str) -> NoReturn:
    """Raises ValueError for NaN and Infinity."""
    raise ValueError(f"{name} is no number of JSON")


def read_json(text: str | bytes, constant: Callable[[str], Any] = no_number) -> Any:
    """The value of a JSON text. Raises JsonRefused, and ValueError (mostly NotJson) if it is not JSON.

    ``constant`` reads NaN and Infinity, which are not JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_named_once, parse_int=_whole, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise NotJson(error) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = set[str]()
        for name, _ in pairs:
            if name in names:
                raise JsonRefused(f"{shown(name)} is given twice in one object: give each name once")
            names.add(name)
    return found


def _whole(digits: str) -> int:
    number = digits.removeprefix("-")
    if len(number) > MOST_DIGITS:
        raise JsonRefused(f"a whole number of {len(number):,} digits is too large: a whole number has at most 64 bits")
    return int(digits)
