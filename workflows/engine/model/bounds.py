"""The bounds of what one ticket keeps, says and starts, and the size of values in bytes of JSON.

Temporal takes two million bytes in one payload. A ticket that continues as new carries its definition, its answers and
its snapshot in one, so each part of a snapshot that can grow has a bound, and an event is refused before it breaks it.
Sizes are counted here, not by the library that writes the JSON: a replay must count the same in every build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final

LONGEST_TEXT: Final = 10_000
"""Characters of a field of type text that has no ``max_length``."""
LONGEST_MARKDOWN: Final = 100_000
"""Characters of a field of type markdown that has no ``max_length``."""
LONGEST_COMMENT: Final = 100_000
"""Characters of a comment, which the timeline alone keeps."""
LONGEST_REASON: Final = 10_000
"""Characters of the comment of a vote or of a task, which the ticket carries."""
LONGEST_MESSAGE: Final = 20_000
"""Characters of the message of a notice."""
LONGEST_PROBLEM: Final = 1_000
"""Characters of the text of a problem."""
LONGEST_REFUSAL: Final = 4_000
"""Characters of the reason of a refusal."""
LONGEST_NAME: Final = 100
"""Characters of a name in a refusal."""

MOST_FIELD_BYTES: Final = 300_000
"""Bytes of all fields of a ticket."""
SMALL_VALUE_BYTES: Final = 100
"""Bytes of a value, such as an option or a time, that the process may write even beyond ``MOST_FIELD_BYTES``."""
MOST_SAVED_BYTES: Final = 300_000
"""Bytes of all results that the automation of a ticket saves."""
MOST_EVENT_BYTES: Final = 500_000
"""Bytes of the values of one event, and of one effect."""
MOST_EFFECTS: Final = 500
"""Effects of one step, and elements of one ``each``."""
MOST_HOPS: Final = 50
"""Links of a chain of events and starts, from ticket to ticket, that no person and no pause has interrupted."""
HOPS_PAUSE: Final = 60
"""Seconds without a step after which what a ticket does by itself begins a new chain."""
MOST_OF_A_CHAIN: Final = 500
"""Events of one chain that a ticket takes: each of the tickets that one step reaches may answer it."""
MOST_CHAINS: Final = 20
"""Chains that a ticket counts."""
CHAIN_REMEMBERED: Final = 3_600
"""Seconds after its last event for which a ticket counts a chain."""
MOST_STARTS_OF_A_CHAIN: Final = 10_000
"""Tickets that one chain opens."""
MOST_NAMED: Final = 20
"""Names that a refusal lists."""
MOST_PROBLEMS: Final = 100
"""Problems that a ticket shows; the timeline has all of them."""
MOST_WATCHERS: Final = 500
MOST_HELD: Final = 100
"""Notices that wait for working hours. Further notices go out at once."""
MOST_INTERVALS: Final = 300
"""Intervals of one run of a service level, and of all earlier runs that its clock keeps; the records have all runs."""

_LONGEST_CHARACTER: Final = 6
"""Bytes of the longest character of a JSON text."""


def cut(text: str, most: int) -> str:
    """The text with at most ``most`` characters; an ellipsis stands for the rest."""
    return text if len(text) <= most else text[: most - 1] + "…"


def bytes_of(value: object) -> int:
    """The bytes of a JSON value, or of a frozen dataclass, as compact JSON in UTF-8."""
    kind: Any = type(value)
    if kind is str:
        return _bytes_of_text(str(value))
    if value is None or kind is bool or kind is int or kind is float:
        return len(repr(value))
    if isinstance(value, dict | Mapping):  # a dict is found without the slower question whether it is a Mapping
        size = 2
        for key, one in value.items():
            size += _bytes_of_text(str(key)) + 2 + bytes_of(one)
        return size
    if isinstance(value, list | tuple | set | frozenset | Sequence) and not isinstance(value, str):
        size = 2
        for one in value:
            size += 1 + bytes_of(one)
        return size
    if isinstance(value, str):
        return _bytes_of_text(value)
    if isinstance(value, bool | int | float):
        return len(repr(value))
    names, size = _names(kind)
    for name in names:
        size += bytes_of(getattr(value, name))
    return size


def beyond(value: object, most: int) -> int:
    """The bytes of a value (see ``bytes_of``) if they are more than ``most``, else 0.

    A step calls this for every event, notice and write. The bytes are therefore counted only if a quick estimate does
    not rule out the excess.
    """
    if _at_most(value) <= most:
        return 0
    size = bytes_of(value)
    return size if size > most else 0


def _at_most(value: object) -> int:
    """A number that ``bytes_of`` never exceeds: six bytes for each character, the length of ``\\u0007``."""
    kind: Any = type(value)
    if kind is str:
        return _LONGEST_CHARACTER * len(str(value)) + 2
    if kind is dict:
        return _at_most_of_texts(value)  # type: ignore[arg-type]
    if not hasattr(kind, "__dataclass_fields__"):
        return _LONGEST_CHARACTER * len(repr(value))
    names, size = _names(kind)
    for name in names:
        one = getattr(value, name)
        if one is None:
            size += 4
        elif type(one) is str:
            size += _LONGEST_CHARACTER * len(one) + 2
        elif type(one) is dict:
            size += _at_most_of_texts(one)
        else:
            size += _LONGEST_CHARACTER * len(repr(one))
    return size


def _at_most_of_texts(texts: Mapping[object, object]) -> int:
    characters = sum(map(len, map(str, texts))) + sum(map(len, map(str, texts.values())))
    return _LONGEST_CHARACTER * characters + 6 * len(texts) + 2


def _bytes_of_text(text: str) -> int:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return len(text) + 2  # nothing to escape: most texts
    return len(encode_basestring(text).encode(errors="surrogatepass"))


@lru_cache(maxsize=256)
def _names(kind: Any) -> tuple[tuple[str, ...], int]:
    """The fields of a dataclass, and the bytes of their names with braces, quotes, colons and commas."""
    names = tuple(one.name for one in fields(kind))
    return names, 2 + sum(len(name) + 4 for name in names)
