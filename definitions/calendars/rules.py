"""The rules of calendars. Each broken rule is a problem with a place and a stable code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from definitions.calendars.hours import WEEKDAYS, parse_days, parse_hours
from definitions.schema.organization import Calendar, Holidays, Organization
from definitions.text.problems import Path
from definitions.text.suggestions import closest
from definitions.times import known_zones, zone_of

ALWAYS = "always"
CalendarProblem = tuple[Path, str, str]
"""Keys from the top of the file, code, message."""


def _nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'office'?``; an empty text where no known word is near."""
    found = closest(word, known)
    return f"; {found}" if found else ""


def holiday_dates(holidays: Holidays, years: Iterable[int]) -> frozenset[date]:
    """Public holidays, also those moved to a working day. Raises ValueError for an unknown country or subdivision."""
    # Imported late: the library is large, and arithmetic with compiled calendars does not need it.
    from holidays import country_holidays, list_supported_countries

    try:
        # The library also accepts names of its classes, such as "HolidayBase"; the language has codes only.
        if not re.fullmatch(r"[A-Z]{2,3}", holidays.country):
            raise NotImplementedError
        found = country_holidays(holidays.country, subdiv=holidays.subdivision, years=years, expand=False)
    except NotImplementedError:
        known = list_supported_countries()
        subdivisions = known.get(holidays.country)
        if subdivisions is None:
            near = _nearest(holidays.country.upper(), known)
            raise ValueError(f"unknown country {holidays.country!r}{near}") from None
        choice = f"; its subdivisions are {', '.join(subdivisions)}" if subdivisions else "; it has no subdivisions"
        raise ValueError(f"unknown subdivision {holidays.subdivision!r} of {holidays.country}{choice}") from None
    return frozenset(found)


def _zone(path: Path, name: str) -> Iterator[CalendarProblem]:
    if zone_of(name) is None:
        yield path, "unknown-time-zone", f"unknown time zone {name!r}{_nearest(name, known_zones())}"


def _texts(path: Path, texts: Iterable[str]) -> Iterator[CalendarProblem]:
    for position, text in enumerate(texts):
        try:
            parse_hours(text)
        except ValueError as error:
            yield (*path, position), "bad-hours", str(error)


def _week(path: Path, calendar: Calendar) -> Iterator[CalendarProblem]:
    given: dict[int, str] = {}
    for key, texts in calendar.hours.items():
        yield from _texts((*path, key), texts)
        try:
            days = parse_days(key)
        except ValueError as error:
            yield (*path, key), "unknown-day", str(error)
            continue
        for day in days:
            if day in given:
                message = f"{WEEKDAYS[day]} is given twice, by {given[day]!r} and {key!r}"
                yield (*path, key), "duplicate-day", message
            given.setdefault(day, key)


def _date(path: Path, text: str) -> Iterator[CalendarProblem]:
    # date.fromisoformat accepts more forms than the language.
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        date.fromisoformat(text)
    except ValueError:
        yield path, "bad-date", f"{text!r} is not a date: write it as in 2026-12-24"


def _calendar(path: Path, calendar: Calendar) -> Iterator[CalendarProblem]:
    if calendar.time_zone is not None:
        yield from _zone((*path, "time_zone"), calendar.time_zone)
    yield from _week((*path, "hours"), calendar)
    if calendar.holidays is not None:
        try:
            holiday_dates(calendar.holidays, ())
        except ValueError as error:
            yield (*path, "holidays"), "unknown-holidays", str(error)
    for position, text in enumerate(calendar.closed):
        yield from _date((*path, "closed", position), text)
    for text, texts in calendar.open.items():
        yield from _date((*path, "open", text), text)
        yield from _texts((*path, "open", text), texts)
    if not any(calendar.hours.values()) and not any(calendar.open.values()):
        yield (*path, "hours"), "never-open", "the calendar is never open"


def check_calendar(organization: Organization, name: str) -> list[CalendarProblem]:
    """Every problem of the calendar ``name``; an empty list if it can be compiled."""
    calendar = organization.calendars.get(name)
    problems: list[CalendarProblem] = []
    if calendar is None or calendar.time_zone is None:
        problems += _zone(("organization", "time_zone"), organization.organization.time_zone)
    if name == ALWAYS:
        if calendar is not None:
            problems.append((("calendars", name), "reserved-name", "'always' means 24x7 and can't be redefined"))
    elif calendar is None:
        known = (*organization.calendars, ALWAYS)
        problems.append((("calendars",), "unknown-calendar", f"unknown calendar {name!r}{_nearest(name, known)}"))
    else:
        problems += _calendar(("calendars", name), calendar)
    return problems
