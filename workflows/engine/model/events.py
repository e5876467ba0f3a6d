"""What can happen to a ticket: one closed union of frozen values.

``kind`` names an event in expressions (``event.name``), in causes, and in the envelope in which it reaches the ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from definitions.people.directory import Actor, AskedPerson, ServiceFacts
from definitions.pinned import Pinned
from definitions.schema.model import Json
from workflows.engine.model.automation import Parent, Place
from workflows.engine.model.availability import Absence, OrganizationChanged, PeopleChecked
from workflows.engine.model.problem import ProblemCode


@dataclass(frozen=True, slots=True)
class Open:
    """Opens a ticket. ``services`` are the facts of the services named in ``fields`` and defaults."""

    kind: ClassVar[str] = "open"
    key: str
    actor: Actor
    fields: Mapping[str, Json] = field(default_factory=dict)
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    parent: Parent | None = None
    """The ticket whose process starts this one."""
    declared: bool = False
    """A trigger or a schedule of the process itself opens it: ``may.open`` is not asked."""
    organization: str = ""
    """The digest of the organization that it is opened in; with none, who holds a task is not looked up."""


@dataclass(frozen=True, slots=True)
class Send:
    """An event from a person, a machine or the engine, with the values of its form."""

    kind: ClassVar[str] = "send"
    name: str
    actor: Actor
    fields: Mapping[str, Json] = field(default_factory=dict)
    """The form's values; ``comment`` and ``assignee`` may be among them."""
    data: Json = None
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    sender: str | None = None
    """The ticket that has sent it: ``event.ticket``."""
    sender_state: str | None = None
    """The state in which that ticket has ended: ``event.state``."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Writes fields; all or nothing. ``null`` clears."""

    kind: ClassVar[str] = "edit"
    actor: Actor
    fields: Mapping[str, Json]
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; unless internal it is also the event ``comment``."""

    kind: ClassVar[str] = "comment"
    actor: Actor
    text: str
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """A decision on an open request; ``state`` only where several approvals are open at once."""

    kind: ClassVar[str] = "vote"
    actor: Actor
    decision: Literal["approve", "reject"]
    comment: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Delegate:
    """The holder of an open request hands it to somebody else."""

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
    """A step has really happened at another time: service levels are judged by it."""

    kind: ClassVar[str] = "correct"
    actor: Actor
    step: int
    """The revision of the step, as the timeline names it."""
    at: int
    """The true time, UTC seconds."""
    comment: str
    """Why; never blank."""


@dataclass(frozen=True, slots=True)
class Due:
    """Time has come: fires what is due at exactly ``now`` (see ``next_deadline``)."""

    kind: ClassVar[str] = "deadline"


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to ``AskApprovers``: people, each once, exclusions and delegations applied."""

    kind: ClassVar[str] = "approvers"
    state: str
    visit: int
    round: int
    stage: int
    people: tuple[AskedPerson, ...]
    vetoers: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """Everyone that ``exclude`` expands to: they never vote, not even as delegates."""
    away: tuple[str, ...] = ()
    """Who of those asked is out of office."""
    absences: tuple[Absence, ...] = ()
    """The next announced absence of each of them, those that begin first."""
    organization: str = ""
    """The digest of the organization that answered."""


@dataclass(frozen=True, slots=True)
class Known:
    """The answer to ``LookUpServices``: facts of services; a service that is gone is absent."""

    kind: ClassVar[str] = "services"
    services: Mapping[str, ServiceFacts]


@dataclass(frozen=True, slots=True)
class Refresh:
    """The definition argument has longer calendars now: deadlines that were unknown are computed."""

    kind: ClassVar[str] = "calendars"


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """An effect could not be performed: the ticket shows a problem."""

    kind: ClassVar[str] = "problem"
    code: ProblemCode
    text: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class CompleteRun:
    """Ends the automation of a state in its place: with results, or with the reason why it failed."""

    kind: ClassVar[str] = "complete_run"
    actor: Actor
    state: str
    saved: Mapping[str, Json] = field(default_factory=dict)
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """The answer to ``Automate``: its result, or why it failed after all attempts."""

    kind: ClassVar[str] = "run_result"
    place: Place
    result: Json = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class CalledBack:
    """The other side of a request has called back: with the step's result, or with the reason why it failed.

    Whoever could sign the address has sent it. The only answer that can be refused: where nothing waits for it.
    """

    kind: ClassVar[str] = "called_back"
    place: Place
    result: Json = None
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to ``StartTicket``: the key, or why nothing was started."""

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
    """Why it has failed, where the child says so: shown on the parent."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Another ticket refused an event that was sent to it, or could not be reached."""

    kind: ClassVar[str] = "event_refusal"
    to: str
    event: str
    reason: str
    cancel_of: Place | None = None


@dataclass(frozen=True, slots=True)
class Migrate:
    """Moves the ticket to another definition, or to its own with other calendars: see ``workflows.engine.migration``.

    Not one of ``Event``: no definition alone could handle it.
    """

    kind: ClassVar[str] = "migrate"
    actor: Actor
    to: Pinned
    """Compiled outside; of the ticket's own digest where only its calendars are taken anew."""
    map: Mapping[str, str] = field(default_factory=dict)
    """Which new state takes the place of which old one."""


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
