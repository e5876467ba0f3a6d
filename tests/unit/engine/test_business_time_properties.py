"""Properties of business time, over calendars of all shapes and zones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from math import inf
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from definitions.calendars import CompiledCalendar, compile_calendar, pack, unpack
from definitions.schema.organization import Calendar, Organization, OrganizationSettings
from workflows.engine.business_time import BeyondHorizon, add, add_seconds, is_open, next_open, working_seconds

# A slow run is not a broken rule.
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAY = 86_400
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
END = START + 400 * DAY
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat)
MOMENTS = st.integers(START, END - 120 * DAY)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def hours(draw: st.DrawFn) -> str:
    begin = draw(st.integers(0, 24 * 60 - 1))
    end = begin + draw(st.integers(60, 24 * 60 - 1))
    return f"{clock(begin)}-{clock(end if end <= 24 * 60 else end - 24 * 60)}"


DAY_HOURS = st.lists(hours(), min_size=1, max_size=3).map(tuple)


@st.composite
def definitions(draw: st.DrawFn) -> Calendar:
    return Calendar(
        time_zone=draw(st.sampled_from(ZONES)),
        hours=draw(st.dictionaries(st.sampled_from(WEEK), DAY_HOURS, min_size=1, max_size=7)),
        closed=tuple(draw(st.lists(DATES, max_size=4))),
        open=draw(st.dictionaries(DATES, DAY_HOURS, max_size=3)),
    )


def compiled(definition: Calendar, start: int = START, end: int = END) -> CompiledCalendar:
    organization = Organization(organization=OrganizationSettings(name="Any"), calendars={"any": definition})
    return compile_calendar(organization, "any", start, end)


def due_or_never(calendar: CompiledCalendar, start: int, duration: str) -> float:
    try:
        return add(calendar, start, duration)
    except BeyondHorizon:
        return inf


CALENDARS = definitions().map(compiled)


def daily(zone: str, begin: int, length: int) -> Calendar:
    return Calendar(time_zone=zone, hours={"mon-fri": (f"{clock(begin)}-{clock(begin + length)}",)})


@EXAMPLES
@given(CALENDARS, MOMENTS, st.integers(0, 20_000))
def test_what_is_added_has_been_worked(calendar: CompiledCalendar, start: int, seconds: int) -> None:
    """The working time from a start to its due instant is the duration, and one second before it isn't yet."""
    due = add(calendar, start, f"{seconds}s")
    assert working_seconds(calendar, start, due) == seconds
    assert due == start or working_seconds(calendar, start, due - 1) == seconds - 1


@EXAMPLES
@given(CALENDARS, MOMENTS, MOMENTS, st.integers(0, 20_000), st.integers(0, 20_000))
def test_adding_is_monotone(calendar: CompiledCalendar, one: int, other: int, less: int, more: int) -> None:
    """A later start is never due earlier, nor a longer duration."""
    (one, other), (less, more) = sorted((one, other)), sorted((less, more))
    assume(less > 0)
    assert add_seconds(calendar, one, less) <= add_seconds(calendar, other, less)
    assert add_seconds(calendar, one, less) <= add_seconds(calendar, one, more)


@EXAMPLES
@given(
    st.builds(daily, st.just("UTC"), st.integers(0, 600), st.integers(1, 800)).map(compiled),
    MOMENTS,
    MOMENTS,
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_adding_days_is_monotone(calendar: CompiledCalendar, one: int, other: int, days: int, further: int) -> None:
    """Where no hour occurs twice, a later start is never due earlier, nor a larger number of days."""
    one, other = sorted((one, other))
    assert add(calendar, one, f"{days}d") <= add(calendar, other, f"{days}d")
    assert add(calendar, one, f"{days}d") <= add(calendar, one, f"{days + further}d")


@EXAMPLES
@given(CALENDARS, st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up(calendar: CompiledCalendar, moments: list[int]) -> None:
    """The working time of a stretch is that of its parts, wherever it is split, and never more than its length."""
    first, middle, last = moments
    whole = working_seconds(calendar, first, last)
    assert whole == working_seconds(calendar, first, middle) + working_seconds(calendar, middle, last)
    assert 0 <= whole <= last - first


@EXAMPLES
@given(CALENDARS, MOMENTS)
def test_an_open_second_is_a_working_second(calendar: CompiledCalendar, moment: int) -> None:
    """An instant is open exactly when the second from it on is working time, and so is the next open one."""
    assert is_open(calendar, moment) is (working_seconds(calendar, moment, moment + 1) == 1)
    opening = next_open(calendar, moment)
    assert is_open(calendar, opening)
    assert working_seconds(calendar, moment, opening) == 0


@EXAMPLES
@given(
    definitions(),
    MOMENTS,
    st.integers(0, 20 * DAY),
    st.integers(1, 40 * DAY),
    st.sampled_from(["1s", "50m", "9h", "40h", "1d", "2d", "7d"]),
)
def test_a_shorter_horizon_agrees(definition: Calendar, start: int, before: int, after: int, duration: str) -> None:
    """A calendar compiled for a shorter time gives the same answer as a longer calendar, or none."""
    longer = compiled(definition)
    shorter = compiled(definition, start - before, start + after)
    try:
        due = add(shorter, start, duration)
    except BeyondHorizon:
        assert due_or_never(longer, start, duration) > shorter.end
    else:
        assert due == add(longer, start, duration)


@EXAMPLES
@given(CALENDARS)
def test_packing_is_without_loss(calendar: CompiledCalendar) -> None:
    """Any calendar that went through JSON is the same calendar."""
    assert unpack(json.loads(json.dumps(pack(calendar)))) == calendar


def open_by_the_definition(definition: Calendar, moment: int) -> bool:
    """By the text of the definition alone: does any of the hours of today or yesterday include this instant?"""
    zone = ZoneInfo(definition.time_zone or "UTC")
    today = datetime.fromtimestamp(moment, zone).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        texts = definition.hours.get(WEEK[day.weekday()], ())
        texts = () if day.isoformat() in definition.closed else texts
        for text in definition.open.get(day.isoformat(), texts):
            ends = [datetime.combine(day, time()) + clock_offset(half) for half in text.split("-")]
            ends[1] += timedelta(days=ends[1] <= ends[0])
            begin, end = (wall.replace(tzinfo=zone).timestamp() for wall in ends)
            if begin <= moment < end:
                return True
    return False


def clock_offset(text: str) -> timedelta:
    return timedelta(hours=int(text[:2]), minutes=int(text[3:]))


@EXAMPLES
@given(definitions(), st.lists(MOMENTS, min_size=20, max_size=20))
def test_openness_is_what_the_definition_says(definition: Calendar, moments: list[int]) -> None:
    """Compiled spans are open exactly where zoneinfo and the text of the definition make them open."""
    calendar = compiled(definition)
    for moment in moments:
        assert is_open(calendar, moment) is open_by_the_definition(definition, moment)
