"""Times and durations in expressions, and the functions that combine them.

While an expression runs, a time is an ``int`` of UTC epoch seconds and a duration is its text in canonical form. A
duration in days stays in days: ``now + duration('1d')`` is the same wall-clock time tomorrow, in the organization's
zone, and not 24 hours later (LANGUAGE, section 3). In a comparison of durations, a day is 24 hours.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import date
from typing import Protocol

from definitions.durations import parse_duration
from definitions.times import FIRST, LAST, to_text

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_CANONICAL = re.compile(r"(-?\d+)([smhd])")


class Zone(Protocol):
    """The organization's wall clock as data, so that a running expression reads no time zone."""

    def add_days(self, instant: int, days: int) -> int:
        """The same wall-clock time ``days`` later (or earlier), in UTC epoch seconds."""

    def midnight(self, day: str) -> int:
        """The first instant of the date ``YYYY-MM-DD``, in UTC epoch seconds."""


class Utc:
    """The zone of an organization that does not name a zone."""

    def add_days(self, instant: int, days: int) -> int:
        return instant + days * DAY

    def midnight(self, day: str) -> int:
        return (date.fromisoformat(day).toordinal() - _EPOCH) * DAY


ZONE: ContextVar[Zone] = ContextVar("zone", default=Utc())  # noqa: B039 - Utc has no state
"""The zone of the evaluation that is running."""


def text_of(instant: int) -> str:
    """UTC epoch seconds to RFC 3339 with whole seconds. Raises ValueError for years outside 1 to 9999."""
    if not FIRST <= instant <= LAST:
        raise ValueError("the time is outside the years 1 to 9999")
    return to_text(instant)


def canonical(text: str) -> str:
    """A duration in its largest unit that keeps its meaning: 60m is 1h, 2w is 14d, 24h stays 24h. Raises ValueError."""
    span = parse_duration(text)
    return _exact(span.nominal_seconds) if span.exact_seconds is not None else f"{span.whole_days}d"


def _exact(seconds: int) -> str:
    for unit in ("h", "m"):
        if seconds and seconds % SECONDS[unit] == 0:
            return f"{seconds // SECONDS[unit]}{unit}"
    return f"{seconds}s"


def _split(text: str) -> tuple[int, str]:
    match = _CANONICAL.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is not a duration")
    return int(match[1]), match[2]


def seconds_of(text: str) -> int:
    """The length for comparisons: a day counts as 24 hours."""
    number, unit = _split(text)
    return number * SECONDS[unit]


def same(one: str, other: str) -> bool:
    return seconds_of(one) == seconds_of(other)


def plus(instant: int, text: str) -> int:
    return _shift(instant, text, 1)


def minus(instant: int, text: str) -> int:
    return _shift(instant, text, -1)


def _shift(instant: int, text: str, sign: int) -> int:
    number, unit = _split(text)
    if unit == "d":
        return ZONE.get().add_days(instant, sign * number)
    return instant + sign * number * SECONDS[unit]


def between(later: int, earlier: int) -> str:
    """The exact length from ``earlier`` to ``later``; negative if ``later`` comes first."""
    return _exact(later - earlier)


def total(one: str, other: str) -> str:
    return _join(one, other, 1)


def difference(one: str, other: str) -> str:
    return _join(one, other, -1)


def _join(one: str, other: str, sign: int) -> str:
    (first, unit), (second, other_unit) = _split(one), _split(other)
    if (unit == "d") != (other_unit == "d"):
        raise ValueError("days and hours can't be added up: a day is not always 24 hours")
    if unit == "d":
        return f"{first + sign * second}d"
    return _exact(first * SECONDS[unit] + sign * second * SECONDS[other_unit])
