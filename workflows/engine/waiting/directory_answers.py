"""The answers of an organization to a ticket's questions about people: pure functions of organization and time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from definitions.people.bound import BoundManagerOf, OwnerOf, TeamOf, parse_bound
from definitions.people.directory import Directory
from definitions.people.principals import Everyone, PersonPrincipal, RolePrincipal, TeamPrincipal
from definitions.times import Instant
from workflows.engine.model.availability import (
    Absence,
    GroupInQuestion,
    GroupNow,
    Member,
    PeopleChecked,
    TaskInQuestion,
    TaskNow,
)
from workflows.engine.model.effects import AskApprovers, CheckPeople, LookUpServices
from workflows.engine.model.events import Asked, Known

MOST_ABSENCES = 50
"""The limit of absences in one answer. The ticket checks again as soon as the first absence begins."""


def asked(directory: Directory, request: AskApprovers, at: Instant) -> Asked:
    """The approvers at ``at`` (UTC seconds), after absences and exclusions.

    Raises PrincipalError for a text that is not a bound principal.
    """
    asking = directory.ask(request.from_, request.exclude, request.veto, at)
    people = [one.person for one in asking.people]
    return Asked(
        state=request.state,
        visit=request.visit,
        round=request.round,
        stage=request.stage,
        people=asking.people,
        vetoers=asking.vetoers,
        excluded=asking.excluded,
        away=_away(directory, people, at),
        absences=_absences(directory, people, at),
        organization=directory.digest,
    )


def people_checked(directory: Directory, request: CheckPeople, at: Instant) -> PeopleChecked:
    """Groups and task holders as they are at ``at`` (UTC seconds).

    Raises PrincipalError for a text that is not a bound principal.
    """
    return PeopleChecked(
        number=request.number,
        organization=directory.digest,
        groups=tuple(_group(directory, group, at) for group in request.groups),
        tasks=tuple(_task(directory, task, at) for task in request.tasks),
    )


def known(directory: Directory, request: LookUpServices) -> Known:
    """The facts of services, without services that the organization does not have."""
    return Known(directory.facts_of(request.services))


def _group(directory: Directory, asked_about: GroupInQuestion, at: Instant) -> GroupNow:
    excluded = tuple(dict.fromkeys((*asked_about.excluded, *directory.everyone_of(asked_about.of.exclude))))
    barred = frozenset(excluded)
    members = directory.stand_ins(asked_about.of.from_, barred, at)
    vetoers = directory.stand_ins(asked_about.of.veto, barred, at)
    concerned = tuple(dict.fromkeys((*asked_about.holders, *members, *members.values(), *vetoers, *vetoers.values())))
    return GroupNow(
        state=asked_about.state,
        visit=asked_about.visit,
        round=asked_about.round,
        stage=asked_about.stage,
        members=tuple(Member(person, holder) for person, holder in members.items()),
        vetoers=tuple(Member(person, holder) for person, holder in vetoers.items()),
        excluded=excluded,
        gone=tuple(person for person in asked_about.holders if not directory.knows(person)),
        away=_away(directory, concerned, at),
        absences=_absences(directory, concerned, at),
    )


def _task(directory: Directory, asked_about: TaskInQuestion, at: Instant) -> TaskNow:
    holder = parse_bound(asked_about.assignee)
    person = holder.person if isinstance(holder, PersonPrincipal) else None
    entry = directory.absence(person, at) if person else None
    delegate = entry.delegate if entry and entry.delegate and directory.knows(entry.delegate) else None
    coming = directory.next_absence(person, at) if person else None
    return TaskNow(
        state=asked_about.state,
        visit=asked_about.visit,
        task=asked_about.task,
        assignee=asked_about.assignee,
        there=bool(directory.people(asked_about.assignee)),
        resolved=_resolved(directory, asked_about.principal),
        by_service=isinstance(parse_bound(asked_about.principal), OwnerOf | TeamOf),
        away=entry is not None,
        delegate=delegate if delegate != person else None,
        absent_at=coming[0] if coming else None,
    )


def _resolved(directory: Directory, principal: str) -> str | None:
    """The person or team that is now the owner or team of a service; any other principal as it is.

    None where the principal has no people.
    """
    if not directory.people(principal):
        return None
    bound = parse_bound(principal)
    match bound:
        case OwnerOf(service):
            facts = directory.service_facts(service)
            return f"person:{facts.owner}" if facts else None
        case TeamOf(service):
            facts = directory.service_facts(service)
            return f"team:{facts.team}" if facts else None
        case PersonPrincipal() | TeamPrincipal() | RolePrincipal() | BoundManagerOf() | Everyone():
            return principal
        case _:
            assert_never(bound)


def _away(directory: Directory, people: Iterable[str], at: Instant) -> tuple[str, ...]:
    return tuple(person for person in people if directory.absence(person, at) is not None)


def _absences(directory: Directory, people: Iterable[str], at: Instant) -> tuple[Absence, ...]:
    coming = ((person, directory.next_absence(person, at)) for person in people)
    found = [Absence(person, entry[0], entry[1].delegate) for person, entry in coming if entry is not None]
    return tuple(sorted(found, key=lambda one: one.at)[:MOST_ABSENCES])
