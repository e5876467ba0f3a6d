"""Checks whether the people of a ticket are still available: the questions to the organization, and its answers.

Tickets, approvals and tasks wait for days. Meanwhile people leave teams, leave the organization or are out of office.
The ticket checks again when an announced absence begins, and when the organization has changed. The organization
answers with the current groups, and ``waiting.availability`` decides how approvals, tasks and the assignee follow them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Absence:
    """An announced absence of an approver, which begins at ``at`` (UTC seconds)."""

    person: str
    at: Instant
    delegate: str | None = None


@dataclass(frozen=True, slots=True)
class AskedOf:
    """The bound principals of a stage, by which its group is looked up again."""

    from_: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupInQuestion:
    """The open stage of an approval."""

    state: str
    visit: int
    round: int
    stage: int
    of: AskedOf
    excluded: tuple[str, ...] = ()
    """People excluded when the approval was requested; they stay excluded."""
    holders: tuple[str, ...] = ()
    """The holders of open requests."""


@dataclass(frozen=True, slots=True)
class TaskInQuestion:
    """An open task, with its assignee and the principal that its process names, both bound."""

    state: str
    visit: int
    task: str
    assignee: str
    principal: str


@dataclass(frozen=True, slots=True)
class AssigneeInQuestion:
    """The assignee of the ticket, and the principals that could get the ticket instead, in order; all bound."""

    assignee: str
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """What a ticket knows of the person to whom it is assigned."""

    assignee: str
    meant_for: str | None = None
    """The assignee, bound, whom this person stands in for."""
    instead: tuple[str, ...] = ()
    """The principals that get the ticket when this person leaves, bound, in order: the group that the ticket was
    assigned to before, the person's teams and manager."""
    absent_at: Instant | None = None
    """When the person's next announced absence begins, UTC seconds."""


@dataclass(frozen=True, slots=True)
class CheckPeople:
    """Check who is still available. ``PeopleChecked`` with the same ``number`` answers; an older answer is too late."""

    kind: ClassVar[str] = "check_people"
    number: int
    groups: tuple[GroupInQuestion, ...] = ()
    tasks: tuple[TaskInQuestion, ...] = ()
    assignee: AssigneeInQuestion | None = None
    named: tuple[str, ...] = ()
    """The ids of all people whom the ticket names: assignee, watchers, people in its fields."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a group, and the holder of their request: the member, or their delegate during an absence."""

    person: str
    holder: str


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group as it is now. Excluded people are only in ``excluded``."""

    state: str
    visit: int
    round: int
    stage: int
    members: tuple[Member, ...] = ()
    vetoers: tuple[Member, ...] = ()
    excluded: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Holders of requests whom the organization no longer has."""
    away: tuple[str, ...] = ()
    """The people among them who are out of office."""
    absences: tuple[Absence, ...] = ()
    """The next absence of each of them, the earliest first."""


@dataclass(frozen=True, slots=True)
class TaskNow:
    """The assignee of a task, as the organization has it now."""

    state: str
    visit: int
    task: str
    assignee: str
    """The assignee in the question."""
    there: bool = True
    """Whether the principal names any person."""
    resolved: str | None = None
    """The assignee that the task would get if it opened now; None where there is nobody."""
    by_service: bool = False
    """Whether ``resolved`` is the owner or the team of a service."""
    away: bool = False
    delegate: str | None = None
    absent_at: Instant | None = None
    """When the next announced absence of the assignee begins, where the assignee is a person."""


@dataclass(frozen=True, slots=True)
class AssigneeNow:
    """The assignee of the ticket, as the organization has it now."""

    assignee: str
    """The assignee in the question."""
    there: bool = True
    """Whether the principal names any person."""
    instead: str | None = None
    """The first principal of ``instead`` in the question that has people; None where none has."""
    home: tuple[str, ...] = ()
    """The teams and the manager of the assignee, bound, where the assignee is a person."""
    away: bool = False
    delegate: str | None = None
    absent_at: Instant | None = None
    """When the next announced absence of the assignee begins, where the assignee is a person."""


@dataclass(frozen=True, slots=True)
class PeopleChecked:
    """The answer to ``CheckPeople``."""

    kind: ClassVar[str] = "availability"
    number: int
    organization: str
    """The digest of the organization that answered."""
    groups: tuple[GroupNow, ...] = ()
    tasks: tuple[TaskNow, ...] = ()
    assignee: AssigneeNow | None = None
    gone: tuple[str, ...] = ()
    """The people in ``named`` of the question whom the organization no longer has."""


@dataclass(frozen=True, slots=True)
class OrganizationChanged:
    """The organization has changed and has this digest now: approvers and task holders may have left."""

    kind: ClassVar[str] = "organization"
    organization: str
