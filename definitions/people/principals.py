"""Principals as a process owner writes them (LANGUAGE, section 3): ``by``, ``from``, ``to``, ``assign``, ``exclude`` …

These principals need a ticket before they name people; those of ``definitions.people.bound`` don't. Ids of people,
teams and roles are taken as written; the checks of definitions report those that the organization does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from definitions.schema.process import FieldSpec
from definitions.text.suggestions import closest


@dataclass(frozen=True, slots=True)
class PersonPrincipal:
    person: str


@dataclass(frozen=True, slots=True)
class TeamPrincipal:
    team: str


@dataclass(frozen=True, slots=True)
class RolePrincipal:
    role: str


@dataclass(frozen=True, slots=True)
class FieldPrincipal:
    """The person or team (or the list of them) in a field."""

    field: str


@dataclass(frozen=True, slots=True)
class Opener:
    """The person or machine that opened the ticket."""


@dataclass(frozen=True, slots=True)
class Assignee:
    """The principal that the ticket is assigned to; any member of it, where that is a team or a role."""


@dataclass(frozen=True, slots=True)
class Watchers:
    """The watchers of the ticket."""


@dataclass(frozen=True, slots=True)
class ServiceOwner:
    """The owner of the service in ``field``."""

    field: str


@dataclass(frozen=True, slots=True)
class ServiceTeam:
    """The team of the service in ``field``."""

    field: str


@dataclass(frozen=True, slots=True)
class ManagerOf:
    """The manager of a person; of several people, the managers of all of them, each once."""

    inner: Principal


@dataclass(frozen=True, slots=True)
class Everyone:
    """All people of the organization."""


@dataclass(frozen=True, slots=True)
class EnginePrincipal:
    """Tickets that send to this one, and the process itself; never a person."""


@dataclass(frozen=True, slots=True)
class ExpressionPrincipal:
    """A CEL expression that evaluates to people; ``source`` is the text after the ``=``."""

    source: str


Principal = (
    PersonPrincipal
    | TeamPrincipal
    | RolePrincipal
    | FieldPrincipal
    | Opener
    | Assignee
    | Watchers
    | ServiceOwner
    | ServiceTeam
    | ManagerOf
    | Everyone
    | EnginePrincipal
    | ExpressionPrincipal
)

MAX_MANAGERS_DEEP = 10
"""How many ``manager_of`` may be nested. A deeper nesting is a mistake, and recursion needs a limit."""

_WORDS: Mapping[str, Principal] = {
    "opener": Opener(),
    "assignee": Assignee(),
    "watchers": Watchers(),
    "everyone": Everyone(),
    "engine": EnginePrincipal(),
}
_KINDS: Mapping[str, type[PersonPrincipal | TeamPrincipal | RolePrincipal]] = {
    "person": PersonPrincipal,
    "team": TeamPrincipal,
    "role": RolePrincipal,
}
_PARTS: Mapping[str, type[ServiceOwner | ServiceTeam]] = {"owner": ServiceOwner, "team": ServiceTeam}
_MANAGER_OF = re.compile(r"manager_of\((.*)\)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_FORMS = (
    "a principal is person:x, team:x, role:x, a person or team field, opener, assignee, watchers, "
    "<service field>.owner, <service field>.team, manager_of(…), everyone, engine or =<expression>"
)


class PrincipalError(ValueError):
    """A text that is not a principal: ``message`` says what is wrong, ``hint`` how to mend it (it may be empty)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parse_principal(text: str, fields: Mapping[str, FieldSpec]) -> Principal:
    """The principal that ``text`` stands for in a process with these ``fields``.

    The words of the language take precedence over a field of the same name, so that ``exclude: [opener]`` means the
    same in every process. Raises PrincipalError.
    """
    inner, depth = text, 0
    while match := _MANAGER_OF.fullmatch(inner):
        inner, depth = match[1].strip(), depth + 1
    if depth > MAX_MANAGERS_DEEP:
        raise PrincipalError(f"manager_of is nested more than {MAX_MANAGERS_DEEP} times")
    principal = _parse_innermost(inner, fields)
    if depth and isinstance(principal, EnginePrincipal):
        raise PrincipalError("the engine has no manager", "name people: manager_of(assignee), manager_of(team:x) …")
    for _ in range(depth):
        principal = ManagerOf(principal)
    return principal


def _parse_innermost(text: str, fields: Mapping[str, FieldSpec]) -> Principal:
    if text.startswith("="):
        if not text[1:].strip():
            raise PrincipalError("an expression is missing after '='")
        return ExpressionPrincipal(text[1:])
    if text in _WORDS:
        return _WORDS[text]
    if call := _CALL.fullmatch(text):
        hint = closest(call[1], ["manager_of"], f"({call[2]})")
        raise PrincipalError(f"unknown principal '{text}'", hint or _FORMS)
    if ":" in text:
        return _named(text)
    if "." in text:
        return _of_service(text, fields)
    return _from_field(text, fields)


def _named(text: str) -> Principal:
    """``person:x``, ``team:x``, ``role:x``."""
    kind, _, name = text.partition(":")
    if kind not in _KINDS:
        raise PrincipalError(f"unknown principal '{text}'", closest(kind, _KINDS, f":{name}") or _FORMS)
    if not name.strip():
        raise PrincipalError(f"'{text}' names no {kind}", f"write {kind}:<id>")
    if name != name.strip():
        raise PrincipalError(f"'{text}' has a space too many", f"write {kind}:{name.strip()}")
    return _KINDS[kind](name)


def _of_service(text: str, fields: Mapping[str, FieldSpec]) -> Principal:
    """``<field>.owner`` and ``<field>.team`` of a field of type service."""
    name, _, part = text.partition(".")
    spec = fields.get(name)
    if spec is None:
        services = [field for field, one in fields.items() if one.type == "service"]
        raise PrincipalError(f"there is no field '{name}'", closest(name, services, f".{part}") or _FORMS)
    if spec.type == "person" and part == "manager":
        raise PrincipalError(f"unknown principal '{text}'", f"write manager_of({name})")
    if spec.type != "service":
        raise PrincipalError(f"field '{name}' is of type {spec.type}: only a service has an owner and a team", _FORMS)
    if part not in _PARTS:
        raise PrincipalError(
            f"a service has an owner and a team, but no '{part}'", f"write {name}.owner or {name}.team"
        )
    return _PARTS[part](name)


def _from_field(text: str, fields: Mapping[str, FieldSpec]) -> Principal:
    spec = fields.get(text)
    people = [name for name, one in fields.items() if one.type in ("person", "team")]
    if spec is None:
        services = [f"{name}.{part}" for name, one in fields.items() if one.type == "service" for part in _PARTS]
        hint = closest(text, [*_WORDS, *people, *services])
        raise PrincipalError(f"unknown principal '{text}'", hint or _FORMS)
    if spec.type == "service":
        raise PrincipalError(f"field '{text}' holds a service, not people", f"write {text}.owner or {text}.team")
    if spec.type not in ("person", "team"):
        raise PrincipalError(
            f"field '{text}' is of type {spec.type}: only a person or team field is a principal",
            closest(text, [*_WORDS, *people]) or _FORMS,
        )
    return FieldPrincipal(text)
