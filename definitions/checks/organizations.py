"""Checks of the organization's files: ids, references, addresses, zones, hours, absences, freezes and permissions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from definitions.calendars.rules import ALWAYS, check_calendar
from definitions.checks.whole_organization import WholeOrganization
from definitions.freezes import period
from definitions.people.bound import MACHINES, parse_bound
from definitions.people.principals import (
    Everyone,
    ManagerOf,
    PersonPrincipal,
    PrincipalError,
    RolePrincipal,
    TeamPrincipal,
    parse_principal,
)
from definitions.schema.organization import Organization
from definitions.text.problems import Path, Problem, bounded
from definitions.text.scalars import shown
from definitions.text.source import Source
from definitions.text.suggestions import closest
from definitions.times import known_zones, to_date, zone_of

FORMS = "write person:x, team:x, role:x, manager_of(…) or everyone: other principals need a ticket"
LONGEST_ID = 128
LONGEST_ADDRESS = 254
"""RFC 5321, section 4.5.3.1.3, without the angle brackets."""
_RESERVED = frozenset({*MACHINES, "everyone"})
_ATOM = r'[^\s@<>(),;:\\"\[\].]+'
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_ATOM}(\.{_ATOM})*")
"""RFC 5322's ``dot-atom@domain``, with the letters of RFC 6532."""


def check_organization(organization: Organization, sources: Sequence[Source]) -> Iterator[Problem]:
    """Every problem of an organization with the files ``sources``, each at its place."""
    whole = WholeOrganization(organization, sources)
    yield from bounded(problem for check in _CHECKS for problem in check(whole))


def _ids(whole: WholeOrganization) -> Iterator[Problem]:
    """An id of a person or service is text that expressions, principals and headers take unchanged.

    A person is not called like a machine: the core gives machines rights by their names.
    """
    for section, ids in (("people", whole.organization.people), ("services", whole.organization.services)):
        for name in ids:
            path: Path = (section, name)
            if (wrong := _wrong_with(name)) is not None:
                yield whole.problem(path, "bad-id", f"{shown(name)} is not an id: {wrong}", _ID_HINT, key=True)
            elif section == "people" and (name in _RESERVED or ":" in name or name.startswith("manager_of(")):
                message = f"no person can be called {shown(name)}: the name stands for a machine or a group"
                yield whole.problem(path, "reserved-name", message, "give the person another id", key=True)


_ID_HINT = "write letters, digits, dots and dashes: alice.ng"


def _wrong_with(name: str) -> str | None:
    if not name.strip():
        return "it is empty"
    if name != name.strip():
        return "it begins or ends with a blank"
    if not name.isprintable():
        return "it holds a character that can't be printed"
    if name.startswith("="):
        return "text that begins with = is an expression"
    return f"it is longer than {LONGEST_ID} characters" if len(name) > LONGEST_ID else None


def _references(whole: WholeOrganization) -> Iterator[Problem]:
    """A person, team, service or calendar that an object names exists."""
    organization = whole.organization
    known: Mapping[str, Mapping[str, object]] = {
        "person": organization.people,
        "team": organization.teams,
        "service": organization.services,
        "calendar": {**organization.calendars, ALWAYS: None},
    }
    for path, what, name in _named(organization):
        if name is not None and name not in known[what]:
            yield whole.unknown(path, what, name, known[what])


def _named(organization: Organization) -> Iterator[tuple[Path, str, str | None]]:
    """Every place that names an object of the organization: the kind of the object, and its id."""
    yield ("organization", "calendar"), "calendar", organization.organization.calendar
    for name, person in organization.people.items():
        yield ("people", name, "manager"), "person", person.manager
        for index, absence in enumerate(person.out_of_office):
            yield ("people", name, "out_of_office", index, "delegate"), "person", absence.delegate
    for name, team in organization.teams.items():
        yield from _each(("teams", name, "members"), "person", team.members)
        yield ("teams", name, "calendar"), "calendar", team.calendar
    for name, members in organization.roles.items():
        yield from _each(("roles", name), "person", members)
    for name, service in organization.services.items():
        path: Path = ("services", name)
        yield (*path, "owner"), "person", service.owner
        yield (*path, "team"), "team", service.team
        yield (*path, "calendar"), "calendar", service.calendar
        yield (*path, "maintenance"), "calendar", service.maintenance
        yield from _each((*path, "depends_on"), "service", service.depends_on)
    for name, freeze in organization.freezes.items():
        yield from _each(("freezes", name, "services"), "service", freeze.services)


