"""Possible actors: whether an organization has people who can be a principal, as far as its files determine that."""

from __future__ import annotations

from collections.abc import Sequence

from definitions.people.bound import format_bound
from definitions.people.directory import Directory
from definitions.people.principals import (
    Assignee,
    EnginePrincipal,
    Everyone,
    ManagerOf,
    PersonPrincipal,
    Principal,
    PrincipalError,
    RolePrincipal,
    TeamPrincipal,
    parse_principal,
)
from definitions.schema.organization import Organization
from definitions.schema.process import Process


class PossibleActors:
    """The people of an organization, by the principals of a process."""

    def __init__(self, process: Process, organization: Organization) -> None:
        self._fields = process.fields
        self._directory = Directory(organization)
        self._known: dict[tuple[tuple[str, ...], bool], bool] = {}

    def can_satisfy(self, principals: Sequence[str], *, assigned: bool) -> bool:
        """Whether at least one person is, or with suitable field values could be, one of the principals."""
        key = (tuple(principals), assigned)
        if key not in self._known:
            self._known[key] = any(self._has_people(self._parsed(text), assigned) for text in principals)
        return self._known[key]

    def needs_assignee(self, principals: Sequence[str]) -> bool:
        """Whether nobody but the assignee can be one of the principals."""
        found = [self._parsed(text) for text in principals]
        return any(isinstance(one, Assignee) for one in found) and not any(
            self._has_people(one, False) for one in found if one is not None
        )

    def _parsed(self, text: str) -> Principal | None:
        try:
            return parse_principal(text, self._fields)
        except PrincipalError:
            return None

    def _has_people(self, principal: Principal | None, assigned: bool) -> bool:
        match principal:
            case None | EnginePrincipal():
                return False
            case Assignee():
                return assigned
            case PersonPrincipal() | TeamPrincipal() | RolePrincipal() | Everyone():
                return bool(self._directory.people(format_bound(principal)))
            case ManagerOf(inner):
                return self._has_manager(principal, inner, assigned)
            case _:
                return True

    def _has_manager(self, principal: ManagerOf, inner: Principal, assigned: bool) -> bool:
        text = _static(principal)
        return bool(self._directory.people(text)) if text else self._has_people(inner, assigned)


def _static(principal: Principal) -> str | None:
    """The bound text of a principal that does not depend on a ticket; None for any other."""
    match principal:
        case ManagerOf(inner):
            within = _static(inner)
            return f"manager_of({within})" if within else None
        case PersonPrincipal() | TeamPrincipal() | RolePrincipal() | Everyone():
            return format_bound(principal)
        case _:
            return None
