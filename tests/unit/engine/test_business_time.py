"""The rules of business time, one by one (LANGUAGE, sections 3 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.schema.organization import Organization
from workflows.engine.business_time import (
    BeyondHorizon,
    NeverOpensAgain,
    add,
    add_seconds,
    is_open,
    next_open,
    working_seconds,
)

OFFICE: dict[str, Any] = {"hours": {"mon-thu": ["09:00-12:30", "13:30-18:00"], "fri": ["09:00-15:00"]}}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def calendar(
    definition: dict[str, Any] | None, first: str = "2026-01-01", last: str = "2027-01-01", zone: str = "Europe/Berlin"
) -> CompiledCalendar:
    """``always`` where there is no definition."""
    calendars = {} if definition is None else {"tested": definition}
    organization = Organization.model_validate(
        {"organization": {"name": "Test", "time_zone": zone}, "calendars": calendars}
    )
    name = "always" if definition is None else "tested"
    return compile_calendar(organization, name, at(first + "T00:00+00:00"), at(last + "T00:00+00:00"))


OFFICE_2026 = calendar(OFFICE)
ALWAYS_2026 = calendar(None)


@pytest.mark.parametrize("calendar_", [OFFICE_2026, ALWAYS_2026], ids=["office", "always"])
@pytest.mark.parametrize("nothing", ["0s", "0m", "0h", "0d"])
@pytest.mark.parametrize("start", ["2026-03-02T10:00+01:00", "2026-03-07T12:00+01:00"])
def test_zero_ends_where_it_starts(calendar_: CompiledCalendar, nothing: str, start: str) -> None:
    """Zero of any unit ends where it starts, open or not."""
    assert add(calendar_, at(start), nothing) == at(start)


def test_zero_days_in_a_repeated_hour_end_where_they_start() -> None:
    """The second 02:30 of the autumn change plus 0d is not the first."""
    second = at("2026-10-25T02:30+01:00")
    assert add(ALWAYS_2026, second, "0d") == add(calendar({"hours": {"sun": ["00:00-06:00"]}}), second, "0d") == second


def test_working_time_stands_still_while_closed() -> None:
    """Hours continue at the next opening, after lunch, night and weekend."""
    assert add(OFFICE_2026, at("2026-03-06T14:00+01:00"), "5h") == at("2026-03-09T14:00+01:00")


def test_what_is_used_up_at_closing_ends_there() -> None:
    """The last working second before closing ends at the closing instant, the next second after the opening."""
    closing = at("2026-03-06T15:00+01:00")
    assert add_seconds(OFFICE_2026, closing - 10, 10) == closing
    assert add_seconds(OFFICE_2026, closing - 10, 11) == at("2026-03-09T09:00:01+01:00")
    assert add_seconds(OFFICE_2026, closing, 1) == at("2026-03-09T09:00:01+01:00")


def test_working_time_is_never_taken_away() -> None:
    """A negative number of working seconds, or an end before its start, raises ValueError."""
    with pytest.raises(ValueError, match="working time can't be negative: -1"):
        add_seconds(OFFICE_2026, at("2026-03-02T10:00+01:00"), -1)
    with pytest.raises(ValueError, match="ends before it starts"):
        working_seconds(OFFICE_2026, at("2026-03-02T10:00+01:00"), at("2026-03-02T09:59:59+01:00"))


def test_next_open_is_now_when_open() -> None:
    """The next open instant is the present one within hours, and the next opening from the closing instant on."""
    assert next_open(OFFICE_2026, at("2026-03-02T09:00+01:00")) == at("2026-03-02T09:00+01:00")
    assert next_open(OFFICE_2026, at("2026-03-02T12:29:59+01:00")) == at("2026-03-02T12:29:59+01:00")
    assert next_open(OFFICE_2026, at("2026-03-02T12:30+01:00")) == at("2026-03-02T13:30+01:00")
    assert next_open(ALWAYS_2026, at("2026-03-07T03:00+01:00")) == at("2026-03-07T03:00+01:00")


def test_hours_are_half_open() -> None:
    """The opening instant is open, the closing instant is closed."""
    assert [
        is_open(OFFICE_2026, at(f"2026-03-02T{clock}+01:00")) for clock in ("08:59:59", "09:00", "12:29:59", "12:30")
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert is_open(ALWAYS_2026, at("2026-03-07T03:00+01:00"))


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2026-03-02T10:00+01:00", "1d", "2026-03-03T10:00+01:00"),
        ("2026-03-06T10:00+01:00", "1d", "2026-03-09T10:00+01:00"),
        ("2026-03-05T16:00+01:00", "1d", "2026-03-06T15:00+01:00"),
        ("2026-03-05T16:00+01:00", "2d", "2026-03-09T16:00+01:00"),
        ("2026-03-06T13:00+01:00", "1d", "2026-03-09T12:30+01:00"),
        ("2026-03-07T12:00+01:00", "2d", "2026-03-11T09:00+01:00"),
        ("2026-03-27T14:00+01:00", "1d", "2026-03-30T14:00+02:00"),
        ("2026-10-23T14:00+02:00", "1d", "2026-10-26T14:00+01:00"),
    ],
    ids=["next-day", "over-weekend", "short-friday", "past-friday", "in-lunch", "weekend-start", "spring", "autumn"],
)
def test_days_keep_the_time_of_day(start: str, duration: str, due: str) -> None:
    """Nd is the same wall-clock time on the Nth working day, or that day's last closing before it."""
    assert add(OFFICE_2026, at(start), duration) == at(due)


