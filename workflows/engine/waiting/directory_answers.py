"""The answers of an organization to a ticket's questions about people: pure functions of organization and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from definitions.people.bound import BoundManagerOf, OwnerOf, TeamOf, parse_bound, read_bound
from definitions.people.directory import Directory
from definitions.people.principals import Everyone, PersonPrincipal, PrincipalError, RolePrincipal, TeamPrincipal
from definitions.schema.organization import OutOfOffice
from definitions.times import Instant
from workflows.engine.model import bounds
from workflows.engine.model.availability import (
    Absence,
    AssigneeInQuestion,
    AssigneeNow,
    GroupInQuestion,
    GroupNow,
    Member,
    PeopleChecked,
    TaskInQuestion,
    TaskNow,
)
from workflows.engine.model.effects import AskApprovers, CheckPeople, LookUpServices, Notify
from workflows.engine.model.events import Asked, Known
from workflows.engine.model.quick_init import quick_init
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.waiting.availability import waits_for_people

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
        assignee=_assignee(directory, request.assignee, at) if request.assignee else None,
        gone=tuple(person for person in request.named if not directory.knows(person)),
    )


def needs_a_check(directory: Directory, snapshot: Snapshot, at: Instant) -> bool:
    """Whether a ticket checks its people by this organization at ``at`` (UTC seconds).

    A ticket that waits for approvers or task holders always checks. Any other ticket checks only where a person whom it
    names has left, its assignee is away or has nobody left, or another absence of the assignee is announced.
    """
    if waits_for_people(snapshot) or any(not directory.people(one) for one in snapshot.named):
        return True
    holder = read_bound(snapshot.assignee) if snapshot.named and snapshot.assignee else None
    if not isinstance(holder, PersonPrincipal):
        return False
    holding = snapshot.holding
    if holding is None:
        return True  # the ticket was assigned under an older interpreter, and knows nothing of the person
    coming = directory.next_absence(holder.person, at)
    return directory.absence(holder.person, at) is not None or (coming[0] if coming else None) != holding.absent_at


@quick_init
@dataclass(frozen=True, slots=True)
class Recipients:
    """The people who get a notice, each once."""

    people: tuple[str, ...]
    problem: str | None = None
    """Why these are not the people, or not all of the people, whom the notice names."""
    instead_of: str | None = None
    """The principals without people in whose place they get it."""
    is_own_doing: bool = False
    """The notice is about the doing of its only recipient, so nobody gets it."""


def untold(notice: Notify, problem: str) -> str:
    """The problem of a notice without recipients, as its ticket shows it."""
    named = notice.template or notice.message or notice.reason
    return f"a notice ({bounds.cut(named, bounds.LONGEST_NAME)}): {problem}"


def recipients(directory: Directory, notice: Notify) -> Recipients:
    """The recipients of a notice: the people of ``to``, or else those of the first of ``otherwise`` that has people."""
    found: dict[str, None] = {}
    problems: list[str] = []
    for bound in notice.to:
        try:
            found.update(dict.fromkeys(directory.people(bound)))
        except PrincipalError as error:
            problems.append(error.message)
    if found and not problems and notice.not_to is None:
        return Recipients(tuple(found))
    if found:
        others = tuple(person for person in found if person != notice.not_to)
        return Recipients(others, "; ".join(problems) or None, is_own_doing=not others)
    nobody = ", ".join(notice.to) or "no principal"
    for bound in notice.otherwise:
        owners = directory.people(bound)
        if owners:
            told = f"no recipient ({nobody}): sent to {', '.join(owners)} instead"
            return Recipients(owners, "; ".join((*problems, told)) if notice.to else None, nobody)
    return Recipients((), "; ".join((*problems, f"no recipient ({nobody})")))


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
        delegate=_delegate_of(directory, entry, person),
        absent_at=coming[0] if coming else None,
    )


def _assignee(directory: Directory, asked_about: AssigneeInQuestion, at: Instant) -> AssigneeNow:
    holder = read_bound(asked_about.assignee)
    person = holder.person if isinstance(holder, PersonPrincipal) else None
    entry = directory.absence(person, at) if person else None
    coming = directory.next_absence(person, at) if person else None
    others = (_resolved(directory, one) for one in asked_about.instead)
    return AssigneeNow(
        assignee=asked_about.assignee,
        there=holder is None or bool(directory.people(asked_about.assignee)),
        instead=next((one for one in others if one is not None and one != asked_about.assignee), None),
        home=directory.homes(person) if person else (),
        away=entry is not None,
        delegate=_delegate_of(directory, entry, person),
        absent_at=coming[0] if coming else None,
    )


def _delegate_of(directory: Directory, entry: OutOfOffice | None, person: str | None) -> str | None:
    delegate = entry.delegate if entry else None
    return delegate if delegate and delegate != person and directory.knows(delegate) else None


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
