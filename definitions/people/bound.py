"""Bound principals: texts that name people without the help of a ticket, as effects carry them to the directory.

``person:alice``, ``team:cab``, ``role:x``, ``owner:email`` (the owner of the service), ``team_of:email`` (its team),
``manager_of(<bound>)``, ``everyone``. What follows the colon is an id, taken verbatim: it may hold any character.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from definitions.people.principals import (
    MAX_MANAGERS_DEEP,
    Everyone,
    PersonPrincipal,
    PrincipalError,
    RolePrincipal,
    TeamPrincipal,
)


@dataclass(frozen=True, slots=True)
class OwnerOf:
    """The owner of a service, by the service's id."""

    service: str


@dataclass(frozen=True, slots=True)
class TeamOf:
    """The members of the team of a service, by the service's id."""

    service: str


@dataclass(frozen=True, slots=True)
class BoundManagerOf:
    """The managers of these people, each once."""

    inner: Bound


Bound = PersonPrincipal | TeamPrincipal | RolePrincipal | OwnerOf | TeamOf | BoundManagerOf | Everyone

_KINDS: dict[str, type[PersonPrincipal | TeamPrincipal | RolePrincipal | OwnerOf | TeamOf]] = {
    "person": PersonPrincipal,
    "team": TeamPrincipal,
    "role": RolePrincipal,
    "owner": OwnerOf,
    "team_of": TeamOf,
}


@lru_cache(maxsize=4096)
def parse_bound(text: str) -> Bound:
    """The inverse of ``format_bound``. Raises PrincipalError for any other text: no typo finds approvers."""
    inner, depth = text, 0
    while inner.startswith("manager_of(") and inner.endswith(")"):
        inner, depth = inner[len("manager_of(") : -1], depth + 1
    kind, _, name = inner.partition(":")
    if depth > MAX_MANAGERS_DEEP or not (inner == "everyone" or (kind in _KINDS and name)):
        raise PrincipalError(f"'{text}' is not a bound principal")
    bound: Bound = Everyone() if inner == "everyone" else _KINDS[kind](name)
    for _ in range(depth):
        bound = BoundManagerOf(bound)
    return bound


@lru_cache(maxsize=4096)
def read_bound(text: str) -> Bound | None:
    """The bound principal of a text; None for every other text, such as the id of a machine."""
    try:
        return parse_bound(text)
    except PrincipalError:
        return None


def format_bound(bound: Bound) -> str:
    """The text of a bound principal."""
    match bound:
        case PersonPrincipal(person):
            return f"person:{person}"
        case TeamPrincipal(team):
            return f"team:{team}"
        case RolePrincipal(role):
            return f"role:{role}"
        case OwnerOf(service):
            return f"owner:{service}"
        case TeamOf(service):
            return f"team_of:{service}"
        case BoundManagerOf(inner):
            return f"manager_of({format_bound(inner)})"
        case Everyone():
            return "everyone"
        case _:
            assert_never(bound)


def plain(bound: str | None) -> str | None:
    """A bound principal as people write it: a person by their id, every other kind unchanged."""
    return bound.removeprefix("person:") if bound else bound


def bound_text(text: str) -> str:
    """The reverse of ``plain``: ``alice`` is ``person:alice``."""
    return text if ":" in text or text == "everyone" or text.startswith("manager_of(") else f"person:{text}"


MACHINES = ("engine", "schedule")
"""The actors without a colon in their ids that are no people."""


def person_of(actor_id: str) -> tuple[str, ...]:
    """The bound principal of a person; empty for ``engine``, ``schedule``, ``source:x`` and ``ticket:y``.

    Machines are never notified and never approve.
    """
    return () if ":" in actor_id or actor_id in MACHINES else (f"person:{actor_id}",)
