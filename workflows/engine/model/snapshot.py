"""Everything that a ticket remembers between two steps, as frozen values.

Times are UTC seconds since the epoch (``int``), so that arithmetic is exact and a replay can't differ. Field values are
JSON values; a datetime is RFC 3339 text in UTC with whole seconds, a date is ``YYYY-MM-DD``, a duration is as written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.people.directory import ServiceFacts
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.automation import Family, Parent, RunState
from workflows.engine.model.clock import Clock
from workflows.engine.model.notices import Notify
from workflows.engine.model.problem import Problem
from workflows.engine.model.task import TaskState


@dataclass(frozen=True, slots=True)
class Visit:
    """The ``number``-th stay in a state, since ``entered``."""

    number: int
    entered: Instant
    cause: str = ""
    """What led here: ``submit by alice``, ``task do by alice``, ``approved``, ``after``."""


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
