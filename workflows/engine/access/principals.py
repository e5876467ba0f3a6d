"""Principals on a ticket: bound to texts that need it no more, and held against who acts (LANGUAGE, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from definitions.people.bound import bound_text, person_of
from definitions.people.directory import Actor
from definitions.people.principals import (
    Assignee,
    EnginePrincipal,
    Everyone,
    ExpressionPrincipal,
    FieldPrincipal,
    ManagerOf,
    Opener,
    PersonPrincipal,
    Principal,
    RolePrincipal,
    ServiceOwner,
    ServiceTeam,
    TeamPrincipal,
    Watchers,
    parse_principal,
)
from definitions.people.references import values
from definitions.schema.model import Json
from workflows.engine.draft.expressions import NO_EACH, evaluate
from workflows.engine.draft.view import View


def bind_all(view: View, principals: Sequence[str], each: Mapping[str, Json] = NO_EACH) -> tuple[str, ...]:
    """Every principal bound, each once; one without a value binds to nothing. Raises EvaluationFailed."""
    return tuple(dict.fromkeys(one for text in principals for one in bind(view, text, each)))


def bind(view: View, text: str, each: Mapping[str, Json] = NO_EACH) -> tuple[str, ...]:
    """One written principal, bound. Raises EvaluationFailed where it is an expression that fails."""
    return _bound(view, _parse(view, text), each)


def _parse(view: View, text: str) -> Principal:
    known = _principals.get((view.compiled.digest, text))
    if known is None or not view.compiled.digest:
        known = parse_principal(text, view.compiled.process.fields)
        _principals[(view.compiled.digest, text)] = known
    return known


_principals: dict[tuple[str, str], Principal] = {}


@lru_cache(maxsize=4096)
def _fixed(principal: Principal) -> tuple[str, ...] | None:
    """What a principal is bound to that means the same on every ticket; None for the others."""
    match principal:
        case PersonPrincipal(person):
            return (f"person:{person}",)
        case TeamPrincipal(team):
            return (f"team:{team}",)
        case RolePrincipal(role):
            return (f"role:{role}",)
        case Everyone():
            return ("everyone",)
        case EnginePrincipal():
            return ()
        case _:
            return None


def _bound(view: View, principal: Principal, each: Mapping[str, Json]) -> tuple[str, ...]:
    fixed = _fixed(principal)
    return fixed if fixed is not None else tuple(_bind(view, principal, each))


def _bind(view: View, principal: Principal, each: Mapping[str, Json]) -> Iterator[str]:
    """One that depends on the ticket."""
    match principal:
        case FieldPrincipal(field):
            kind = view.compiled.process.fields[field].type
            yield from (f"{kind}:{one}" for one in values(view.fields.get(field)))
        case Opener():
            yield from person_of(view.before.opener)
        case Assignee():
            yield from (view.assignee,) if view.assignee else ()
        case Watchers():
            yield from view.watchers
        case ServiceOwner(field):
            yield from (f"owner:{one}" for one in values(view.fields.get(field)))
        case ServiceTeam(field):
            yield from (f"team_of:{one}" for one in values(view.fields.get(field)))
        case ManagerOf(inner):
            yield from (f"manager_of({one})" for one in _bound(view, inner, each))
        case ExpressionPrincipal(source):
            yield from (bound_text(one) for one in values(evaluate(view, source, each)))


def is_one_of(view: View, actor: Actor, principals: Sequence[str]) -> bool:
    """Whether the actor is one of the principals; a machine is the engine, too. Raises EvaluationFailed."""
    if actor.id == "engine" or actor.id.startswith("source:"):
        named = any(isinstance(_parse(view, text), EnginePrincipal) for text in principals)
        if named or actor.id == "engine":
            return named
    if actor.id == view.before.opener and any(isinstance(_parse(view, text), Opener) for text in principals):
        return True  # also a source or a ticket, which bind to nobody
    return any(acts_as(view, actor, bound) for text in principals for bound in bind(view, text))


def acts_as(draft: View, actor: Actor, bound: str) -> bool:
    """Whether the actor is what a bound principal names, by what the edge said of them."""
    if bound == "everyone":
        return True
    if bound.startswith("manager_of("):
        return _manages(draft, actor, bound[len("manager_of(") : -1])
    kind, _, name = bound.partition(":")
    match kind:
        case "person":
            return actor.id == name
        case "team":
            return name in actor.teams
        case "role":
            return name in actor.roles
        case "owner":
            return name in actor.owns
        case "team_of":
            return name in actor.serves
        case _:
            return actor.id == bound


def _manages(draft: View, actor: Actor, inner: str) -> bool:
    kind, _, name = inner.partition(":")
    facts = draft.services.get(name)
    match kind:
        case "person":
            return name in actor.reports
        case "owner":
            return facts is not None and facts.owner in actor.reports
        case "team_of":
            return facts is not None and f"team:{facts.team}" in actor.manages
        case _:
            return inner in actor.manages


def settled(draft: View, bound: str) -> str | None:
    """A service's owner or team, as the person or team that it is now; as it is while the service is not known yet."""
    kind, _, name = bound.partition(":")
    if kind in ("owner", "team_of") and name not in draft.services:
        return bound
    facts = draft.services.get(name)
    if kind == "owner":
        return f"person:{facts.owner}" if facts and facts.owner else None
    if kind == "team_of":
        return f"team:{facts.team}" if facts and facts.team else None
    return bound
