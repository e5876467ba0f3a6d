"""Checks of the organization's files: its freezes, and the people who may declare freezes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from definitions.freezes import period
from definitions.people.bound import parse_bound
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
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from definitions.text.suggestions import closest

FORMS = "write person:x, team:x, role:x, manager_of(…) or everyone: other principals need a ticket"


def check_organization(organization: Organization, sources: Sequence[Source]) -> Iterator[Problem]:
    """Every problem of an organization with the files ``sources``, each at its place."""
    yield from _freezes(organization, sources)
    yield from _declarers(organization, sources)


def _freezes(organization: Organization, sources: Sequence[Source]) -> Iterator[Problem]:
    """A freeze is a period, and names services that exist."""
    for name, freeze in organization.freezes.items():
        try:
            period(freeze.from_, freeze.to, organization.organization.time_zone)
        except (ZoneInfoNotFoundError, OverflowError):
            pass  # reported at the zone; the freeze is not at fault
        except ValueError as error:
            yield _problem(
                sources, ("freezes", name), "bad-freeze", str(error), "write from: 2026-12-18, to: 2027-01-03"
            )
        for index, service in enumerate(freeze.services):
            if service not in organization.services:
                place = ("freezes", name, "services", index)
                yield _unknown(sources, place, "service", service, organization.services)


def _declarers(organization: Organization, sources: Sequence[Source]) -> Iterator[Problem]:
    """``may`` names people, teams and roles of the organization, and no principal that needs a ticket."""
    for index, text in enumerate(organization.may.declare_freezes):
        place: Path = ("may", "declare_freezes", index)
        try:
            parse_bound(text)
            principal = parse_principal(text, {})
        except PrincipalError:
            yield _problem(sources, place, "unknown-principal", f"'{text}' names nobody in the organization", FORMS)
            continue
        while isinstance(principal, ManagerOf):
            principal = principal.inner
        match principal:
            case PersonPrincipal(name):
                what, known = "person", list(organization.people)
            case TeamPrincipal(name):
                what, known = "team", list(organization.teams)
            case RolePrincipal(name):
                what, known = "role", list(organization.roles)
            case Everyone():
                continue
            case _:
                yield _problem(sources, place, "unknown-principal", f"'{text}' names nobody in the organization", FORMS)
                continue
        if name not in known:
            yield _unknown(sources, place, what, name, known)


def _unknown(
    sources: Sequence[Source], path: Path, what: str, name: str, known: Sequence[str] | Mapping[str, Any]
) -> Problem:
    return _problem(sources, path, f"unknown-{what}", f"unknown {what} '{name}'", closest(name, known))


def _problem(sources: Sequence[Source], path: Path, code: str, message: str, hint: str) -> Problem:
    """A problem at the value of ``path``, in the file that gives it. An element may stand there without its list."""
    source = next(one for one in sources if _is_given(one.data, path[:2]))
    if not _is_given(source.data, path):
        path = path[:-1]
    mark = source.at(path)
    return Problem(source.file, mark.line, mark.column, code, message, crumb(path), hint)


def _is_given(data: Any, path: Path) -> bool:
    for key in path:
        if isinstance(key, int):
            if not isinstance(data, list) or key >= len(data):
                return False
        elif not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True
