"""Calendars: compiled, checked, packed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from definitions.calendars import check_calendar, compile_calendar, pack, unpack
from definitions.calendars.zone import zone_offsets
from definitions.schema.organization import Organization

DAY = 86_400
OFFICE: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "hours": {"mon-thu": ["09:00-12:30", "13:30-18:00"], "fri": ["09:00-15:00"]},
    "holidays": {"country": "DE", "subdivision": "BE"},
    "closed": ["2026-12-24"],
    "open": {"2026-12-19": ["10:00-14:00"]},
}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def organization(zone: str = "Europe/Berlin", **calendars: dict[str, Any]) -> Organization:
    return Organization.model_validate({"organization": {"name": "Test", "time_zone": zone}, "calendars": calendars})


def test_a_day_has_utc_spans_its_date_and_its_hours() -> None:
    """Working hours become UTC spans of the working day on whose local date they begin."""
    compiled = compile_calendar(organization(office=OFFICE), "office", at("2026-03-02"), at("2026-03-03"))
    assert compiled.opens == (at("2026-03-02T08:00"), at("2026-03-02T12:30"))
    assert compiled.closes == (at("2026-03-02T11:30"), at("2026-03-02T17:00"))
    assert compiled.days == (date(2026, 3, 2).toordinal(),)
    assert compiled.hours == (tuple(zip(compiled.opens, compiled.closes, strict=True)),)


def test_a_span_is_cut_at_the_horizon_but_the_hours_of_its_day_are_whole() -> None:
    """A horizon cuts spans, never the hours by which working days are counted."""
    compiled = compile_calendar(organization(office=OFFICE), "office", at("2026-03-02T10:00"), at("2026-03-02T13:00"))
    assert compiled.opens == (at("2026-03-02T10:00"), at("2026-03-02T12:30"))
    assert compiled.closes == (at("2026-03-02T11:30"), at("2026-03-02T13:00"))
    assert compiled.hours[0] == (
        (at("2026-03-02T08:00"), at("2026-03-02T11:30")),
        (at("2026-03-02T12:30"), at("2026-03-02T17:00")),
    )


def test_open_dates_win_over_closed_ones_and_holidays() -> None:
    """``open`` replaces a date's hours and wins; ``closed`` and holidays drop theirs."""
    christmas = {
        **OFFICE,
        "closed": ["2026-12-23"],
        "open": {"2026-12-23": ["10:00-11:00"], "2026-12-25": ["10:00-11:00"]},
    }
    compiled = compile_calendar(organization(office=christmas), "office", at("2026-12-23"), at("2026-12-27"))
    assert compiled.opens == (
        at("2026-12-23T09:00"),
        at("2026-12-24T08:00"),
        at("2026-12-24T12:30"),
        at("2026-12-25T09:00"),
    )


def test_holidays_are_those_of_every_year_of_the_horizon() -> None:
    """The second New Year of a horizon is a holiday like the first."""
    compiled = compile_calendar(organization(office=OFFICE), "office", at("2026-01-01"), at("2027-01-05"))
    assert date(2026, 12, 31).toordinal() in compiled.days
    assert not {date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()} & set(compiled.days)


def test_hours_that_touch_are_one_span() -> None:
    """Hours that overlap or touch become one span, also across midnight."""
    shifts = {"hours": {"mon-sun": ["06:00-14:00", "14:00-22:00", "21:00-06:00"]}}
    compiled = compile_calendar(organization("UTC", c=shifts), "c", at("2026-03-02"), at("2026-03-05"))
    assert (compiled.opens, compiled.closes) == ((at("2026-03-02"),), (at("2026-03-05"),))


def test_a_day_that_opens_at_the_end_of_the_horizon_is_not_in_it() -> None:
    """The horizon is half open, like hours: a shift that closes at its start is not in it."""
    daily = {"hours": {"mon-sun": ["09:00-17:00"]}}
    compiled = compile_calendar(organization("UTC", c=daily), "c", at("2026-03-02T17:00"), at("2026-03-04T09:00"))
    assert compiled.days == (date(2026, 3, 3).toordinal(),)


def test_an_open_date_without_hours_is_closed() -> None:
    """A date that is opened for no hours has none."""
    nothing = {"hours": {"mon-sun": ["09:00-10:00"]}, "open": {"2026-03-03": []}}
    compiled = compile_calendar(organization("UTC", c=nothing), "c", at("2026-03-02"), at("2026-03-05"))
    assert compiled.opens == (at("2026-03-02T09:00"), at("2026-03-04T09:00"))


