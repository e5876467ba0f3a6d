"""The times of Temporal Schedules: every firing of the cron text, and few others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import ScheduleCalendarSpec, ScheduleRange

from api.background.firing_times import spec_of
from definitions.calendars.firings import firings
from definitions.calendars.zone import zone_offsets
from definitions.cron import parse_cron
from definitions.times import to_instant

DAY = 86_400
YEAR = (to_instant("2027-01-01T00:00:00Z"), to_instant("2028-01-01T00:00:00Z"))
CRONS = ["30 2 * * *", "30 * * * *", "0 9 1 * *", "0 0 31 * *", "45 23 * * sun", "*/30 8-17 * 3,10 mon-fri"]
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Kiritimati",
]


def fits(values: Sequence[ScheduleRange], value: int) -> bool:
    return any(one.start <= value <= max(one.start, one.end) for one in values)


def matched(calendars: Sequence[ScheduleCalendarSpec], instant: int) -> bool:
    at = datetime.fromtimestamp(instant, UTC)
    return any(
        fits(one.second, at.second)
        and fits(one.minute, at.minute)
        and fits(one.hour, at.hour)
        and fits(one.day_of_month, at.day)
        and fits(one.month, at.month)
        and fits(one.day_of_week, at.isoweekday() % 7)
        for one in calendars
    )


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", CRONS)
def test_every_firing_is_among_the_times(cron: str, zone: str) -> None:
    """Whatever the clocks do, Temporal fires at each moment of the cron text."""
    spec = spec_of(cron, zone, 2027)
    offsets = zone_offsets(ZoneInfo(zone), YEAR[0] - 2 * DAY, YEAR[1] + 2 * DAY)
    lost = [one for one in firings(parse_cron(cron), offsets, *YEAR) if not matched(spec.calendars, one)]
    assert lost == []
    assert spec.time_zone_name is None


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        ("Europe/Berlin", {3, 10}),
        ("America/New_York", {3, 11}),
        ("Australia/Lord_Howe", {3, 4, 9, 10}),  # the first of April or October begins on the day before, in UTC
        ("Australia/Sydney", {3, 4, 9, 10}),
        ("Asia/Kathmandu", set()),
    ],
)
def test_other_times_are_in_the_months_of_a_change_alone(zone: str, months: set[int]) -> None:
    """A daily schedule has one more time on each day of a month in which clocks change, and none in other months."""
    spec = spec_of("30 2 * * *", zone, 2027)
    offsets = zone_offsets(ZoneInfo(zone), YEAR[0] - 2 * DAY, YEAR[1] + 2 * DAY)
    fired = set(firings(parse_cron("30 2 * * *"), offsets, *YEAR))
    times = {one for one in range(YEAR[0] + 1800, YEAR[1], 900) if matched(spec.calendars, one)}
    others = [datetime.fromtimestamp(one, UTC).month for one in times - fired]
    assert set(others) == months
    assert len(others) <= 31 * len(months)


def test_minutes_and_hours_become_ranges() -> None:
    """Runs of values become ranges; where the offset is no whole hour, each group of minutes has its hours."""
    calendars = spec_of("0,10,50 8-17 * jan-mar,dec mon-fri", "Asia/Kathmandu", 2027).calendars
    assert [[(each.start, each.end) for each in one.minute] for one in calendars] == [[(15, 15), (25, 25)], [(5, 5)]]
    assert [[(each.start, each.end) for each in one.hour] for one in calendars] == [[(2, 11)], [(3, 12)]]
    for one in calendars:
        assert [(each.start, each.end) for each in one.second] == [(0, 0)]
        assert [(each.start, each.end) for each in one.month] == [(1, 3), (12, 12)]
        assert [(each.start, each.end) for each in one.day_of_week] == [(1, 5)]


def test_a_date_moves_with_its_offset() -> None:
    """Midnight of the first day east of Greenwich is in the evening of the month before."""
    (calendar,) = spec_of("0 0 1 1 *", "Asia/Kathmandu", 2027).calendars
    assert [(one.start, one.end) for one in calendar.hour] == [(18, 18)]
    assert [(one.start, one.end) for one in calendar.day_of_month] == [(28, 31)]
    assert [(one.start, one.end) for one in calendar.month] == [(1, 1), (12, 12)]