def test_a_day_before_a_later_opening_is_that_opening() -> None:
    """Nd that would come before the day opens is its first opening."""
    late = calendar({"hours": {"mon": ["08:00-18:00"], "tue": ["11:00-12:00", "14:00-18:00"]}})
    assert add(late, at("2026-03-02T08:30+01:00"), "1d") == at("2026-03-03T11:00+01:00")


def test_days_are_counted_by_dates_on_which_hours_begin() -> None:
    """Closed dates and holidays are not working days; specially opened dates are."""
    special = calendar({**OFFICE, "closed": ["2026-03-03"], "open": {"2026-03-07": ["09:00-12:00"]}})
    assert add(special, at("2026-03-02T10:00+01:00"), "1d") == at("2026-03-04T10:00+01:00")
    assert add(special, at("2026-03-06T10:00+01:00"), "1d") == at("2026-03-07T10:00+01:00")


NIGHT: dict[str, Any] = {"hours": {"mon-fri": ["22:00-06:00"]}}


def test_what_runs_past_midnight_belongs_to_the_day_it_began_on() -> None:
    """Two o'clock on Tuesday is Monday's shift, a day later Tuesday's, which is Wednesday."""
    night = calendar(NIGHT)
    assert add(night, at("2026-03-03T02:00+01:00"), "1d") == at("2026-03-04T02:00+01:00")
    assert add(night, at("2026-03-07T02:00+01:00"), "1d") == at("2026-03-10T02:00+01:00")


def test_a_closed_day_keeps_the_end_of_the_shift_before() -> None:
    """Closing a date drops the shift that begins on it, not the one that reaches into it."""
    night = calendar({**NIGHT, "closed": ["2026-03-04"]})
    assert working_seconds(night, at("2026-03-03T12:00+01:00"), at("2026-03-05T12:00+01:00")) == 8 * 3600
    assert is_open(night, at("2026-03-04T05:59:59+01:00"))
    assert not is_open(night, at("2026-03-05T05:00+01:00"))


def test_where_shifts_of_two_dates_overlap_the_earlier_has_the_instant() -> None:
    """Tuesday 05:30 is still Monday's shift, though Tuesday's shift has begun; 06:00 is Tuesday's shift."""
    long = calendar({"hours": {"mon": ["20:00-06:00"], "tue-wed": ["05:00-07:00"], "thu": ["05:00-08:00"]}})
    assert add(long, at("2026-03-03T05:30+01:00"), "1d") == at("2026-03-03T07:00+01:00")
    assert add(long, at("2026-03-03T06:00+01:00"), "1d") == at("2026-03-04T06:00+01:00")
    assert add(long, at("2026-03-03T06:30+01:00"), "2d") == at("2026-03-05T06:30+01:00")


