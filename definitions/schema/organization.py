"""The organization: people, teams, roles, services, calendars (LANGUAGE, section 7)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from definitions.schema.model import Identifier, Json, Listed, Model, Principal, Some, Title, number_as_text

DateText = Annotated[str, BeforeValidator(number_as_text), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Day = Annotated[str, Field(description="mon, tue … sun, or a span of days: mon-thu")]
Hours = Annotated[str, Field(pattern=r"^\d{2}:\d{2}-\d{2}:\d{2}$")]


class OutOfOffice(Model):
    """Away from ``from`` to ``to`` (whole days in the person's zone, ``to`` inclusive); who stands in, if anybody."""

    from_: DateText = Field(alias="from")
    to: DateText
    delegate: str | None = None


class Person(Model):
    name: Title
    email: str | None = None
    manager: str | None = None
    time_zone: str | None = None
    out_of_office: Listed[OutOfOffice] = ()


class Team(Model):
    title: Title | None = None
    members: Listed[str] = ()
    calendar: str | None = None


class Service(Model):
    title: Title
    owner: str | None = None
    team: str | None = None
    calendar: str | None = None
    depends_on: Some[str] = ()
    maintenance: str | None = None


class Holidays(Model):
    """Public holidays, by the ``holidays`` library's codes."""

    country: str
    subdivision: str | None = None


class Calendar(Model):
    """Working hours: half open, local to ``time_zone``; conventions in ``workflows.engine.business_time``."""

    time_zone: str | None = None
    hours: dict[Day, Listed[Hours]]
    holidays: Holidays | None = None
    closed: Listed[DateText] = ()
    open: dict[DateText, Listed[Hours]] = Field(default_factory=dict)


class Freeze(Model):
    """A time in which services are not to be changed."""

    from_: str = Field(alias="from")
    """A date, or a datetime with its offset."""
    to: str
    """A date, the whole of it included, or a datetime with its offset."""
    services: Listed[str] = ()
    """Default: all. It holds for what they need as well."""
    title: Title | None = None


class May(Model):
    """Who may do what beyond tickets: nobody but those who are named."""

    declare_freezes: Some[Principal] = ()
    """Declare and lift freezes while Stanchion runs: person:x, team:x, role:x, manager_of(…) or everyone."""


class Settings(Model):
    """The organization itself."""

    name: Title
    time_zone: str = "UTC"
    calendar: str = "always"


class Organization(Model):
    """All files of ``organization/``, merged."""

    organization: Settings = Settings(name="Organization")
    may: May = May()
    people: dict[str, Person] = Field(default_factory=dict)
    teams: dict[Identifier, Team] = Field(default_factory=dict)
    roles: dict[Identifier, Listed[str]] = Field(default_factory=dict)
    services: dict[str, Service] = Field(default_factory=dict)
    calendars: dict[Identifier, Calendar] = Field(default_factory=dict)
    tables: dict[Identifier, Any] = Field(default_factory=dict)
    freezes: dict[Identifier, Freeze] = Field(default_factory=dict)


__all__ = [
    "Calendar",
    "Freeze",
    "Holidays",
    "Json",
    "May",
    "Organization",
    "OutOfOffice",
    "Person",
    "Service",
    "Settings",
    "Team",
]
