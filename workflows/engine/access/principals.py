"""Binds principals to texts that stand without the ticket, and compares actors with them (LANGUAGE, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from definitions.people.bound import (
    Bound,
    BoundManagerOf,
    OwnerOf,
    TeamOf,
    bound_text,
    format_bound,
    person_of,
    read_bound,
)
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
    """All principals bound, each once; a principal without a value binds to nothing. Raises EvaluationFailed."""
    return tuple(dict.fromkeys(one for text in principals for one in bind(view, text, each)))


def bind(view: View, text: str, each: Mapping[str, Json] = NO_EACH) -> tuple[str, ...]:
    """Binds one written principal. Raises EvaluationFailed where it is an expression that fails."""
    principal, fixed = _parse(view, text)
    return fixed if fixed is not None else tuple(_bind(view, principal, each))


def _parse(view: View, text: str) -> tuple[Principal, tuple[str, ...] | None]:
    """A written principal, with its binding if this binding is the same on every ticket."""
    known = _principals.get((view.compiled.digest, text))
    if known is None or not view.compiled.digest:
        principal = parse_principal(text, view.compiled.process.fields)
        known = principal, _fixed(principal)
        _principals[(view.compiled.digest, text)] = known
    return known


_principals: dict[tuple[str, str], tuple[Principal, tuple[str, ...] | None]] = {}


def _fixed(principal: Principal) -> tuple[str, ...] | None:
    """The binding of a principal that means the same on every ticket; None for any other principal."""
    match principal:
        case PersonPrincipal() | TeamPrincipal() | RolePrincipal() | Everyone():
            return (format_bound(principal),)
        case EnginePrincipal():
            return ()
        case _:
            return None


def _bind(view: View, principal: Principal, each: Mapping[str, Json]) -> Iterator[str]:
    """Binds a principal that depends on the ticket."""
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
            fixed = _fixed(inner)
            meant = _bind(view, inner, each) if fixed is None else fixed
            yield from (f"manager_of({one})" for one in meant)
        case ExpressionPrincipal(source):
            yield from (bound_text(one) for one in values(evaluate(view, source, each)))


def is_one_of(view: View, actor: Actor, principals: Sequence[str]) -> bool:
    """Whether the actor is one of the principals; a machine also counts as the engine. Raises EvaluationFailed."""
    if actor.id == "engine" or actor.id.startswith("source:"):
        named = any(isinstance(_parse(view, text)[0], EnginePrincipal) for text in principals)
        if named or actor.id == "engine":
            return named
    if actor.id == view.before.opener and any(isinstance(_parse(view, text)[0], Opener) for text in principals):
        return True  # also for a source or a ticket, which bind to nobody
    return any(acts_as(view, actor, bound) for text in principals for bound in bind(view, text))


def acts_as(draft: View, actor: Actor, bound: str) -> bool:
    """Whether a bound principal names the actor, by the facts that the edge sent with the actor."""
    meant = read_bound(bound)
    match meant:
        case PersonPrincipal():
            return actor.id == meant.person
        case TeamPrincipal():
            return meant.team in actor.teams
        case RolePrincipal():
            return meant.role in actor.roles
        case OwnerOf():
            return meant.service in actor.owns
        case TeamOf():
            return meant.service in actor.serves
        case BoundManagerOf():
            return _manages(draft, actor, meant.inner)
        case Everyone():
            return True
        case None:
            return actor.id == bound  # a source or a ticket that an expression names
        case _:
            assert_never(meant)


def _manages(draft: View, actor: Actor, inner: Bound) -> bool:
    """Whether the actor is a manager of these people. An actor's facts reach only one level down."""
    match inner:
        case PersonPrincipal(person):
            return person in actor.reports
        case TeamPrincipal() | RolePrincipal():
            return format_bound(inner) in actor.manages
        case OwnerOf(service):
            facts = draft.services.get(service)
            return facts is not None and facts.owner in actor.reports
        case TeamOf(service):
            facts = draft.services.get(service)
            return facts is not None and f"team:{facts.team}" in actor.manages
        case Everyone():
            return bool(actor.reports)
        case BoundManagerOf():
            return False
        case _:
            assert_never(inner)


def settled(draft: View, bound: str) -> str | None:
    """The owner or team of a service in place of ``owner:x`` and ``team_of:x``; other principals stay as they are.

    The principal of a service whose facts the ticket does not have yet stays too. None for a service without owner or
    team.
    """
    meant = read_bound(bound)
    match meant:
        case OwnerOf(service):
            facts = draft.services.get(service)
            if facts is None:
                return bound
            return f"person:{facts.owner}" if facts.owner else None
        case TeamOf(service):
            facts = draft.services.get(service)
            if facts is None:
                return bound
            return f"team:{facts.team}" if facts.team else None
        case PersonPrincipal() | TeamPrincipal() | RolePrincipal() | BoundManagerOf() | Everyone() | None:
            return bound
        case _:
            assert_never(meant)