def test_a_calendar_without_a_zone_has_the_organization_s() -> None:
    """A calendar's own zone goes before the organization's."""
    hours = {"hours": {"mon": ["09:00-10:00"]}}
    tokyo = organization("Asia/Tokyo", here=hours, there={**hours, "time_zone": "UTC"})
    assert compile_calendar(tokyo, "here", at("2026-03-02"), at("2026-03-03")).opens == (at("2026-03-02T00:00"),)
    assert compile_calendar(tokyo, "there", at("2026-03-02"), at("2026-03-03")).opens == (at("2026-03-02T09:00"),)


def test_a_span_of_days_may_go_over_the_end_of_the_week() -> None:
    """sun-thu is the working week of many countries."""
    gulf = {"hours": {"sun-thu": ["09:00-10:00"]}}
    compiled = compile_calendar(organization("UTC", gulf=gulf), "gulf", at("2026-03-01"), at("2026-03-08"))
    assert [datetime.fromordinal(day).strftime("%a") for day in compiled.days] == ["Sun", "Mon", "Tue", "Wed", "Thu"]


def test_hours_that_a_change_of_offset_swallows_have_no_length() -> None:
    """02:00-03:00 does not happen on the night of the spring change, and 02:45-03:15 would end before it begins."""
    night = {"hours": {"sun": ["02:00-03:00", "02:45-03:15"]}, "time_zone": "Europe/Berlin"}
    compiled = compile_calendar(organization(night=night), "night", at("2026-03-28"), at("2026-03-30"))
    assert compiled.opens == ()
    assert compiled.days == ()


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Asia/Kolkata"],
)
def test_compiled_offsets_are_those_of_the_zone(name: str) -> None:
    """For every hour of three years, wall time and instant are the same as those of zoneinfo."""
    zone, start, end = ZoneInfo(name), at("2010-06-01"), at("2013-06-01")
    offsets = zone_offsets(zone, start - DAY, end + DAY)
    for instant in range(start, end, 3600):
        wall = datetime.fromtimestamp(instant, zone).replace(tzinfo=UTC, fold=0)
        assert offsets.wall(instant) == wall.timestamp()
        assert offsets.instant(instant) == datetime.fromtimestamp(instant, UTC).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize("name", ["office", "always", "night"])
def test_packing_loses_nothing(name: str) -> None:
    """A calendar that went through JSON is the same calendar."""
    night = {"hours": {"mon-sun": ["22:00-06:00"]}, "time_zone": "America/New_York"}
    compiled = compile_calendar(organization(office=OFFICE, night=night), name, at("2026-01-01"), at("2028-01-01"))
    assert unpack(json.loads(json.dumps(pack(compiled)))) == compiled


def test_two_years_of_office_hours_are_small() -> None:
    """Two years of office hours take less than 3 KB before compression: they travel in every ticket."""
    compiled = compile_calendar(organization(office=OFFICE), "office", at("2026-01-01"), at("2028-01-01"))
    assert len(json.dumps(pack(compiled), separators=(",", ":"))) < 3000


def test_another_packed_format_is_refused() -> None:
    """A value that another version packed is never misread."""
    with pytest.raises(ValueError, match="a packed calendar of format 1 is expected, not 2"):
        unpack({"format": 2})


HOURS = {"mon": ["09:00-17:00"]}


