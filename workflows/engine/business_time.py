"""Working time, exact to the second: integer arithmetic on a compiled calendar, without time zone data.

Instants are UTC epoch seconds. The rules are those of LANGUAGE, section 3 (durations) and section 7 (calendars):

- Hours are half open, [opening, closing), so that working time adds up and no instant counts twice.
- Seconds, minutes and hours are working time. The result is the first instant by which so much of it has passed: time
  that is used up exactly at closing ends at that closing, not at the next opening. Zero of any unit ends at its start.
- ``Nd`` counts from the next open instant to the same wall-clock time on the Nth working day after; if that day is
  closed then, to the closing before, or to its first opening.
- A working day is a date on which hours begin; hours past midnight belong to it. Where shifts of two dates
  overlap, an instant belongs to the earlier one.
- With ``always`` hours are exact, days keep wall-clock time, and a week is seven days.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NoReturn

from definitions.calendars.compiled_calendar import CompiledCalendar
from definitions.durations import Span, parse_duration

_DAY = 86_400
_YEAR = 366 * _DAY
_MARGIN = 14 * _DAY


class BeyondHorizon(Exception):
    """The result lies beyond the compiled horizon: compile the calendar for a longer one, and repeat the call.

    ``needed_from`` and ``needed_until`` (UTC seconds) describe a horizon that contains the present one and, most
    likely, the result.
    """

    def __init__(self, calendar: CompiledCalendar, needed_until: int, needed_from: int | None = None) -> None:
        self.calendar = calendar.name
        self.needed_until = max(needed_until, calendar.end)
        self.needed_from = calendar.start if needed_from is None else min(needed_from, calendar.start)
        super().__init__(f"calendar {self.calendar!r} is needed from {self.needed_from} until {self.needed_until}")


class NeverOpensAgain(ValueError):
    """The calendar has only single dates, and the last of them ends before the result: no horizon contains it."""

    def __init__(self, calendar: CompiledCalendar) -> None:
        self.calendar = calendar.name
        super().__init__(f"calendar {self.calendar!r} has no hours after its last open date")


def add(calendar: CompiledCalendar, start: int, duration: str) -> int:
    """The instant a duration (``90s 15m 4h 3d 2w``) after ``start``.

    Raises BeyondHorizon, NeverOpensAgain, and ValueError for text that is not a duration or for weeks of working time.
    """
    span = parse_duration(duration)
    seconds = span.exact_seconds
    return add_days(calendar, start, span) if seconds is None else add_seconds(calendar, start, seconds)


def add_seconds(calendar: CompiledCalendar, start: int, seconds: int) -> int:
    """The first instant by which so many working seconds have passed since ``start``; ``start`` itself for zero.

    Raises BeyondHorizon (never with ``always``), NeverOpensAgain, and ValueError for a negative number.
    """
    if seconds <= 0:
        if seconds < 0:
            raise ValueError(f"working time can't be negative: {seconds}")
        return start
    if calendar.always:
        return start + seconds
    if start < calendar.start:
        raise BeyondHorizon(calendar, calendar.end, start)
    closes, worked = calendar.closes, calendar.worked
    span = bisect_right(calendar.opens, start) - 1
    if span >= 0:
        rest = closes[span] - start
        seconds += worked[span] - rest if rest > 0 else worked[span]
    found = bisect_left(worked, seconds)
    if found == len(worked):
        done = worked[-1] if worked else 0
        _beyond(calendar, start, seconds - done, done)
    return closes[found] - worked[found] + seconds


def add_days(calendar: CompiledCalendar, start: int, span: Span) -> int:
    """The instant ``Nd`` (or, with ``always`` alone, ``Nw``) after ``start``. Raises as ``add`` does."""
    count = span.whole_days
    if calendar.always:
        return _add_wall_days(calendar, start, count)
    if span.unit == "w":
        raise ValueError(f"{span}: calendar {calendar.name!r} counts working days: write days instead of weeks")
    if count == 0:
        return start
    opening = next_open(calendar, start)
    day = _working_day(calendar, opening)
    later = day + count
    midnights = calendar.midnights
    if later >= len(midnights):
        _beyond(calendar, opening, later + 1 - len(midnights), len(midnights))
    wall = calendar.zone.wall(opening) - midnights[day] + midnights[later]
    due = _within(calendar.hours[later], calendar.zone.instant(wall))
    if due > calendar.end:
        raise BeyondHorizon(calendar, due + _MARGIN)
    return due


def working_seconds(calendar: CompiledCalendar, start: int, end: int) -> int:
    """Working seconds in [start, end). Raises BeyondHorizon (never with ``always``); ValueError where end < start."""
    if end < start:
        raise ValueError(f"working time from {start} ends before it starts, at {end}")
    if calendar.always:
        return end - start
    if start < calendar.start or end > calendar.end:
        raise BeyondHorizon(calendar, end, start)
    return _worked_until(calendar, end) - _worked_until(calendar, start)


def is_open(calendar: CompiledCalendar, at: int) -> bool:
    """Whether ``at`` is working time: the opening instant is, the closing instant is not. Raises BeyondHorizon."""
    if calendar.always:
        return True
    if not calendar.start <= at < calendar.end:
        raise BeyondHorizon(calendar, at + 1, at)
    span = bisect_right(calendar.opens, at) - 1
    return span >= 0 and at < calendar.closes[span]


def next_open(calendar: CompiledCalendar, at: int) -> int:
    """``at`` if the calendar is open then, else the next opening. Raises BeyondHorizon and NeverOpensAgain."""
    if calendar.always:
        return at
    if at < calendar.start:
        raise BeyondHorizon(calendar, calendar.end, at)
    opens, closes = calendar.opens, calendar.closes
    following = bisect_right(opens, at)
    if following and at < closes[following - 1]:
        return at
    if following == len(opens):
        _beyond(calendar, at, 1, len(opens))
    return opens[following]


def _worked_until(calendar: CompiledCalendar, at: int) -> int:
    span = bisect_right(calendar.opens, at) - 1
    return 0 if span < 0 else calendar.worked[span] - max(0, calendar.closes[span] - at)


def _add_wall_days(calendar: CompiledCalendar, start: int, count: int) -> int:
    if count == 0:
        return start
    if start < calendar.start:
        raise BeyondHorizon(calendar, calendar.end, start)
    zone = calendar.zone
    # Computed before the horizon is checked: the offset beyond it may differ, which the margin covers.
    due = zone.instant(zone.wall(start) + count * _DAY)
    if due > calendar.end:
        raise BeyondHorizon(calendar, due + _MARGIN)
    return due


def _working_day(calendar: CompiledCalendar, at: int) -> int:
    """The index of the working day to which the open instant ``at`` belongs."""
    latest = bisect_right(calendar.first_openings, at) - 1
    return latest if at >= calendar.reaches[latest] else _overlapping_day(calendar, at, latest)


def _overlapping_day(calendar: CompiledCalendar, at: int, latest: int) -> int:
    for earlier in range(max(0, latest - 2), latest):
        if any(begin <= at < end for begin, end in calendar.hours[earlier]):
            return earlier
    return latest


def _within(hours: tuple[tuple[int, int], ...], at: int) -> int:
    """``at`` if it lies within these hours, else the closing before it, else the first opening."""
    for begin, end in reversed(hours):
        if at >= begin:
            return min(at, end)
    return hours[0][0]


def _beyond(calendar: CompiledCalendar, start: int, lacking: int, known: int) -> NoReturn:
    """Raises BeyondHorizon for a longer calendar: estimated from the density of the known hours, with a margin."""
    if calendar.closed_after is not None and calendar.closed_after <= calendar.end:
        raise NeverOpensAgain(calendar)
    further = lacking * (calendar.end - calendar.start) // known if known else _YEAR
    raise BeyondHorizon(calendar, max(calendar.end, start) + further + _MARGIN)
