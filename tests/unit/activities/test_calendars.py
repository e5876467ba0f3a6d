"""Calendars of a ticket, compiled further."""

from __future__ import annotations

import pytest

from activities.calendars import extend_calendars
from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.pinned import pack_calendars, unpin_calendars
from tests.servers.worlds import NOW, ORGANIZATION, world
from workflows.contracts import ExtendRequest

DAY = 86_400
START = NOW - NOW % DAY
SEAM = START + 100 * DAY
"""2026-06-10."""
UNTIL = START + 400 * DAY
CLOSED = {"office": ORGANIZATION["calendars"]["office"] | {"hours": {"mon": ["10:00-11:00"]}}}  # type: ignore[index]


def packed(end: int = SEAM) -> str:
    organization = world().organization
    return pack_calendars({name: compile_calendar(organization, name, START, end) for name in ("always", "office")})


def extended(until: int = UNTIL, **changes: object) -> dict[str, CompiledCalendar]:
    result = extend_calendars(world(**changes), ExtendRequest(until, packed()))  # type: ignore[arg-type]
    return dict(unpin_calendars(result.calendars))


def test_a_longer_calendar_is_what_a_long_one_would_have_been() -> None:
    """With an unchanged organization, compiling further gives the same working time as compiling it all at once."""
    longer = extended()
    for name in ("always", "office"):
        whole = compile_calendar(world().organization, name, START, longer[name].end)
        assert longer[name].end > UNTIL
        assert (longer[name].days, longer[name].hours) == (whole.days, whole.hours)
        assert (longer[name].opens, longer[name].closes) == (whole.opens, whole.closes)
        for instant in range(START, longer[name].end, 7 * 3600):
            assert longer[name].zone.wall(instant) == whole.zone.wall(instant)


def test_what_a_ticket_has_stays_as_it_is() -> None:
    """Hours that the organization changed hold from the old horizon on, never before it."""
    before, after = unpin_calendars(packed())["office"], extended(calendars=CLOSED)["office"]
    assert after.hours[: len(before.hours)] == before.hours
    later = after.hours[len(before.hours) :]
    assert later
    assert all(len(day) == 1 and day[0][1] - day[0][0] == 3600 for day in later)


def test_a_zone_that_changed_changes_at_the_old_horizon() -> None:
    """Wall clocks are the ticket's before the old horizon, and the organization's new ones after it."""
    zoned = extended(organization={"name": "Example", "time_zone": "Asia/Tokyo"})["always"].zone
    assert zoned.wall(SEAM - 1) - (SEAM - 1) == 2 * 3600
    assert zoned.wall(SEAM) - SEAM == 9 * 3600


def test_a_calendar_that_reaches_far_enough_is_left_alone() -> None:
    """Nothing is compiled for a deadline within the horizon."""
    assert extended(until=SEAM - 1) == dict(unpin_calendars(packed()))


def test_a_calendar_that_is_gone_is_named() -> None:
    """A calendar that the organization no longer has is an error with its name."""
    with pytest.raises(ValueError, match="'office'"):
        extended(calendars={})
