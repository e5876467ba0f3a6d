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


class OutOfOffice(Model):
    """A time away: whole days in the person's zone."""

    from_: DateText = Field(alias="from")
    """The first day."""
    to: DateText
    """The last day."""
    delegate: PersonId | None = None
    """Who stands in for approvals meanwhile."""


class Person(Model):
    """Somebody who works with tickets."""

    name: Title
    """What others read."""
    email: str | None = None
    """Where notices go."""
    manager: PersonId | None = None
    """Whom ``manager_of(…)`` means."""
    time_zone: TimeZone | None = None
    """Where their days begin and end, and in which times are told to them. Default: the organization's."""
    out_of_office: Listed[OutOfOffice] = ()
    """Times away, and who stands in."""


class Team(Model):
    """People who share work: ``team:<id>`` means its members."""

    title: Title | None = None
    """What people read in place of its id."""
    members: Listed[PersonId] = ()
    """Who is in it."""
    calendar: CalendarId | None = None
    """Its working hours."""


class Service(Model):
    """What the organization provides, and who answers for it."""

    title: Title
    """What people call it."""
    owner: PersonId | None = None
    """Who answers for it: ``service.owner``."""
    team: TeamId | None = None
    """Who works on it: ``service.team``."""
    calendar: CalendarId | None = None
    """Its service hours: ``=service.calendar``."""
    depends_on: Some[ServiceId] = ()
    """Services that it needs: bookings of services that depend on each other exclude each other, and a freeze holds for
    what a service needs."""
    maintenance: CalendarId | None = None
    """A calendar of the hours in which it may be changed. Default: at any time."""


class Holidays(Model):
    """Public holidays, as the library of that name lists them."""

    country: str
    """Two capital letters (ISO 3166-1)."""
    subdivision: str | None = None
    """A part of the country with holidays of its own (ISO 3166-2, without the country)."""


class Calendar(Model):
    """Working hours: open at the first instant of a span, closed at its last. The id ``always`` is taken: it is open at
    all times."""

    time_zone: TimeZone | None = None
    """The zone of its hours. Default: the organization's."""
    hours: Annotated[dict[str, Listed[Hours]], Keyed("day")]
    """Spans of hours by day: ``mon``, or ``mon-thu`` for several; no day twice. Days that are not named are closed. A
    span may cross midnight, and belongs to the day on which it begins."""
    holidays: Holidays | None = None
    """Public holidays, closed as if they stood under ``closed``."""
    closed: Listed[DateText] = ()
    """Dates without hours."""
    open: Annotated[dict[DateText, Listed[Hours]], Keyed("date")] = Field(default_factory=dict)
    """Dates with hours of their own, in place of the day's; stronger than ``closed`` and holidays."""


class Freeze(Model):
    """A time in which services are not to be changed: the action ``conflicts`` finds it."""

    from_: str = Field(alias="from")
    """Its beginning: a date, or a moment with its offset."""
    to: str
    """Its end: a date, the whole of it included, or a moment with its offset."""
    services: Listed[ServiceId] = ()
    """Which services. Default: all. It holds for what they need as well."""
    title: Title | None = None
    """What people read in place of its id."""


class OrganizationPermissions(Model, title="Permissions"):
    """Who may do what beyond tickets: nobody but those who are named."""

    declare_freezes: Some[Principal] = ()
    """Declare and lift freezes while Stanchion runs: ``person:x``, ``team:x``, ``role:x``, ``manager_of(…)`` or
    ``everyone``. Default: nobody."""


class OrganizationSettings(Model, title="Organization itself"):
    """What holds for the whole organization."""

    name: Title
    """What it is called."""
    time_zone: TimeZone = "UTC"
    """The zone of dates, days and times where nothing nearer says otherwise."""
    calendar: CalendarId = "always"
    """Its usual working hours."""


class Organization(Model):
    """An organization. All files of ``organization/`` are one: each may hold some of this."""

    organization: OrganizationSettings = OrganizationSettings(name="Organization")
    """What holds for the whole of it."""
    may: OrganizationPermissions = OrganizationPermissions()
    """Who may do what beyond tickets."""
    people: dict[str, Person] = Field(default_factory=dict)
    """People, by id: ``person:alice``."""
    teams: dict[Identifier, Team] = Field(default_factory=dict)
    """Teams, by id: ``team:cab``."""
    roles: dict[Identifier, Listed[PersonId]] = Field(default_factory=dict)
    """The people who have each role, by its id: ``role:change_manager``."""
    services: dict[str, Service] = Field(default_factory=dict)
    """Services, by id."""
    calendars: dict[Identifier, Calendar] = Field(default_factory=dict)
    """Working hours, by id."""
    tables: dict[Identifier, Any] = Field(default_factory=dict)
    """Tables that take the place of those of the same name in every process."""
    freezes: dict[Identifier, Freeze] = Field(default_factory=dict)
    """Times in which services are not to be changed, by id."""


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