def test_overlapping_hours_count_once() -> None:
    """Hours that overlap or touch are one stretch of working time."""
    shifts = calendar({"hours": {"mon": ["06:00-14:00", "13:30-22:00"], "tue": ["06:00-14:00", "14:00-22:00"]}})
    assert working_seconds(shifts, at("2026-03-02T00:00+01:00"), at("2026-03-04T00:00+01:00")) == 32 * 3600
    assert add(shifts, at("2026-03-02T06:00+01:00"), "14h") == at("2026-03-02T20:00+01:00")


def test_hours_may_end_at_midnight() -> None:
    """24:00 and, for hours that cross midnight, 00:00 are the end of the date."""
    evening = calendar({"hours": {"mon": ["18:00-24:00"], "tue": ["18:00-00:00"]}})
    assert working_seconds(evening, at("2026-03-02T00:00+01:00"), at("2026-03-05T00:00+01:00")) == 12 * 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2026-03-28T22:00+01:00", "2026-03-29T06:00+02:00", 7), ("2026-10-24T22:00+02:00", "2026-10-25T06:00+01:00", 9)],
    ids=["spring", "autumn"],
)
def test_a_shift_across_a_change_of_offset_has_its_real_length(start: str, end: str, hours: int) -> None:
    """A night shift is an hour shorter in spring and an hour longer in autumn."""
    night = calendar({"hours": {"mon-sun": ["22:00-06:00"]}})
    assert working_seconds(night, at(start), at(end)) == hours * 3600
    assert add(night, at(start), f"{hours}h") == at(end)


def test_hours_that_begin_in_a_skipped_hour_use_the_offset_before() -> None:
    """02:30 on the night of the spring change is 03:30 summer time; 02:30 in autumn is the first of two."""
    early = calendar({"hours": {"sun": ["02:30-05:00"]}})
    assert next_open(early, at("2026-03-28T12:00+01:00")) == at("2026-03-29T03:30+02:00")
    assert next_open(early, at("2026-10-24T12:00+02:00")) == at("2026-10-25T02:30+02:00")
    assert working_seconds(early, at("2026-10-24T12:00+02:00"), at("2026-10-25T12:00+01:00")) == int(3.5 * 3600)


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2026-03-28T12:00+01:00", "1d", "2026-03-29T12:00+02:00"),
        ("2026-03-28T12:00+01:00", "24h", "2026-03-29T13:00+02:00"),
        ("2026-03-28T02:30+01:00", "1d", "2026-03-29T03:30+02:00"),
        ("2026-10-24T02:30+02:00", "1d", "2026-10-25T02:30+02:00"),
        ("2026-03-22T12:00+01:00", "1w", "2026-03-29T12:00+02:00"),
        ("2026-03-22T12:00+01:00", "90m", "2026-03-22T13:30+01:00"),
    ],
)
def test_always_has_exact_hours_and_wall_clock_days(start: str, duration: str, due: str) -> None:
    """With ``always`` s, m, h are exact, d keeps wall-clock time, and a week is seven days."""
    assert add(ALWAYS_2026, at(start), duration) == at(due)


def test_weeks_are_an_error_with_working_days() -> None:
    """Weeks of a calendar that counts working days are refused, with days as the remedy."""
    with pytest.raises(ValueError, match=r"^2w: calendar 'tested' counts working days: write days instead of weeks$"):
        add(OFFICE_2026, at("2026-03-02T10:00+01:00"), "2w")