def _each(path: Path, what: str, names: Iterable[str]) -> Iterator[tuple[Path, str, str | None]]:
    for index, name in enumerate(names):
        yield (*path, index), what, name


def _people(whole: WholeOrganization) -> Iterator[Problem]:
    """A person has an address that mail can reach, a known zone, and absences that are periods."""
    for name, person in whole.organization.people.items():
        path: Path = ("people", name)
        if person.email is not None and not _is_address(person.email):
            message = f"{shown(person.email)} is not an address of mail"
            yield whole.problem((*path, "email"), "bad-address", message, "write it as in alice@example.com")
        if person.time_zone is not None:
            yield from _zone(whole, (*path, "time_zone"), person.time_zone)
        for index, absence in enumerate(person.out_of_office):
            own = (*path, "out_of_office", index)
            wrong = [key for key, day in (("from", absence.from_), ("to", absence.to)) if not _is_date(day)]
            for key in wrong:
                day = absence.from_ if key == "from" else absence.to
                message = f"{shown(day)} is not a date"
                yield whole.problem((*own, key), "bad-date", message, "write it as in 2026-12-24")
            if not wrong and absence.to < absence.from_:
                message = f"the absence ends on {absence.to}, before it begins on {absence.from_}"
                yield whole.problem((*own, "to"), "bad-absence", message, "write the first day, then the last day")
            if absence.delegate == name:
                message = "nobody stands in for themselves"
                yield whole.problem((*own, "delegate"), "bad-absence", message, "name another person, or nobody")


def _is_address(text: str) -> bool:
    return text.isprintable() and len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return text.isascii() and bool(to_date(text))
    except ValueError:
        return False


def _zone(whole: WholeOrganization, path: Path, name: str) -> Iterator[Problem]:
    if zone_of(name) is None:
        hint = closest(name, known_zones()) or "write a zone of the IANA database: Europe/Berlin"
        yield whole.problem(path, "unknown-time-zone", f"unknown time zone {shown(name)}", hint)


def _calendars(whole: WholeOrganization) -> Iterator[Problem]:
    """Each calendar can be compiled; so can ``always``, in the organization's zone."""
    if "time_zone" in whole.organization.organization.model_fields_set:
        yield from _zone(whole, ("organization", "time_zone"), whole.organization.organization.time_zone)
    for name in whole.organization.calendars:
        for path, code, message in check_calendar(whole.organization, name):
            if path[0] == "calendars":
                yield whole.problem(path, code, message, key=code in _AT_KEY or path[-2:-1] == ("open",))


_AT_KEY = frozenset({"unknown-day", "duplicate-day", "reserved-name", "never-open"})
"""Problems of a key. The key ``open`` of a calendar holds dates as keys."""


def _freezes(whole: WholeOrganization) -> Iterator[Problem]:
    """A freeze is a period."""
    for name, freeze in whole.organization.freezes.items():
        try:
            period(freeze.from_, freeze.to, whole.organization.organization.time_zone)
        except ZoneInfoNotFoundError:
            pass  # reported at the zone; the freeze is not at fault
        except ValueError as error:
            hint = "write from: 2026-12-18, to: 2027-01-03"
            yield whole.problem(("freezes", name), "bad-freeze", str(error), hint)


def _permitted(whole: WholeOrganization) -> Iterator[Problem]:
    """``may`` names people, teams and roles of the organization, and no principal that needs a ticket."""
    may = whole.organization.may
    for key, named in (("declare_freezes", may.declare_freezes), ("operate", may.operate)):
        yield from _unknown_in(whole, key, named)


def _unknown_in(whole: WholeOrganization, key: str, named: Sequence[str]) -> Iterator[Problem]:
    organization = whole.organization
    for index, text in enumerate(named):
        place: Path = ("may", key, index)
        nobody = whole.problem(place, "unknown-principal", f"'{text}' names nobody in the organization", FORMS)
        try:
            parse_bound(text)
            principal = parse_principal(text, {})
        except PrincipalError:
            yield nobody
            continue
        while isinstance(principal, ManagerOf):
            principal = principal.inner
        known: Mapping[str, Any]
        match principal:
            case PersonPrincipal(name):
                what, known = "person", organization.people
            case TeamPrincipal(name):
                what, known = "team", organization.teams
            case RolePrincipal(name):
                what, known = "role", organization.roles
            case Everyone():
                continue
            case _:
                yield nobody
                continue
        if name not in known:
            yield whole.unknown(place, what, name, known)


_CHECKS: tuple[Callable[[WholeOrganization], Iterator[Problem]], ...] = (
    _ids, _references, _people, _calendars, _freezes, _permitted,
)  # fmt: skip
