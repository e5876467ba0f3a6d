"""Who is still there of those that a ticket waits for: what is asked of the organization, and what it answers.

Approvals and tasks wait for days, and meanwhile people leave teams, leave altogether or are out of office. The ticket
asks again when an absence that was announced begins, and when the organization has changed; the organization says how
the groups stand, and the core (``checking``) says what that means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Absence:
    """An announced absence of somebody who is asked: it begins at ``at`` (UTC seconds)."""

    person: str
    at: Instant
    delegate: str | None = None


@dataclass(frozen=True, slots=True)
class AskedOf:
    """The bound principals that a stage was asked of: what its group is looked up by again."""

    from_: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupInQuestion:
    """The stage of an approval that waits."""

    state: str
    visit: int
    round: int
    stage: int
    of: AskedOf
    excluded: tuple[str, ...] = ()
    """Who was excluded when it was asked, and stays so."""
    holders: tuple[str, ...] = ()
    """Who holds a request that is open."""


@dataclass(frozen=True, slots=True)
class TaskInQuestion:
    """A task that is open: whose it is, and whom its process names (both bound)."""

    state: str
    visit: int
    task: str
    assignee: str
    principal: str


@dataclass(frozen=True, slots=True)
class CheckPeople:
    """Who is still there? Answered by ``PeopleChecked`` of the same ``number``; an older answer comes too late."""

    kind: ClassVar[str] = "check_people"
    number: int
    groups: tuple[GroupInQuestion, ...] = ()
    tasks: tuple[TaskInQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One of a group, and who holds what is meant for them: themselves, or their delegate while they are away."""

    person: str
    holder: str


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group as it is now; who is excluded is in none of its lists but that one."""

    state: str
    visit: int
    round: int
    stage: int
    members: tuple[Member, ...] = ()
    vetoers: tuple[Member, ...] = ()
    excluded: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Holders of requests whom the organization does not have any more."""
    away: tuple[str, ...] = ()
    """Of all these people, who is out of office."""
    absences: tuple[Absence, ...] = ()
    """The next one of each of them, those that begin first."""


@dataclass(frozen=True, slots=True)
class TaskNow:
    """The holder of a task as they are now."""

    state: str
    visit: int
    task: str
    assignee: str
    """As it was asked about."""
    there: bool = True
    """Whether there is anybody who is this principal."""
    resolved: str | None = None
    """Whose the task would be if it opened now, where there is somebody."""
    by_service: bool = False
    """Whether that is the owner or the team of a service."""
    away: bool = False
    delegate: str | None = None
    absent_at: Instant | None = None
    """When the next announced absence of a person begins."""


@dataclass(frozen=True, slots=True)
class PeopleChecked:
    """The answer to ``CheckPeople``."""

    kind: ClassVar[str] = "availability"
    number: int
    organization: str
    """The digest of the organization that answered."""
    groups: tuple[GroupNow, ...] = ()
    tasks: tuple[TaskNow, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganizationChanged:
    """The organization is another one now, of this digest: who is waited for may have left."""

    kind: ClassVar[str] = "organization"
    organization: str
