"""Durations in the form of the language, ``90s 15m 4h 3d 2w``, and lengths in the form of results, ``3m45s``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache, total_ordering
from typing import Literal, TypeAlias, cast

Unit: TypeAlias = Literal["s", "m", "h", "d", "w"]

LONGEST_DAYS = 36_525
"""A hundred years. A definition that waits longer is a mistake, and no calendar is compiled further ahead."""
_SECONDS: dict[Unit, int] = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(0|[1-9][0-9]{0,8})([smhdw])")
_LENGTH = re.compile(r"(?P<sign>-?)(?=[0-9])(?:(?P<h>[0-9]+)h)?(?:(?P<m>[0-9]+)m)?(?:(?P<s>[0-9]+)s)?")


@total_ordering
@dataclass(frozen=True, eq=False, slots=True)
class Span:
    """One number and one unit. Equal and ordered by value, so that ``60m`` is ``1h`` and ``7d`` is ``1w``."""

    number: int
    unit: Unit

    nominal_seconds: int = field(init=False, repr=False)
    """The length in seconds for comparison: a day counts as 24 hours, whatever the clock shows."""
    exact_seconds: int | None = field(init=False, repr=False)
    """The length in seconds; None for days and weeks, whose length depends on a calendar and a start."""
    whole_days: int = field(init=False, repr=False)
    """The days of ``d`` and ``w`` (a week is 7d); 0 for the units of working time."""

    def __post_init__(self) -> None:
        nominal = self.number * _SECONDS[self.unit]
        in_days = self.unit in ("d", "w")
        object.__setattr__(self, "nominal_seconds", nominal)
        object.__setattr__(self, "exact_seconds", None if in_days else nominal)
        object.__setattr__(self, "whole_days", nominal // _SECONDS["d"] if in_days else 0)

    def __eq__(self, other: object) -> bool:
        return self.nominal_seconds == other.nominal_seconds if isinstance(other, Span) else NotImplemented

    def __lt__(self, other: Span) -> bool:
        return self.nominal_seconds < other.nominal_seconds

    def __hash__(self) -> int:
        return hash(self.nominal_seconds)

    def __str__(self) -> str:
        return f"{self.number}{self.unit}"


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> Span:
    """Read a duration (LANGUAGE, section 3). Raises ValueError unless it is one number and one unit."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: one number and one unit, as in 90s, 15m, 4h, 3d or 2w")
    return Span(int(match[1]), cast(Unit, match[2]))


def is_too_long(span: Span) -> bool:
    """Whether a duration is longer than a hundred years."""
    return span.nominal_seconds > LONGEST_DAYS * _SECONDS["d"]


def format_seconds(seconds: int) -> str:
    """A length in hours, minutes and seconds: 225 is ``3m45s``. Days are not used: a day has no fixed length."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = (f"{rest // 3600}h", f"{rest // 60 % 60}m", f"{rest % 60}s")
    return sign + ("".join(part for part in parts if part[:-1] != "0") or "0s")


def parse_length(text: str) -> int:
    """The seconds of a length in the form of results: ``3m45s`` and ``225s`` are both 225. Raises ValueError."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a length: hours, minutes and seconds, as in 3m45s")
    hours, minutes, seconds = (int(match[unit] or 0) for unit in "hms")
    length = hours * 3600 + minutes * 60 + seconds
    return -length if match["sign"] else length
