"""Everything that a ticket remembers between two steps, as frozen values.

Times are UTC seconds since the epoch (``int``), so that arithmetic is exact and a replay can't differ. Field values are
JSON values; a datetime is RFC 3339 text in UTC with whole seconds, a date is ``YYYY-MM-DD``, a duration is as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json
from workflows.engine.automation import Family, Parent, RunState
from workflows.engine.clock import Clock
from workflows.engine.notices import Notify
from workflows.engine.presence import Absence, AskedOf

Instant = int
"""UTC seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What the organization says of a service: an activity's or the edge's answer, kept in history."""

    title: str = ""
    owner: str | None = None
    team: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """The ``number``-th stay in a state, since ``entered``."""

    number: int
    entered: Instant
    cause: str = ""
    """What led here: ``submit by alice``, ``approved``, ``after``."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One ``after`` of an active state: due ``at`` (None while unknown), once a visit."""

    state: str
    index: int
    at: Instant | None
    fired: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a waiting block, or a timed transition that is due, until a transition is chosen for it."""

    state: str
    name: str
    since: Instant
    timer: int | None = None
    """The index of the ``after`` where this is a timed transition."""


@dataclass(frozen=True, slots=True)
class Request:
    """One person's open or answered request to approve. ``asked_for`` is whom a delegate stands in for."""

    person: str
    asked_for: str | None = None
    veto_only: bool = False
    """Asked for their veto alone: an approval of theirs does not count."""
    vote: Literal["approve", "reject"] | None = None
    comment: str | None = None
    voted_at: Instant | None = None
    why: Literal["delegated", "out_of_office", "joined"] | None = None
    """Why this person holds it: by hand, in place of somebody away, or because a place had become vacant."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage that is over."""

    stage: int
    outcome: Literal["approved", "rejected", "skipped"]
    requests: tuple[Request, ...] = ()
    required: int = 0


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """The approval block of one visit to a state. ``round`` grows with every reset; votes of older rounds are void."""

    visit: int
    round: int
    stage: int
    """The index of the stage that is asked now."""
    opened: Instant
    """The start of ``within`` and ``remind``: entry, or the last reset."""
    asked: bool = False
    """False while the answer to who is asked is still on its way."""
    requests: tuple[Request, ...] = ()
    vetoers: tuple[str, ...] = ()
    """Who of those asked holds a veto, be they approvers or not."""
    excluded: tuple[str, ...] = ()
    """Who never votes in this stage, not even as a delegate."""
    required: int = 0
    passed: tuple[StageResult, ...] = ()
    expires: Instant | None = None
    remind_at: Instant | None = None
    outcome: Literal["approved", "rejected", "expired"] | None = None
    reason: str | None = None
    vacant: int = 0
    """Places of those who were asked and have left: they keep the number as it was counted."""
    of: AskedOf | None = None
    """Whom it was asked of, so that the group can be looked up again."""
    absences: tuple[Absence, ...] = ()
    """Announced by those who are asked: as soon as one begins, the group is looked up again."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task of one visit to a state."""

    id: str
    visit: int
    status: Literal["waiting", "open", "done", "failed", "skipped", "withdrawn"] = "waiting"
    assignee: str | None = None
    """A bound principal."""
    opened: Instant | None = None
    due: Instant | None = None
    reminded: bool = False
    checked: tuple[str, ...] = ()
    """Items of the checklist that are ticked."""
    ended: Instant | None = None
    by: str | None = None
    comment: str | None = None
    meant_for: str | None = None
    """Whom it was assigned to before it moved to somebody who stands in: a bound principal."""
    absent_at: Instant | None = None
    """When an announced absence of the assignee begins."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person must look at: shown on the ticket, never thrown away."""

    at: Instant
    code: str
    text: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that is told ``at`` its calendar's next opening, not before."""

    at: Instant
    notice: Notify


@dataclass(frozen=True, slots=True)
class Correction:
    """A step has really happened at another time: service levels are judged by that one."""

    step: int
    """The revision of the step."""
    recorded: Instant
    """When it was taken, which the timeline goes on to say."""
    effective: Instant
    """When it has really happened."""
    by: str
    at: Instant
    """When it was corrected."""
    revision: int
    """The step that corrected it."""
    comment: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One ticket between two steps."""

    key: str
    process: str
    revision: int
    at: Instant
    """The time of the step that made this snapshot."""
    opened_at: Instant
    opener: str
    configuration: tuple[str, ...] = ()
    """Active states, compound ones too, in document order."""
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Written fields with a value, and computed ones; an absent field is null."""
    assignee: str | None = None
    """A bound principal: ``person:alice``, ``team:desk``, ``role:x``."""
    watchers: tuple[str, ...] = ()
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    visits: Mapping[str, Visit] = field(default_factory=dict)
    """The last visit to each state that was ever entered."""
    timers: tuple[Timer, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    """Due, and not taken yet: looked at again after every step."""
    approvals: Mapping[str, ApprovalState] = field(default_factory=dict)
    """The last approval of each state."""
    tasks: Mapping[str, tuple[TaskState, ...]] = field(default_factory=dict)
    """The tasks of the last visit to each state that has some."""
    runs: Mapping[str, RunState] = field(default_factory=dict)
    """The automation of the last visit to each state that has some."""
    families: Mapping[str, Family] = field(default_factory=dict)
    """The children of the last visit to each state that has some."""
    parent: Parent | None = None
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    """Service levels that have started."""
    corrections: tuple[Correction, ...] = ()
    """The newest one of each step that was corrected, in the order of the steps; the timeline has all of them."""
    held: tuple[Held, ...] = ()
    """Notices that wait for the opening of a ``quiet`` calendar."""
    problems: tuple[Problem, ...] = ()
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    organization: str = ""
    """The digest of the organization by which those that the ticket waits for were last looked up; empty in tickets of
    older builds until that has happened once."""
    checks: int = 0
    """How often it was asked who is still there."""
    ended_at: Instant | None = None
    failed: bool = False
    """Ended in ``final: failed``."""
