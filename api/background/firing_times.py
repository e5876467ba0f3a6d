"""The times of a Temporal Schedule for a cron text.

Temporal reads the wall times of a zone otherwise than the language does: it leaves out a skipped time, and fires at
the second of two. So Temporal gets a schedule in UTC, once for each offset of its zone, in the months in which the
offset is in force. Every firing of the cron text is among these times. A month with a change of the clocks has some
more: ``activities.scheduling`` opens nothing at a moment at which the cron text does not fire.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from temporalio.client import ScheduleCalendarSpec, ScheduleRange, ScheduleSpec

from definitions.calendars.zone import zone_offsets
from definitions.cron import Cron, CronField, parse_cron

_YEARS = 10
"""How far ahead the offsets of a zone are looked up. A zone whose changes move through the year has another spec next
year, and so another schedule."""
_DAY_MINUTES = 24 * 60
_MONTHS = 12
_LAST_DAYS = frozenset((28, 29, 30, 31))


def spec_of(cron: str, time_zone: str, year: int) -> ScheduleSpec:
    """The times, in UTC, from ``year`` on. Raises ValueError for a text that is not a cron text."""
    parsed = parse_cron(cron)
    calendars: list[ScheduleCalendarSpec] = []
    for minutes, months in _offsets(time_zone, year):
        calendars += (one for one in _calendars(parsed, minutes, months) if one not in calendars)
    return ScheduleSpec(calendars=calendars)


@cache
def _offsets(time_zone: str, year: int) -> tuple[tuple[int, frozenset[int]], ...]:
    """The offsets of a zone in minutes east of UTC, each with its months, and those that a firing reaches from them."""
    start, end = (int(datetime(one, 1, 1, tzinfo=UTC).timestamp()) for one in (year - 1, year + _YEARS))
    zone = zone_offsets(ZoneInfo(time_zone), start, end)
    months: dict[int, set[int]] = {}
    ends = (*zone.changes, end)
    followers = (*zone.offsets[1:], zone.offsets[-1])
    for offset, first, last, follower in zip(zone.offsets, (start, *zone.changes), ends, followers, strict=True):
        # A skipped time is read with the offset before the change, so it can be as late as the clocks were set forward.
        day, until = (datetime.fromtimestamp(one, UTC) for one in (first, last + max(0, follower - offset)))
        known = months.setdefault(offset // 60, set())
        while day < until and len(known) < _MONTHS:
            known.add(day.month)
            day += timedelta(days=1)
        known.add(until.month)
    return tuple((offset, frozenset(known)) for offset, known in sorted(months.items()))


def _calendars(cron: Cron, offset: int, months: frozenset[int]) -> Iterator[ScheduleCalendarSpec]:
    """The wall times of one offset in UTC: grouped, so that each group's minutes and hours are a rectangle."""
    groups: dict[tuple[int, tuple[int, ...]], set[int]] = {}
    for minute in cron.minute.values:
        hours: dict[int, set[int]] = {}
        for hour in cron.hour.values:
            days, rest = divmod(hour * 60 + minute - offset, _DAY_MINUTES)
            hours.setdefault(days, set()).add(rest // 60)
        for days, found in hours.items():
            groups.setdefault((days, tuple(sorted(found))), set()).add((minute - offset) % 60)
    for (days, on_hours), minutes in sorted(groups.items()):
        shifted = _shifted(cron, days)
        if in_months := months.intersection(shifted.month.values):
            yield ScheduleCalendarSpec(
                second=[ScheduleRange(0)],
                minute=_ranges(sorted(minutes)),
                hour=_ranges(on_hours),
                day_of_month=_ranges(shifted.day_of_month.values),
                month=_ranges(sorted(in_months)),
                day_of_week=_ranges(shifted.day_of_week.values),
            )


def _shifted(cron: Cron, days: int) -> Cron:
    """The date fields of a cron text a day earlier (-1) or later (1), and some more dates around the ends of months."""
    if days == 0:
        return cron
    of_month, months = set(cron.day_of_month.values), set(cron.month.values)
    shifted = {day + days for day in of_month if 1 <= day + days <= 31}
    if days < 0 and 1 in of_month:
        shifted |= _LAST_DAYS
    if days > 0 and of_month & _LAST_DAYS:
        shifted.add(1)
    return replace(
        cron,
        day_of_month=CronField(tuple(sorted(shifted)), cron.day_of_month.every),
        month=CronField(tuple(sorted(months | {(month - 1 + days) % 12 + 1 for month in months})), cron.month.every),
        day_of_week=CronField(
            tuple(sorted({(day + days) % 7 for day in cron.day_of_week.values})), cron.day_of_week.every
        ),
    )


def _ranges(values: Sequence[int]) -> Sequence[ScheduleRange]:
    """Consecutive values as ranges."""
    ranges: list[ScheduleRange] = []
    for value in values:
        if ranges and ranges[-1].end == value - 1:
            ranges[-1] = ScheduleRange(ranges[-1].start, value)
        else:
            ranges.append(ScheduleRange(value, value))
    return ranges
