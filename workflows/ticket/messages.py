"""What goes into a ticket's workflow and what comes out: one model a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from temporalio.exceptions import ApplicationError

from definitions.people.directory import Actor
from definitions.pinned import Pinned
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.automation import Parent
from workflows.engine.model.events import (
    CalledBack,
    Claim,
    ClaimTask,
    Comment,
    CompleteRun,
    Correct,
    Delegate,
    Edit,
    Migrate,
    Open,
    Send,
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.clock import SERVER_CLOCK, Clock
from workflows.ticket.names import INTERPRETER, REFUSED

HISTORY_BOUND = 3_000
"""Events of a run after which a ticket continues as new, should Temporal not have suggested it before."""

Sent = Send | Edit | Comment | Vote | Delegate | Claim | UpdateTask | ClaimTask | CompleteRun | CalledBack | Correct
"""What may come from outside; everything else is the engine's own."""

Kind = Literal[
    "send", "edit", "comment", "vote", "delegate", "claim", "task", "claim_task", "complete_run", "called_back",
    "correct", "migrate",
]  # fmt: skip
KINDS: Mapping[Kind, type[Sent | Migrate]] = {
    "send": Send,
    "edit": Edit,
    "comment": Comment,
    "vote": Vote,
    "delegate": Delegate,
    "claim": Claim,
    "task": UpdateTask,
    "claim_task": ClaimTask,
    "complete_run": CompleteRun,
    "called_back": CalledBack,
    "correct": Correct,
    "migrate": Migrate,
}


@dataclass(frozen=True, slots=True)
class AnswerTo:
    """The ticket that has sent an event, and the name by which it knows its message."""

    ticket: str
    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an event that a ticket has sent to another one."""

    id: str
    refused: str | None = None
    """Why it was not taken."""


@dataclass(frozen=True, slots=True)
class EventEnvelope:
    """An event on its way to a ticket.

    As an update, its update id is the idempotency key. A signal has no id of its own: it carries one in ``key``.
    """

    kind: Kind
    body: Mapping[str, Json]
    """The fields of the event of this kind, the actor among them."""
    expected_revision: int | None = None
    """Refused as ``stale`` unless the ticket is at this revision (If-Match)."""
    request_hash: str = ""
    """A digest of what was asked for, by which a reused key is told from a repeated request."""
    key: str | None = None
    note_refusal: bool = False
    """The sender can't act on a refusal: the timeline tells it, and the answer has it in ``refused``."""
    answer_to: AnswerTo | None = None
    """Set where another ticket has sent it."""

    @classmethod
    def of(
        cls,
        event: Sent | Migrate,
        *,
        expected_revision: int | None = None,
        request_hash: str = "",
        key: str | None = None,
        note_refusal: bool = False,
        answer_to: AnswerTo | None = None,
    ) -> EventEnvelope:
        """Put an event into its envelope."""
        kind = next(kind for kind, model in KINDS.items() if isinstance(event, model))
        body = {each.name: getattr(event, each.name) for each in fields(event)}
        return cls(kind, body, expected_revision, request_hash, key, note_refusal, answer_to)


@dataclass(frozen=True, slots=True)
class EventResult:
    """What an event made of the ticket; small, since the last few hundred are kept to answer repeated requests."""

    key: str
    revision: int
    at: Instant
    states: tuple[str, ...]
    """Active states, compound ones too, in document order."""
    assignee: str | None
    ended_at: Instant | None
    failed: bool
    request_hash: str
    """Of the request that this answers: another one under the same key must not take it for its own answer."""
    refused: str | None = None
    """The code of a refusal that the timeline tells; then the event has changed nothing."""
    reason: str = ""
    """Why it was refused, for people."""


@dataclass(frozen=True, slots=True)
class HandledKey:
    """An idempotency key that has been used, and what was answered."""

    key: str
    result: EventResult


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run hands to the next one when it continues as new."""

    snapshot: Snapshot
    handled: tuple[HandledKey, ...] = ()
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class TicketInput:
    """The argument of a ticket's workflow: ``opening`` for the first run, ``carried`` for every later one."""

    pinned: Pinned
    opening: Open | None = None
    carried: Carried | None = None
    interpreter: int = INTERPRETER
    history_bound: int = HISTORY_BOUND
    clock: Clock = SERVER_CLOCK
    """Another one than the server's for scenarios only: see ``Clock``."""
    alone: bool = False
    """For scenarios only: nothing is done beyond the ticket."""


@dataclass(frozen=True, slots=True)
class WorkflowInput:
    """The argument of a workflow written in Python that a ticket starts as its child.

    It owes its parent what a ticket owes: the signal ``child_ended`` when it ends, and an ear for the event ``cancel``.
    """

    key: str
    """Its workflow id is made of this, as a ticket's is."""
    fields: Mapping[str, Json]
    parent: Parent


@dataclass(frozen=True, slots=True)
class TicketResult:
    """How a ticket ended."""

    key: str
    revision: int
    states: tuple[str, ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class TicketView:
    """The whole of a ticket, for those who look at it."""

    snapshot: Snapshot
    digest: str
    """Of the definition that it runs on."""
    calendar: str
    next_deadline: Instant | None
    interpreter: int
    unrecorded: int
    """Steps that the records store does not have yet."""
    history_length: int


@dataclass(frozen=True, slots=True)
class Carries:
    """A ticket with what it runs on: for those who want to know what a migration would make of it."""

    snapshot: Snapshot
    pinned: Pinned


@dataclass(frozen=True, slots=True)
class ExplainQuestion:
    """Who asks why the ticket is where it is, and when: a waiting ticket's own clock stands still."""

    actor: Actor
    now: Instant | None = None


@dataclass(frozen=True, slots=True)
class RefusalDetails:
    """A refusal as it crosses to the edge, with the revision it was judged on."""

    code: str
    reason: str
    fields: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    revision: int = 0
    states: tuple[str, ...] = field(default=())


def refusal_error(refusal: Refusal, revision: int, states: tuple[str, ...]) -> ApplicationError:
    """The error by which a ticket refuses an event, or its own opening."""
    details = RefusalDetails(refusal.code, refusal.reason, refusal.fields, refusal.allowed, revision, states)
    return ApplicationError(refusal.reason, details, type=REFUSED + refusal.code, non_retryable=True)


def refusal_in(cause: BaseException | None) -> Refusal:
    """The refusal that a failed update or opening carries.

    Raises the cause itself where it carries none, RuntimeError where there is no cause.
    """
    if not isinstance(cause, ApplicationError) or not (cause.type or "").startswith(REFUSED):
        raise cause or RuntimeError("the ticket failed, and gave no cause")
    details: dict[str, Any] = cause.details[0] if cause.details else {}
    code: Any = (cause.type or "").removeprefix(REFUSED)  # of the closed set: the core made it
    return Refusal(
        code, str(details.get("reason", "")), tuple(details.get("fields", ())), tuple(details.get("allowed", ()))
    )
