"""The firings of cron texts, above all on the days on which clocks are changed."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.calendars.firings import firings
from definitions.calendars.zone import zone_offsets
from definitions.cron import parse_cron
from definitions.times import to_instant, to_text

DAY = 86_400


def fired(text: str, zone: str, after: str, until: str) -> list[str]:
    """The firings between two moments, as wall times with their offsets."""
    start, end = to_instant(after), to_instant(until)
    offsets = zone_offsets(ZoneInfo(zone), start - 2 * DAY, end + 2 * DAY)
    found = firings(parse_cron(text), offsets, start, end)
    return [datetime.fromtimestamp(one, ZoneInfo(zone)).isoformat(timespec="minutes") for one in found]


@pytest.mark.parametrize(
    ("text", "zone", "date", "expected"),
    [
        ("30 2 * * *", "Europe/Berlin", "2027-03-28", ["2027-03-28T03:30+02:00"]),
        ("30 2 * * *", "Europe/Berlin", "2027-10-31", ["2027-10-31T02:30+02:00"]),
        ("30 2 * * *", "America/New_York", "2027-03-14", ["2027-03-14T03:30-04:00"]),
        ("30 1 * * *", "America/New_York", "2027-11-07", ["2027-11-07T01:30-04:00"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2027-10-03", ["2027-10-03T02:45+11:00"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2027-04-04", ["2027-04-04T01:45+11:00"]),
        ("30 2 * * *", "Australia/Sydney", "2027-10-03", ["2027-10-03T03:30+11:00"]),
        ("30 2 * * *", "Australia/Sydney", "2027-04-04", ["2027-04-04T02:30+11:00"]),
        ("30 2 * * *", "Asia/Kathmandu", "2027-03-28", ["2027-03-28T02:30+05:45"]),
        ("30 2 * * *", "Asia/Kathmandu", "2027-10-31", ["2027-10-31T02:30+05:45"]),
        ("0 0 * * *", "America/Santiago", "2027-09-05", ["2027-09-05T01:00-03:00"]),
    ],
)
def test_a_wall_time_is_read_as_in_the_rest_of_the_language(
    text: str, zone: str, date: str, expected: list[str]
) -> None:
    """A skipped time is read with the offset before the change, and a repeated time is the first of the two."""
    around = fired(text, zone, f"{date}T00:00:00+14:00", f"{date}T23:59:59-12:00")
    assert [one for one in around if one.startswith(date)] == expected


@pytest.mark.parametrize(
    ("zone", "date", "hours"),
    [
        ("Europe/Berlin", "2027-03-28", 23),
        ("Europe/Berlin", "2027-10-31", 25),
        ("America/New_York", "2027-03-14", 23),
        ("America/New_York", "2027-11-07", 25),
        ("Australia/Sydney", "2027-10-03", 23),
        ("Australia/Sydney", "2027-04-04", 25),
        ("Asia/Kathmandu", "2027-03-28", 24),
    ],
)
def test_every_hour_is_every_hour_that_passes(zone: str, date: str, hours: int) -> None:
    """With ``*`` as its hour, a schedule fires once an hour on the short day and on the long day alike."""
    found = [
        one for one in fired("30 * * * *", zone, f"{date}T00:00:00+14:00", f"{date}T23:59:59-12:00") if date in one[:10]
    ]
    assert len(found) == hours
    instants = [to_instant(one) for one in found]
    assert {later - earlier for earlier, later in pairwise(instants)} == {3600}


def test_half_an_hour_is_skipped_and_repeated_at_lord_howe() -> None:
    """Where clocks move by half an hour, a skipped time is read before the change, and a repeated time fires twice."""
    assert fired("0 * * * *", "Australia/Lord_Howe", "2027-10-03T01:00:00+10:30", "2027-10-03T03:00:00+11:00") == [
        "2027-10-03T02:30+11:00",
        "2027-10-03T03:00+11:00",
    ]
    assert fired("30 * * * *", "Australia/Lord_Howe", "2027-04-04T00:30:00+11:00", "2027-04-04T02:30:00+10:30") == [
        "2027-04-04T01:30+11:00",
        "2027-04-04T01:30+10:30",
        "2027-04-04T02:30+10:30",
    ]


def test_a_date_that_a_zone_skipped_is_read_with_the_offset_before() -> None:
    """A schedule of a date that never was fires a day later, once, together with that day's firing."""
    assert fired("0 9 * * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2012-01-01T00:00:00+14:00") == [
        "2011-12-31T09:00+14:00"
    ]


def test_days_and_months_restrict_each_other() -> None:
    """All five fields must match; 29 February comes in leap years alone."""
    assert fired("0 9 29 2 *", "Europe/Berlin", "2027-01-01T00:00:00Z", "2032-12-31T00:00:00Z") == [
        "2028-02-29T09:00+01:00",
        "2032-02-29T09:00+01:00",
    ]
    assert fired("0 9 * 3 mon", "Europe/Berlin", "2027-03-01T00:00:00Z", "2027-03-15T08:00:00Z") == [
        "2027-03-01T09:00+01:00",
        "2027-03-08T09:00+01:00",
        "2027-03-15T09:00+01:00",
    ]


@given(
    st.sampled_from(["*/7 * * * *", "30 2 * * *", "*/20 1-3 * * sun", "0 0 1 * *", "15,45 */2 * * *", "59 23 31 * *"]),
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
    ),
    st.integers(to_instant("2027-01-01T00:00:00Z"), to_instant("2028-01-01T00:00:00Z")),
    st.integers(0, 20 * DAY),
    st.integers(0, 20 * DAY),
)
def test_a_time_cut_in_two_has_the_same_firings(text: str, name: str, start: int, first: int, second: int) -> None:
    """Firings ascend, each once, and those of two adjacent times are those of the whole."""
    cron, zone = parse_cron(text), zone_offsets(ZoneInfo(name), start - 2 * DAY, start + first + second + 2 * DAY)
    middle, end = start + first, start + first + second
    whole = list(firings(cron, zone, start, end))
    assert whole == sorted(set(whole))
    assert whole == [*firings(cron, zone, start, middle), *firings(cron, zone, middle, end)]


def test_the_end_belongs_to_the_time_and_its_beginning_does_not() -> None:
    """A firing at ``after`` is over, and a firing at ``until`` is due."""
    nine = to_instant("2027-05-03T09:00:00Z")
    zone = zone_offsets(ZoneInfo("UTC"), nine - 4 * DAY, nine + 4 * DAY)
    found = list(firings(parse_cron("0 9 * * *"), zone, nine, nine + DAY))
    assert [to_text(one) for one in found] == ["2027-05-04T09:00:00Z"]
