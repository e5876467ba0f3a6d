"""Cron texts of five fields, read strictly, so that every accepted text has only one meaning.

The fields are minute, hour, day of the month, month and day of the week (0 and 7 are Sunday). Each is ``*``, a number
or a name, a range, or a list of these, with ``/step``. Days of the month together with days of the week are refused:
half of all cron programs then take days that match either field, the others only days that match both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class CronField:
    """The values of one field, ascending."""

    values: tuple[int, ...]
    every: bool
    """True for ``*``: the field restricts nothing."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The times of a schedule: second 0 of every minute that matches all fields, on the wall clock of its zone."""

    minute: CronField
    hour: CronField
    day_of_month: CronField
    month: CronField
    day_of_week: CronField
    """0 is Sunday."""


@dataclass(frozen=True, slots=True)
class _Kind:
    word: str
    """With its article: ``an hour``."""
    low: int
    high: int
    names: Mapping[str, int]


_KINDS = (
    _Kind("a minute", 0, 59, {}),
    _Kind("an hour", 0, 23, {}),
    _Kind("a day of the month", 1, 31, {}),
    _Kind("a month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Kind("a day of the week", 0, 7, {name: number for number, name in enumerate(_DAYS)}),
)


def parse_cron(text: str) -> Cron:
    """Read a cron text. Raises ValueError, with the reason and the field, if the text is invalid or never fires."""
    parts = text.split()
    if len(parts) != len(_KINDS):
        raise ValueError(f"a cron text has five fields, not {len(parts)}: minute hour day-of-month month day-of-week")
    fields = [_field(kind, part) for kind, part in zip(_KINDS, parts, strict=True)]
    cron = Cron(*fields)
    if not cron.day_of_month.every and not cron.day_of_week.every:
        raise ValueError("days of the month and days of the week together can be read in two ways: write two schedules")
    if cron.day_of_month.values[0] > max(_LONGEST[month - 1] for month in cron.month.values):
        raise ValueError("the schedule never fires: none of its months has that many days")
    return cron


def _field(kind: _Kind, text: str) -> CronField:
    values: set[int] = set()
    for part in text.split(","):
        values |= _values(kind, part)
    if kind.high == 7:
        values = {value % 7 for value in values}
    return CronField(tuple(sorted(values)), text == "*")


def _values(kind: _Kind, part: str) -> set[int]:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(f"'{part}' is not {kind.word}")
    step = int(match["step"]) if match["step"] else 1
    if step == 0:
        raise ValueError(f"'{part}': a step is at least 1")
    if match["first"] is None:
        return set(range(kind.low, min(kind.high, 6 if kind.high == 7 else kind.high) + 1, step))
    first = _number(kind, match["first"])
    last = _number(kind, match["last"]) if match["last"] else kind.high if match["step"] else first
    if last < first:
        raise ValueError(f"'{part}' ends before it begins")
    return set(range(first, last + 1, step))


def _number(kind: _Kind, text: str) -> int:
    named = kind.names.get(text.lower())
    if named is not None:
        return named
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not kind.low <= number <= kind.high:
        words = list(kind.names)
        names = f" or {words[0]} to {words[-1]}" if words else ""
        raise ValueError(f"'{text}' is not {kind.word}: {kind.low} to {kind.high}{names}")
    return number
