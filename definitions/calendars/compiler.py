"""Compiles calendars into numbers. Time zones and holidays are read only here, outside any workflow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from definitions.calendars.compiled_calendar import EPOCH_ORDINAL, CompiledCalendar
from definitions.calendars.hours import DAY, Period, merged, parse_days, parse_hours
from definitions.calendars.rules import ALWAYS, check_calendar, holiday_dates
from definitions.calendars.zone import ZoneOffsets, zone_offsets
from definitions.durations import LONGEST_DAYS
from definitions.schema.organization import Calendar, Organization

_MARGIN = 3 * DAY
"""Time around the horizon. No hours and no offset reach further."""

_LONGEST = LONGEST_DAYS * DAY
"""The longest horizon. A target that needs more is a mistake, and would take minutes to compile."""

Week = dict[int, tuple[Period, ...]]


class CalendarError(ValueError):
    """A calendar can't be compiled, or not so far; the text names it and the reason."""


def _ordinal(wall: int) -> int:
    return wall // DAY + EPOCH_ORDINAL


def _week(calendar: Calendar) -> Week:
    return {
        day: tuple(parse_hours(text) for text in texts)
        for key, texts in calendar.hours.items()
        for day in parse_days(key)
    }


def _wall_hours(calendar: Calendar, first: int, last: int) -> Iterator[tuple[int, tuple[Period, ...]]]:
    """The hours that begin on each date. ``open`` wins over ``closed`` and holidays, and these win over the week."""
    week = _week(calendar)
    dropped = {date.fromisoformat(text).toordinal() for text in calendar.closed}
    opened = {date.fromisoformat(day).toordinal(): texts for day, texts in calendar.open.items()}
    if calendar.holidays is not None:
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        dropped |= {day.toordinal() for day in holiday_dates(calendar.holidays, years)}
    for day in range(first, last + 1):
        if day in opened:
            yield day, tuple(parse_hours(text) for text in opened[day])
        elif day not in dropped:
            yield day, week.get((day - 1) % 7, ())


def _utc_hours(zone: ZoneOffsets, day: int, hours: tuple[Period, ...]) -> tuple[Period, ...]:
    midnight = (day - EPOCH_ORDINAL) * DAY
    return merged((zone.instant(midnight + begin), zone.instant(midnight + end)) for begin, end in hours)


def _working_days(calendar: Calendar, zone: ZoneOffsets, start: int, end: int) -> dict[int, tuple[Period, ...]]:
    """All working days from the first to the last that reach into the horizon, without gaps: days are counted."""
    first, last = _ordinal(zone.wall(start - _MARGIN)), _ordinal(zone.wall(end + _MARGIN))
    days = ((day, _utc_hours(zone, day, hours)) for day, hours in _wall_hours(calendar, first, last))
    begun = [(day, hours) for day, hours in days if hours and hours[0][0] < end]
    reaching = next((index for index, (_, hours) in enumerate(begun) if hours[-1][1] > start), len(begun))
    return dict(begun[reaching:])


def _closed_after(calendar: Calendar) -> int | None:
    if any(calendar.hours.values()):
        return None
    last = max(date.fromisoformat(day).toordinal() for day, texts in calendar.open.items() if texts)
    return (last - EPOCH_ORDINAL) * DAY + _MARGIN


def compile_calendar(organization: Organization, name: str, start: int, end: int) -> CompiledCalendar:
    """The working time of a calendar from ``start`` to ``end`` (UTC seconds, half open).

    ``always`` is 24x7 in the organization's time zone. Raises CalendarError, with the calendar, the key and the
    problem, and also for a horizon of more than a hundred years.
    """
    if end <= start:
        raise CalendarError(f"calendar {name!r}: the horizon must end after it starts")
    if end - start > _LONGEST:
        raise CalendarError(f"calendar {name!r}: the horizon is longer than a hundred years")
    if problems := check_calendar(organization, name):
        lines = (f"{' › '.join(str(key) for key in path)}: {message}" for path, _, message in problems)
        raise CalendarError(f"calendar {name!r}: " + "; ".join(lines))
    calendar = organization.calendars.get(name)
    zone_name = (calendar and calendar.time_zone) or organization.organization.time_zone
    zone = zone_offsets(ZoneInfo(zone_name), start - 2 * _MARGIN, end + 2 * _MARGIN)
    if calendar is None:
        return CompiledCalendar(ALWAYS, zone_name, start, end, (), (), zone, always=True)
    days = _working_days(calendar, zone, start, end)
    return CompiledCalendar(
        name, zone_name, start, end, tuple(days), tuple(days.values()), zone, closed_after=_closed_after(calendar)
    )
