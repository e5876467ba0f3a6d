"""Days of the week and hours of a day, as calendars write them."""

from __future__ import annotations

import re
from collections.abc import Iterable

Period = tuple[int, int]
"""Beginning and end, half open, in seconds: of wall time since midnight of a date, or of UTC."""

DAY = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


def parse_days(text: str) -> tuple[int, ...]:
    """The weekdays (Monday is 0) of ``tue``, ``mon-thu`` or ``sun-thu``. Raises ValueError for any other text."""
    first, dash, last = text.partition("-")
    ends = (first, last if dash else first)
    if not all(end in WEEKDAYS for end in ends):
        raise ValueError(f"{text!r} is not a day: mon, tue, wed, thu, fri, sat, sun, or a span of them, as in mon-thu")
    begin, end = (WEEKDAYS.index(name) for name in ends)
    return tuple((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def parse_hours(text: str) -> Period:
    """``09:00-12:30`` in seconds since midnight. ``22:00-06:00`` ends on the next date. Raises ValueError."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a span of hours: write it as in 09:00-12:30, 22:00-06:00 or 18:00-24:00")
    hours = [int(group) for group in match.groups()]
    begin, end = hours[0] * 3600 + hours[1] * 60, hours[2] * 3600 + hours[3] * 60
    if begin >= DAY:
        raise ValueError(f"{text!r}: hours begin before 24:00; write 00:00 on the next day")
    if end > DAY:
        raise ValueError(f"{text!r}: hours end at 24:00 at the latest; write 22:00-06:00 to continue after midnight")
    if begin == end:
        raise ValueError(f"{text!r} begins and ends at the same time; write 00:00-24:00 for a whole day")
    return begin, end if end > begin else end + DAY


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The periods in order, without empty ones, and with overlapping ones merged."""
    result: list[Period] = []
    for begin, end in sorted(period for period in periods if period[0] < period[1]):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return tuple(result)