@pytest.mark.parametrize(
    ("calendar_", "start", "duration"),
    [
        (OFFICE_2026, "2026-12-30T10:00+01:00", "40h"),
        (OFFICE_2026, "2026-12-30T10:00+01:00", "3000h"),
        (OFFICE_2026, "2026-12-30T10:00+01:00", "5d"),
        (OFFICE_2026, "2026-12-31T18:00+01:00", "1s"),
        (OFFICE_2026, "2026-12-31T18:00+01:00", "1d"),
        (OFFICE_2026, "2027-02-01T18:00+01:00", "1h"),
        (OFFICE_2026, "2027-02-01T18:00+01:00", "1d"),
        (OFFICE_2026, "2025-12-01T10:00+01:00", "1h"),
        (OFFICE_2026, "2025-12-01T10:00+01:00", "400d"),
        (ALWAYS_2026, "2026-12-30T10:00+01:00", "3d"),
        (ALWAYS_2026, "2026-12-30T10:00+01:00", "52w"),
        (ALWAYS_2026, "2025-12-30T10:00+01:00", "52w"),
    ],
)
def test_beyond_the_horizon_nothing_is_guessed(calendar_: CompiledCalendar, start: str, duration: str) -> None:
    """A result beyond the horizon raises the needed horizon, which then contains the result."""
    with pytest.raises(BeyondHorizon) as beyond:
        add(calendar_, at(start), duration)
    needed = beyond.value
    assert needed.calendar == calendar_.name
    assert (needed.needed_from, needed.needed_until) != (calendar_.start, calendar_.end)
    organization = Organization.model_validate(
        {"organization": {"name": "Test", "time_zone": "Europe/Berlin"}, "calendars": {"tested": OFFICE}}
    )
    for _ in range(2):
        longer = compile_calendar(organization, calendar_.name, needed.needed_from, needed.needed_until)
        try:
            due = add(longer, at(start), duration)
            break
        except BeyondHorizon as again:
            needed = again
    assert needed.needed_from <= due <= needed.needed_until


def test_a_day_that_ends_after_the_horizon_is_beyond_it() -> None:
    """A due time within the hours of a known working day, but beyond the horizon, is not returned."""
    always_open = {"hours": {"mon-sun": ["00:00-24:00"]}}
    short = calendar(always_open, "2026-03-02", "2026-03-04", "America/New_York")
    start = at("2026-03-02T20:00-05:00")
    assert add(short, start - 2 * 3600, "1d") == at("2026-03-03T18:00-05:00")
    with pytest.raises(BeyondHorizon):
        add(short, start, "1d")


def test_questions_outside_the_horizon_are_refused() -> None:
    """Outside the horizon, no instant is known to be open; the horizon's end is a valid end, but lies outside."""
    start, end = OFFICE_2026.start, OFFICE_2026.end
    assert working_seconds(OFFICE_2026, start, end) > 0
    questions: tuple[Callable[[], int], ...] = (
        lambda: working_seconds(OFFICE_2026, start - 1, end),
        lambda: working_seconds(OFFICE_2026, start, end + 1),
        lambda: is_open(OFFICE_2026, start - 1),
        lambda: is_open(OFFICE_2026, end),
        lambda: next_open(OFFICE_2026, start - 1),
        lambda: next_open(OFFICE_2026, end),
    )
    for question in questions:
        with pytest.raises(BeyondHorizon):
            question()


def test_always_needs_no_horizon_for_exact_time() -> None:
    """With ``always``, hours are exact at any distance, without a longer horizon."""
    far = at("2060-01-01T00:00+00:00")
    assert add(ALWAYS_2026, far, "1h") == far + 3600
    assert working_seconds(ALWAYS_2026, 0, far) == far
    assert is_open(ALWAYS_2026, far)


def test_an_answer_at_the_end_of_the_horizon_is_one() -> None:
    """Working time that is used up exactly at the end of the horizon ends there."""
    short = calendar({"hours": {"mon-sun": ["00:00-24:00"]}}, "2026-03-02", "2026-03-03", "UTC")
    assert add(short, short.start, "24h") == short.end
    with pytest.raises(BeyondHorizon):
        add(short, short.start, "86401s")


def test_a_calendar_of_single_dates_ends() -> None:
    """After the last open date of a calendar without weekly hours, no longer horizon is requested."""
    window = {"hours": {}, "open": {"2026-03-07": ["22:00-02:00"]}}
    compiled = calendar(window)
    assert add(compiled, at("2026-03-01T00:00+01:00"), "4h") == at("2026-03-08T02:00+01:00")
    for duration in ("5h", "1d"):
        with pytest.raises(NeverOpensAgain, match="calendar 'tested' has no hours after its last open date"):
            add(compiled, at("2026-03-01T00:00+01:00"), duration)
    with pytest.raises(BeyondHorizon):
        add(calendar(window, "2026-01-01", "2026-02-01"), at("2026-01-10T00:00+01:00"), "5h")
