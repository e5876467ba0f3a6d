"""The organization: people, teams, roles, services, calendars (LANGUAGE, section 7)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from definitions.schema.model import (
    CalendarId,
    Called,
    Identifier,
    Json,
    Keyed,
    Listed,
    Model,
    PersonId,
    Principal,
    ServiceId,
    Some,
    TeamId,
    TimeZone,
    Title,
    number_as_text,
)

DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
DateText = Annotated[str, BeforeValidator(number_as_text), Field(pattern=DAY_PATTERN), Called("date", DAY_PATTERN)]
Hours = Annotated[str, Field(pattern=r"^\d{2}:\d{2}-\d{2}:\d{2}$"), Called("span of hours")]


class OutOfOffice(Model, title="Absence"):
    """An absence: whole days in the person's time zone."""

    from_: DateText = Field(alias="from")
    """The first day."""
    to: DateText
    """The last day."""
    delegate: PersonId | None = None
    """The person who receives approval requests during the absence."""


class Person(Model):
    """A person who works with tickets."""

    name: Title
    """The name that other people see."""
    email: str | None = None
    """The address for notifications: ``alice@example.com``."""
    manager: PersonId | None = None
    """The person's manager, for ``manager_of(…)``."""
    time_zone: TimeZone | None = None
    """The zone of the person's days, and of the times in their notifications. Default: the organization's."""
    out_of_office: Listed[OutOfOffice] = ()
    """Absences, with a delegate for each."""


class Team(Model):
    """People who share work: ``team:<id>`` means its members."""

    title: Title | None = None
    """The name that people see in place of the id."""
    members: Listed[PersonId] = ()
    """The people in the team."""
    calendar: CalendarId | None = None
    """The working hours of the team."""


class Service(Model):
    """A service that the organization provides."""

    title: Title
    """The name of the service."""
    owner: PersonId | None = None
    """The person responsible for the service: ``service.owner``."""
    team: TeamId | None = None
    """The team that supports the service: ``service.team``."""
    calendar: CalendarId | None = None
    """The service hours: ``=service.calendar``."""
    depends_on: Some[ServiceId] = ()
    """The services that it needs. Bookings of services that depend on each other exclude each other, and a freeze of a
    service also covers the services that it needs."""
    maintenance: CalendarId | None = None
    """A calendar of the hours in which the service may be changed. Default: at any time."""


class Holidays(Model):
    """Public holidays, from the Python library ``holidays``."""

    country: str
    """Two capital letters (ISO 3166-1)."""
    subdivision: str | None = None
    """A part of the country that has its own holidays (ISO 3166-2, without the country)."""


class Calendar(Model):
    """Working hours. A calendar is open at the first instant of a span and closed at its last. The id ``always`` is
    reserved: it is open at all times."""

    time_zone: TimeZone | None = None
    """The time zone of its hours. Default: the organization's."""
    hours: Annotated[dict[str, Listed[Hours]], Keyed("day")]
    """Spans of hours by day: ``mon``, or ``mon-thu`` for several days; no day twice. Other days are closed. A span may
    cross midnight; it belongs to the day on which it begins."""
    holidays: Holidays | None = None
    """Public holidays. They are closed, like the dates in ``closed``."""
    closed: Listed[DateText] = ()
    """Closed dates."""
    open: Annotated[dict[DateText, Listed[Hours]], Keyed("date")] = Field(default_factory=dict)
    """Dates with hours of their own. These hours replace the hours of the day, and win over ``closed`` and holidays."""


class Freeze(Model):
    """A period in which services must not be changed. The action ``conflicts`` finds it."""

    from_: str = Field(alias="from")
    """The beginning: a date, or a moment with its offset."""
    to: str
    """The end: a date, which is included, or a moment with its offset."""
    services: Listed[ServiceId] = ()
    """The services that must not be changed. A freeze also covers the services that they need. Default: all
    services."""
    title: Title | None = None
    """The name that people see in place of the id."""


class OrganizationPermissions(Model, title="Permissions"):
    """Permissions beyond tickets. Only the people named here have them."""

    declare_freezes: Some[Principal] = ()
    """The people who may declare and lift freezes while Stanchion runs: ``person:x``, ``team:x``, ``role:x``,
    ``manager_of(…)`` or ``everyone``. Default: nobody."""
    operate: Some[Principal] = ()
    """The operators. They see which tickets and workflows fail, and why, even of tickets that they may not see
    otherwise. The values are those of ``declare_freezes``. Default: nobody."""


class OrganizationSettings(Model, title="Organization itself"):
    """Settings of the whole organization."""

    name: Title
    """The name of the organization."""
    time_zone: TimeZone = "UTC"
    """The time zone of dates, days and times, unless a calendar, a schedule or a person has another
    one."""
    calendar: CalendarId = "always"
    """The usual working hours."""


class Organization(Model):
    """An organization. All files in ``organization/`` are merged: each may hold some of these keys."""

    organization: OrganizationSettings = OrganizationSettings(name="Organization")
    """The name, time zone and calendar of the whole organization."""
    may: OrganizationPermissions = OrganizationPermissions()
    """Permissions beyond tickets: who may declare freezes."""
    people: dict[str, Person] = Field(default_factory=dict)
    """People, by id: ``person:alice``. An id has no colon, and no person is called ``engine``, ``schedule`` or
    ``everyone``."""
    teams: dict[Identifier, Team] = Field(default_factory=dict)
    """Teams, by id: ``team:cab``."""
    roles: dict[Identifier, Listed[PersonId]] = Field(default_factory=dict)
    """The people who have each role, by its id: ``role:change_manager``."""
    services: dict[str, Service] = Field(default_factory=dict)
    """Services, by id."""
    calendars: dict[Identifier, Calendar] = Field(default_factory=dict)
    """Working hours, by id."""
    tables: dict[Identifier, Any] = Field(default_factory=dict)
    """Tables. Each replaces the table of the same name in every process."""
    freezes: dict[Identifier, Freeze] = Field(default_factory=dict)
    """Periods in which services must not be changed, by id."""


__all__ = [
    "Calendar",
    "Freeze",
    "Holidays",
    "Json",
    "Organization",
    "OrganizationPermissions",
    "OrganizationSettings",
    "OutOfOffice",
    "Person",
    "Service",
    "Team",
]
