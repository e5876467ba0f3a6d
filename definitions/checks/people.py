"""Principals: the people, teams and roles that a process names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from definitions.checks.subject import Subject
from definitions.people.principals import (
    EnginePrincipal,
    ExpressionPrincipal,
    ManagerOf,
    PersonPrincipal,
    PrincipalError,
    RolePrincipal,
    TeamPrincipal,
    parse_principal,
)
from definitions.text.problems import Path, Problem

_OF_PEOPLE = ("assign", "watch", "unwatch", "to", "from", "veto")
"""Keys that need people. The engine can act, but it can't be assigned, notified or approve."""


def principals(subject: Subject) -> Iterator[Problem]:
    """Each principal is valid, and the organization has the people that it names."""
    for path, texts, each in _places(subject):
        for index, text in enumerate(texts):
            yield from _principal(subject, subject.element(path, index), text, each=each)


def _principal(subject: Subject, path: Path, text: str, *, each: bool) -> Iterator[Problem]:
    try:
        principal = parse_principal(text, subject.process.fields)
    except PrincipalError as error:
        yield subject.problem(path, "unknown-principal", error.message, error.hint)
        return
    while isinstance(principal, ManagerOf):
        principal = principal.inner
    organization = subject.organization
    known: Mapping[str, Any]
    match principal:
        case ExpressionPrincipal():
            if text.startswith("="):
                yield from subject.expression(path, text, "person", each=each)
            return
        case PersonPrincipal(name):
            what, known = "person", organization.people
        case TeamPrincipal(name):
            what, known = "team", organization.teams
        case RolePrincipal(name):
            what, known = "role", organization.roles
        case EnginePrincipal() if (key := _key(path)) in _OF_PEOPLE:
            message = f"'{key}' needs people, and the engine is not a person"
            yield subject.problem(path, "engine-is-nobody", message, "name a person, a team or a role")
            return
        case _:
            return
    if name not in known:
        yield subject.unknown(path, what, name, known)


def _key(path: Path) -> str:
    return next(key for key in reversed(path) if isinstance(key, str))


def _places(subject: Subject) -> Iterator[tuple[Path, Sequence[str], bool]]:
    for key in ("see", "open", "edit", "comment", "internal", "correct", "complete", "migrate"):
        yield ("may", key), getattr(subject.process.may, key) or (), False
    for name, spec in subject.process.fields.items():
        yield ("fields", name, "edit"), spec.edit or (), False
        yield ("fields", name, "see"), spec.see or (), False
    for placed in subject.transitions():
        yield (*placed.path, "by"), placed.transition.by or (), False
    for one in subject.placed:
        approval, path = one.state.approval, (*one.path, "approval")
        for key in ("from", "veto", "exclude") if approval else ():
            yield (*path, key), getattr(approval, "from_" if key == "from" else key), False
        for index, task in enumerate(one.state.tasks or ()):
            yield (*one.path, "tasks", index, "assign"), (task.assign,) if task.assign else (), False
        for index, stage in enumerate(approval.stages if approval else ()):
            for key in ("from", "veto", "exclude"):
                yield (*path, "stages", index, key), getattr(stage, "from_" if key == "from" else key), False
    for path, step in subject.steps():
        each = step.each is not None
        yield (*path, "assign"), (step.assign,) if step.assign else (), each
        yield (*path, "watch"), (step.watch,) if step.watch else (), each
        yield (*path, "unwatch"), (step.unwatch,) if step.unwatch else (), each
        yield (*path, "notify", "to"), step.notify.to if step.notify else (), each


CHECKS = (principals,)
