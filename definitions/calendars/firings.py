"""The firings of a cron text: its wall times in a zone, as instants.

A wall time is read as everywhere in the language (RFC 5545, section 3.3.5): where clocks are set forward, a skipped
time is read with the offset before the change; where they are set back, a repeated time is the first of the two. With
``*`` as its hour, a schedule asks for no particular hour: it fires in every hour that passes, so at both times.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from definitions.calendars.hours import DAY
from definitions.calendars.zone import ZoneOffsets
from definitions.cron import Cron

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def firings(cron: Cron, zone: ZoneOffsets, after: int, until: int) -> Iterator[int]:
    """The firings in (after, until], ascending, each once; all in UTC seconds.

    ``zone`` has the offsets from two days before ``after`` to two days after ``until``.
    """
    waiting: list[int] = []
    last = after
    for day in range(zone.wall(after) // DAY - 1, zone.wall(until) // DAY + 2):
        for instant in _of_day(cron, zone, day * DAY):
            heapq.heappush(waiting, instant)
        # A change moves a wall time by a day at most: nothing of a later day comes before this border.
        border = zone.instant(day * DAY) - DAY
        while waiting and waiting[0] <= border:
            instant = heapq.heappop(waiting)
            if last < instant <= until:
                yield instant
                last = instant
    for instant in sorted(waiting):
        if last < instant <= until:
            yield instant
            last = instant


def is_time(cron: Cron, wall: int) -> bool:
    """Whether a cron text names this wall time (see ``ZoneOffsets``), to the second."""
    at = _EPOCH + timedelta(seconds=wall)
    return (
        at.second == 0
        and at.minute in cron.minute.values
        and at.hour in cron.hour.values
        and at.month in cron.month.values
        and at.day in cron.day_of_month.values
        and at.isoweekday() % 7 in cron.day_of_week.values
    )


def _of_day(cron: Cron, zone: ZoneOffsets, midnight: int) -> Iterator[int]:
    """The instants of the wall times of one date."""
    date = _EPOCH + timedelta(seconds=midnight)
    if (
        date.month not in cron.month.values
        or date.day not in cron.day_of_month.values
        or date.isoweekday() % 7 not in cron.day_of_week.values
    ):
        return
    for hour in cron.hour.values:
        for minute in cron.minute.values:
            wall = midnight + hour * 3600 + minute * 60
            yield zone.instant(wall)
            if cron.hour.every:
                yield from _again(zone, wall)


def _again(zone: ZoneOffsets, wall: int) -> Iterator[int]:
    """The second instant of a wall time that comes twice."""
    for change, before, after in zip(zone.changes, zone.offsets, zone.offsets[1:], strict=False):
        if change + after <= wall < change + before:
            yield wall - after
