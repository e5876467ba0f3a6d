"""The events that a ticket can get: one closed union of frozen values.

``kind`` names an event in expressions (``event.name``), in causes, and in the envelope in which it reaches the ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from definitions.people.directory import Actor, AskedPerson, ServiceFacts
from definitions.pinned import Pinned
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.automation import Parent, Place
from workflows.engine.model.availability import Absence, OrganizationChanged, PeopleChecked
from workflows.engine.model.problem import ProblemCode
from workflows.engine.model.quick_init import quick_init


@dataclass(frozen=True, slots=True)
class Open:
    """Opens a ticket. ``services`` holds the facts of the services that ``fields`` and defaults name."""

    kind: ClassVar[str] = "open"
    key: str
    actor: Actor
    fields: Mapping[str, Json] = field(default_factory=dict)
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    parent: Parent | None = None
    """The ticket whose process starts this ticket."""
    declared: bool = False
    """A trigger or a schedule of the process itself opens the ticket, so ``may.open`` does not apply."""
    organization: str = ""
    """The digest of the organization in which the ticket opens. Without it the holders of tasks are not looked up."""
    at: Instant | None = None
    """The moment at which the opening was tried out, UTC seconds.

    The ticket opens at this moment, however late its workflow begins: an opening that was taken once is never refused.
    None in openings of earlier versions, which are judged when the workflow begins.
    """
    hops: int = 0
    """The links of the chain of events and starts that has led here; 0 where a person or an older build began it."""
    chain: str = ""
    """The id of that chain; empty where no chain has led here."""


@dataclass(frozen=True, slots=True)
class Send:
    """An event from a person, a machine or the engine, with the values of its form."""

    kind: ClassVar[str] = "send"
    name: str
    actor: Actor
    fields: Mapping[str, Json] = field(default_factory=dict)
    """The values of the form, which may include ``comment`` and ``assignee``."""
    data: Json = None
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    sender: str | None = None
    """The ticket that sent the event: ``event.ticket``."""
    sender_state: str | None = None
    """The state in which that ticket has ended: ``event.state``."""
    hops: int = 0
    """The links of the chain of events and starts that has led here; 0 where a person or an older build began it."""
    chain: str = ""
    """The id of that chain; empty where no chain has led here."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Writes all the fields or none. ``null`` clears a field."""

    kind: ClassVar[str] = "edit"
    actor: Actor
    fields: Mapping[str, Json]
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment. A comment that is not internal is also the event ``comment``."""

    kind: ClassVar[str] = "comment"
    actor: Actor
    text: str
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """A decision on an open request of the actor.

    ``state`` is needed where the actor has several open requests, or has opened this one by a vote. ``visit``,
    ``round`` and ``stage`` name the request that the actor has read: another request is refused as ``stale``.
    """

    kind: ClassVar[str] = "vote"
    actor: Actor
    decision: Literal["approve", "reject"]
    comment: str | None = None
    state: str | None = None
    visit: int | None = None
    round: int | None = None
    stage: str | int | None = None
    """The id of the stage, or its number; 0 is the first. Needed where the actor has voted in an earlier stage."""


@dataclass(frozen=True, slots=True)
class Delegate:
    """The holder of an open request hands it to another person."""

    kind: ClassVar[str] = "delegate"
    actor: Actor
    to: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A member of the team or role that the ticket is assigned to takes it."""

    kind: ClassVar[str] = "claim"
    actor: Actor


@dataclass(frozen=True, slots=True)
class UpdateTask:
    """Ticks items of an open task, and completes or fails it; ``fields`` are the values of its form."""

    kind: ClassVar[str] = "task"
    actor: Actor
    task: str
    result: Literal["done", "failed"] | None = None
    checked: tuple[str, ...] = ()
    fields: Mapping[str, Json] = field(default_factory=dict)
    comment: str | None = None
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """A member of the team or role that a task is assigned to takes it."""

    kind: ClassVar[str] = "claim_task"
    actor: Actor
    task: str


@dataclass(frozen=True, slots=True)
class Correct:
    """States the true time of a revision, by which service levels are judged."""

    kind: ClassVar[str] = "correct"
    actor: Actor
    step: int
    """The revision, as the timeline names it."""
    at: int
    """The true time, UTC seconds."""
    comment: str
    """The reason; never blank."""