@pytest.mark.parametrize(
    ("calendar", "path", "code", "message"),
    [
        (
            {"hours": {"mon-wed": ["09:00-17:00"], "tue": ["10:00-11:00"]}},
            ("hours", "tue"),
            "duplicate-day",
            "tue is given twice, by 'mon-wed' and 'tue'",
        ),
        (
            {"hours": {"monday": ["09:00-17:00"]}},
            ("hours", "monday"),
            "unknown-day",
            "'monday' is not a day: mon, tue, wed, thu, fri, sat, sun, or a span of them, as in mon-thu",
        ),
        (
            {"hours": {"mon": ["09:00-10:00", "25:00-26:00"]}},
            ("hours", "mon", 1),
            "bad-hours",
            "'25:00-26:00' is not a span of hours: write it as in 09:00-12:30, 22:00-06:00 or 18:00-24:00",
        ),
        (
            {"hours": {"mon": ["24:00-06:00"]}},
            ("hours", "mon", 0),
            "bad-hours",
            "'24:00-06:00': hours begin before 24:00; write 00:00 on the next day",
        ),
        (
            {"hours": {"mon": ["20:00-24:30"]}},
            ("hours", "mon", 0),
            "bad-hours",
            "'20:00-24:30': hours end at 24:00 at the latest; write 22:00-06:00 to continue after midnight",
        ),
        (
            {"hours": HOURS, "open": {"2026-12-19": ["09:00-09:00"]}},
            ("open", "2026-12-19", 0),
            "bad-hours",
            "'09:00-09:00' begins and ends at the same time; write 00:00-24:00 for a whole day",
        ),
        ({"hours": {}}, ("hours",), "never-open", "the calendar is never open"),
        ({"hours": {"mon": []}, "open": {"2026-12-19": []}}, ("hours",), "never-open", "the calendar is never open"),
        (
            {"hours": HOURS, "time_zone": "Europe/Berln"},
            ("time_zone",),
            "unknown-time-zone",
            "unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?",
        ),
        (
            {"hours": HOURS, "time_zone": "../etc"},
            ("time_zone",),
            "unknown-time-zone",
            "unknown time zone '../etc'",
        ),
        (
            {"hours": HOURS, "holidays": {"country": "de"}},
            ("holidays",),
            "unknown-holidays",
            "unknown country 'de'; did you mean 'DE'?",
        ),
        (
            {"hours": HOURS, "holidays": {"country": "HolidayBase"}},
            ("holidays",),
            "unknown-holidays",
            "unknown country 'HolidayBase'",
        ),
        (
            {"hours": HOURS, "holidays": {"country": "AT", "subdivision": "10"}},
            ("holidays",),
            "unknown-holidays",
            "unknown subdivision '10' of AT; its subdivisions are 1, 2, 3, 4, 5, 6, 7, 8, 9",
        ),
        (
            {"hours": HOURS, "holidays": {"country": "AF", "subdivision": "X"}},
            ("holidays",),
            "unknown-holidays",
            "unknown subdivision 'X' of AF; it has no subdivisions",
        ),
        (
            {"hours": HOURS, "closed": ["2026-12-24", "2026-02-30"]},
            ("closed", 1),
            "bad-date",
            "'2026-02-30' is not a date: write it as in 2026-12-24",
        ),
        (
            {"hours": HOURS, "open": {"2026-13-01": ["09:00-10:00"]}},
            ("open", "2026-13-01"),
            "bad-date",
            "'2026-13-01' is not a date: write it as in 2026-12-24",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    calendar: dict[str, Any], path: tuple[str | int, ...], code: str, message: str
) -> None:
    """Each mistake has its place, a code and a text; compiling refuses with the same, naming the calendar."""
    wrong = organization(shop=calendar)
    assert check_calendar(wrong, "shop") == [(("calendars", "shop", *path), code, message)]
    with pytest.raises(ValueError) as refused:
        compile_calendar(wrong, "shop", 0, DAY)
    assert str(refused.value) == f"calendar 'shop': {' › '.join(map(str, ('calendars', 'shop', *path)))}: {message}"


def test_all_that_is_wrong_is_said_at_once() -> None:
    """A calendar with several mistakes reports every one."""
    wrong = organization(
        shop={"time_zone": "Nowhere/X", "hours": {"mon": ["9" * 2 + ":00-10:00"]}, "closed": ["2026-02-30"]}
    )
    assert [code for _, code, _ in check_calendar(wrong, "shop")] == ["unknown-time-zone", "bad-hours", "bad-date"]


def test_an_unknown_calendar_has_a_suggestion() -> None:
    """An unknown name of a calendar is refused, with the nearest known name."""
    assert check_calendar(organization(office=OFFICE), "ofice") == [
        (("calendars",), "unknown-calendar", "unknown calendar 'ofice'; did you mean 'office'?")
    ]
    with pytest.raises(
        ValueError, match="calendar 'alwais': calendars: unknown calendar 'alwais'; did you mean 'always'"
    ):
        compile_calendar(organization(), "alwais", 0, DAY)


def test_always_is_reserved() -> None:
    """``always`` means the same in every organization."""
    assert [code for _, code, _ in check_calendar(organization(always={"hours": HOURS}), "always")] == ["reserved-name"]


def test_the_organization_s_zone_is_checked_where_it_is_used() -> None:
    """A calendar without a zone, and ``always``, need the organization's to be known."""
    wrong = organization("Mars/Olympus", office=OFFICE, shop={"hours": HOURS})
    problem = (("organization", "time_zone"), "unknown-time-zone", "unknown time zone 'Mars/Olympus'")
    assert check_calendar(wrong, "always") == check_calendar(wrong, "shop") == [problem]
    assert check_calendar(wrong, "office") == []


def test_a_horizon_must_be_one() -> None:
    """A horizon must end after it starts, within a hundred years."""
    with pytest.raises(ValueError, match="the horizon must end after it starts"):
        compile_calendar(organization(), "always", DAY, DAY)
    with pytest.raises(ValueError, match="the horizon is longer than a hundred years"):
        compile_calendar(organization(), "always", 0, 101 * 366 * DAY)
