"""Freezes: the times and the services that each covers (LANGUAGE, section 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from definitions.schema.model import Json
from definitions.schema.organization import Organization
from definitions.times import LAST, to_date, to_instant


def period(from_: str, to: str, time_zone: str) -> tuple[int, int]:
    """The period of a freeze, half open, in UTC seconds.

    A date means its whole day in ``time_zone``, also as ``to``. A datetime means that moment. Raises ValueError if a
    text is neither, or if the period is empty.
    """
    start, end = _moment(from_, time_zone), _moment(to, time_zone, is_end=True)
    if start >= end:
        raise ValueError(f"from {from_} to {to} is not a period: it does not end after it begins")
    return start, end


def _moment(text: str, time_zone: str, *, is_end: bool = False) -> int:
    try:
        if len(text) > len("2026-12-18"):
            return to_instant(text)
        day = date.fromisoformat(to_date(text))
        if is_end and day == date.max:
            return LAST  # "until further notice": there is no day after it
        day += timedelta(days=1 if is_end else 0)
        return int(datetime.combine(day, time(), ZoneInfo(time_zone)).timestamp())
    except OverflowError as error:
        raise ValueError(f"'{text}': a freeze lies between the years 1 and 9999") from error


def needed_by(organization: Organization, services: Collection[str]) -> set[str]:
    """All services that these services need, directly or through others, without these services themselves."""
    found: set[str] = set()
    fresh = set(services)
    while fresh:
        known = [organization.services[name] for name in fresh if name in organization.services]
        fresh = {one for each in known for one in each.depends_on} - found - set(services)
        found |= fresh
    return found


def in_need_of(organization: Organization, service: str) -> set[str]:
    """All services that need this service, directly or through others."""
    above: dict[str, set[str]] = {}
    for name, one in organization.services.items():
        for needed in one.depends_on:
            above.setdefault(needed, set()).add(name)
    found: set[str] = set()
    fresh = {service}
    while fresh:
        fresh = {name for needed in fresh for name in above.get(needed, ())} - found - {service}
        found |= fresh
    return found


def held(organization: Organization, services: Collection[str]) -> list[str] | None:
    """The services that a freeze of these services covers: these and all that they need. None means every service."""
    return sorted({*services, *needed_by(organization, services)}) if services else None


def work_calendar(organization: Organization) -> Mapping[str, Json]:
    """The content of the files that the action ``conflicts`` reads, as JSON. If it differs, the answers may differ."""
    services = {name: one for name, one in organization.services.items() if one.maintenance or one.depends_on}
    windows = {one.maintenance for one in services.values() if one.maintenance}
    calendars = {name: organization.calendars[name] for name in windows if name in organization.calendars}
    return {
        "time_zone": organization.organization.time_zone,
        "freezes": {name: one.model_dump(mode="json") for name, one in organization.freezes.items()},
        "maintenance": {name: one.maintenance for name, one in services.items() if one.maintenance},
        "depends_on": {name: sorted(one.depends_on) for name, one in services.items() if one.depends_on},
        "calendars": {name: one.model_dump(mode="json") for name, one in calendars.items()},
    }


def difference(before: Mapping[str, Json], organization: Organization) -> dict[str, Json]:
    """The freezes that differ from an earlier ``work_calendar``, and their services; null means every service."""
    after = work_calendar(organization)
    freezes = _different(before["freezes"], after["freezes"])
    frozen = [one["services"] for each in (before, after) for name, one in each["freezes"].items() if name in freezes]
    if before["time_zone"] != after["time_zone"] or [] in frozen:
        return {"freezes": freezes, "services": None}
    calendars = _different(before["calendars"], after["calendars"])
    services = {name for names in frozen for name in names}
    services |= set(_different(before["maintenance"], after["maintenance"]))
    services |= {name for name, window in after["maintenance"].items() if window in calendars}
    for name in _different(before["depends_on"], after["depends_on"]):
        services |= {name, *before["depends_on"].get(name, ()), *after["depends_on"].get(name, ())}
    return {"freezes": freezes, "services": held(organization, services)}


def _different(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
