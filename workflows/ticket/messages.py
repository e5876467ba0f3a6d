"""Messages to and from a ticket's workflow: arguments, updates, signals, queries and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, get_args

from pydantic import AfterValidator
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
from workflows.engine.model.interpreter import INTERPRETER
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.clock import SERVER_CLOCK, TicketClock
from workflows.ticket.names import REFUSED

HISTORY_BOUND = 3_000
"""Events of a run after which a ticket continues as new, should Temporal not have suggested it before."""

Sent = Send | Edit | Comment | Vote | Delegate | Claim | UpdateTask | ClaimTask | CompleteRun | CalledBack | Correct
"""Events from outside; all other events are the engine's own."""

KINDS: Mapping[str, type[Sent | Migrate]] = {event.kind: event for event in (*get_args(Sent), Migrate)}
"""What may come in an envelope, by its kind."""


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of event")
    return kind


Kind = Annotated[str, AfterValidator(_known)]


@dataclass(frozen=True, slots=True)
class AnswerTo:
    """The ticket that has sent an event, and the id of its message."""

    ticket: str
    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an event that one ticket has sent to another."""

    id: str
    refused: str | None = None
    """The reason of the refusal; None where the event was taken."""


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
    """A digest of the request, which tells a reused key from a repeated request."""
    key: str | None = None
    note_refusal: bool = False
    """The sender can't act on a refusal: the timeline shows it, and the result carries it in ``refused``."""
    answer_to: AnswerTo | None = None
    """Set where another ticket has sent it."""
    generated_key: bool = False
    """The edge has made the idempotency key: its sender can repeat the request only after an answer that names it."""
    at: Instant | None = None
    """UTC seconds. The moment at which a first event was tried out, together with the opening of its ticket."""

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
        generated_key: bool = False,
        at: Instant | None = None,
    ) -> EventEnvelope:
        """Put an event into its envelope."""
        body = {each.name: getattr(event, each.name) for each in fields(event)}
        return cls(event.kind, body, expected_revision, request_hash, key, note_refusal, answer_to, generated_key, at)


@dataclass(frozen=True, slots=True)
class Decided:
    """The approval request that a vote has decided."""

    state: str
    title: str
    decision: str
    """``approve`` or ``reject``."""
    visit: int
    round: int
    stage: str | int | None = None


@dataclass(frozen=True, slots=True)
class EventResult:
    """The ticket after an event; small, for the newest few hundred are kept to answer repeated requests."""

    key: str
    revision: int
    at: Instant
    states: tuple[str, ...]
    """Active states, compound ones too, in document order."""
    assignee: str | None
    ended_at: Instant | None
    failed: bool
    request_hash: str
    """The hash of the request that this answers; another request under the same key must not get this answer."""
    refused: str | None = None
    """The code of a refusal that the timeline shows; the event has changed nothing else."""
    reason: str = ""
    """The reason of the refusal, for people."""
    decided: Decided | None = None
    """Set where the event was a vote."""


@dataclass(frozen=True, slots=True)
class HandledKey:
    """A used idempotency key with its answer."""

    key: str
    result: EventResult
    generated: bool = False
    """The edge has made the key, for a request without one."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run hands to the next run at continue-as-new."""

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
    clock: TicketClock = SERVER_CLOCK
    """Virtual for scenarios only: see ``TicketClock``."""
    alone: bool = False
    """For scenarios only: the ticket reaches no other ticket and no other system."""


@dataclass(frozen=True, slots=True)
class WorkflowInput:
    """The argument of a workflow written in Python that a ticket starts as its child.

    It owes its parent what a ticket owes: the signal ``child_ended`` at its end, and a handler for ``cancel``.
    """

    key: str
    """Its workflow id is made from this key, as a ticket's is."""
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
    """The ticket, as queries return it."""

    snapshot: Snapshot
    digest: str
    """Of the definition that it runs on."""
    calendar: str
    next_deadline: Instant | None
    interpreter: int
    unrecorded: int
    """Steps that are not on record yet."""
    history_length: int


@dataclass(frozen=True, slots=True)
class Carries:
    """A ticket with its definition and calendars, for the preview of a migration."""

    snapshot: Snapshot
    pinned: Pinned


@dataclass(frozen=True, slots=True)
class ExplainQuestion:
    """The argument of the query ``explain``: the actor, and the time; the clock of a waiting workflow stands still."""

    actor: Actor
    now: Instant | None = None


@dataclass(frozen=True, slots=True)
class RefusalDetails:
    """A refusal on its way to the edge, with the revision on which the event was judged."""

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
