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
from workflows.engine.model.availability import Holding
from workflows.engine.model.chain_count import ChainCount
from workflows.engine.model.clock import Clock
from workflows.engine.model.notices import Notify
from workflows.engine.model.problem import TicketProblem
from workflows.engine.model.quick_init import quick_init
from workflows.engine.model.task import TaskState


@dataclass(frozen=True, slots=True)
class Visit:
    """The ``number``-th stay in a state, since ``entered``."""

    number: int
    entered: Instant
    cause: str = ""
    """The cause of the entry: ``submit by alice``, ``task do by alice``, ``approved``, ``after``."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One ``after`` of an active state: due ``at`` (None while unknown), once a visit."""

    state: str
    index: int
    at: Instant | None
    fired: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a block or of the states inside, or a due timed transition, until a transition takes it."""

    state: str
    name: str
    since: Instant
    timer: int | None = None
    """The index of the ``after`` of a timed transition."""
    of_states: bool = False
    """Whether the states inside have ended, rather than the waiting block of the state."""


@dataclass(frozen=True, slots=True)
class HeldNotice:
    """A notice that goes out ``at`` the next opening of its calendar."""

    at: Instant
    notice: Notify


@dataclass(frozen=True, slots=True)
class Correction:
    """The true time of a revision, by which service levels are judged."""

    step: int
    """The corrected revision."""
    recorded: Instant
    """When the revision was recorded. The timeline keeps this time."""
    effective: Instant
    """When it really happened."""
    by: str
    at: Instant
    """When it was corrected."""
    revision: int
    """The revision of the correction."""
    comment: str


@quick_init
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
    """Active states, including compound states, in document order."""
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Written and computed fields with a value; an absent field is null."""
    assignee: str | None = None
    """A bound principal: ``person:alice``, ``team:desk``, ``role:x``."""
    watchers: tuple[str, ...] = ()
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    visits: Mapping[str, Visit] = field(default_factory=dict)
    """The last visit to each state that the ticket has ever entered."""
    timers: tuple[Timer, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    """Outcomes that are due and not taken yet. They are re-evaluated after every step."""
    approvals: Mapping[str, ApprovalState] = field(default_factory=dict)
    """The last approval of each state."""
    tasks: Mapping[str, tuple[TaskState, ...]] = field(default_factory=dict)
    """The tasks of the last visit to each state with tasks."""
    runs: Mapping[str, RunState] = field(default_factory=dict)
    """The automation of the last visit to each state with a run."""
    families: Mapping[str, Family] = field(default_factory=dict)
    """The children of the last visit to each state with children."""
    parent: Parent | None = None
    clocks: Mapping[str, Clock] = field(default_factory=dict)
    """Service levels that have started."""
    corrections: tuple[Correction, ...] = ()
    """The newest correction of each revision, in the order of the revisions. The timeline has all corrections."""
    held: tuple[HeldNotice, ...] = ()
    """Notices that wait for the opening of a ``quiet`` calendar."""
    problems: tuple[TicketProblem, ...] = ()
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    organization: str = ""
    """The digest of the organization by which approvers and task holders were last looked up; empty in tickets of older
    builds until the first look-up."""
    checks: int = 0
    """The number of checks of approvers and task holders so far."""
    hops: int = 0
    """The links of the chain of events and starts that has led to the last step."""
    chain: str = ""
    """The id of that chain: the ticket and the revision with which it began, ``INC-7:4``."""
    chains: tuple[ChainCount, ...] = ()
    """The chains whose events the ticket has taken in the last hour."""
    holding: Holding | None = None
    """What the ticket knows of its assignee, where that is a person. None in runs of older interpreters."""
    named: tuple[str, ...] = ()
    """The assignee, watchers and people in fields, bound: changes of the organization concern a ticket that names
    somebody. Empty in runs of older interpreters, which check approvers and task holders alone."""
    ended_at: Instant | None = None
    failed: bool = False
    """Whether the ticket ended in ``final: failed``."""