@dataclass(frozen=True, slots=True)
class Due:
    """Fires everything that is due at exactly ``now`` (see ``next_deadline``)."""

    kind: ClassVar[str] = "deadline"


@quick_init
@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to ``AskApprovers``: the people, each once, after exclusions and delegations."""

    kind: ClassVar[str] = "approvers"
    state: str
    visit: int
    round: int
    stage: int
    people: tuple[AskedPerson, ...]
    vetoers: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """Everybody that ``exclude`` expands to. They never vote, not even as delegates."""
    away: tuple[str, ...] = ()
    """The people among them who are out of office."""
    absences: tuple[Absence, ...] = ()
    """The next announced absence of each of them, the earliest first."""
    organization: str = ""
    """The digest of the organization that answered."""


@dataclass(frozen=True, slots=True)
class Known:
    """The answer to ``LookUpServices``: the facts of services, without services that the organization lacks."""

    kind: ClassVar[str] = "services"
    services: Mapping[str, ServiceFacts]


@dataclass(frozen=True, slots=True)
class Refresh:
    """Computes deadlines that were unknown: the definition has longer calendars now."""

    kind: ClassVar[str] = "calendars"


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """An effect could not be performed, so the ticket shows a problem."""

    kind: ClassVar[str] = "problem"
    code: ProblemCode
    text: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class CompleteRun:
    """Ends the automation of a state by hand, with its results or with the reason of its failure."""

    kind: ClassVar[str] = "complete_run"
    actor: Actor
    state: str
    saved: Mapping[str, Json] = field(default_factory=dict)
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """The answer to ``Automate``: the result, or the reason why all attempts failed."""

    kind: ClassVar[str] = "run_result"
    place: Place
    result: Json = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class CalledBack:
    """The other side of a request has called back, with the step's result or with the reason of its failure.

    The signature of the address authenticates the sender. This is the only answer that can be refused: a step may no
    longer wait for it.
    """

    kind: ClassVar[str] = "called_back"
    place: Place
    result: Json = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to ``StartTicket``: the key, or the reason why nothing was started."""

    kind: ClassVar[str] = "ticket_start"
    id: str
    key: str | None
    link: str | None = None
    place: Place | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """A child of a state has ended."""

    kind: ClassVar[str] = "child_end"
    place: Place
    key: str
    state: str
    failed: bool
    reason: str | None = None
    """Why the child failed, where the child states it; shown on the parent."""
    hops: int = 0
    """The links of the chain of events and starts that has led here; 0 where a person or an older build began it."""
    chain: str = ""
    """The id of that chain; empty where no chain has led here."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Another ticket refused an event that was sent to it, or could not be reached."""

    kind: ClassVar[str] = "event_refusal"
    to: str
    event: str
    reason: str
    cancel_of: Place | None = None


@dataclass(frozen=True, slots=True)
class Renames:
    """The new ids for old ids in a migration; every other state, field and option keeps its id."""

    states: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the old id of the field: the new option for each old option."""

    def __bool__(self) -> bool:
        return bool(self.states or self.fields or self.options)


@dataclass(frozen=True, slots=True)
class Migrate:
    """Moves the ticket to another definition, or to its own with other calendars (see ``workflows.engine.migration``).

    It is not in ``Event``, because a single definition can't handle it.
    """

    kind: ClassVar[str] = "migrate"
    actor: Actor
    to: Pinned
    """The target definition, compiled outside; the ticket's own digest where only the calendars change."""
    map: Mapping[str, str] = field(default_factory=dict)
    """The new state for each old state that it replaces."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The new field for each old field whose value it takes."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For old fields of type choice, the new option for each old option."""

    @classmethod
    def of(cls, actor: Actor, to: Pinned, renames: Renames) -> Migrate:
        return cls(actor, to, renames.states, renames.fields, renames.options)

    @property
    def renames(self) -> Renames:
        return Renames(self.map, self.fields, self.options)


FromPeople = Open | Send | Edit | Comment | Vote | Delegate | Claim | UpdateTask | ClaimTask | CompleteRun | Correct
FromEngine = (
    Due
    | Asked
    | PeopleChecked
    | OrganizationChanged
    | Known
    | Refresh
    | EffectFailed
    | Ran
    | CalledBack
    | Started
    | ChildEnded
    | NotTaken
)
Event = FromPeople | FromEngine
