"""The contracts of workflows and activities: one input and one result for each activity.

They hold frozen values of the engine and plain dataclasses alone, so that workflow code may import them in Temporal's
sandbox. They travel as JSON (``workflows.ticket.converter``). A new field needs a default: histories keep old inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from definitions.pinned import Pinned
from definitions.schema.model import Json
from definitions.schema.process import Process
from definitions.times import Instant
from workflows.engine.model.automation import CallAction, HttpRequest, Parent, Place, SendEvent, StartTicket
from workflows.engine.model.availability import PeopleChecked
from workflows.engine.model.effects import AskApprovers, CheckPeople, LookUpServices, Notify
from workflows.engine.model.events import Asked, Known, Open, Started
from workflows.engine.model.result import AuditEntry
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.recorded_runs import RecordedRun

RECORD = "record"
ASK_APPROVERS = "ask_approvers"
CHECK_PEOPLE = "check_people"
LOOK_UP_SERVICES = "look_up_services"
EXTEND_CALENDARS = "extend_calendars"
DELIVER = "deliver"
OPEN_TICKET = "open_ticket"
PLAN_SCHEDULE = "plan_schedule"
AUTOMATE = "automate"
OPEN_WORKFLOW = "open_workflow"
KeyUse = Literal["free", "same", "another"]
"""Whether a workflow of a ticket's key was begun by no start, by the start in question, or by another start."""
FIND_LINKED = "find_linked"
BEYOND = "beyond"
"""For scenarios alone, which answer in place of all other tickets."""

TITLE_FIELDS = ("summary", "title_line")
"""The fields that say in one line what a ticket is about, by the names that all processes share."""


def hides_title(process: Process) -> bool:
    """Whether not everybody who sees a ticket of the process may see its title; lists then show its key."""
    fields = process.fields
    return any(name in fields and fields[name].see is not None for name in TITLE_FIELDS)


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One macrostep with its timeline entries and notifications."""

    revision: int
    audit: tuple[AuditEntry, ...] = ()
    notices: tuple[Notify, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The answer to the sender of an event, under its idempotency key."""

    key: str
    revision: int
    """The revision of the ticket after the event."""
    request_hash: str
    answer: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Macrosteps of one ticket in order, and the ticket after the last of them."""

    process: str
    digest: str
    """The content digest of the compiled definition that made these steps."""
    snapshot: Snapshot
    state: tuple[str, ...]
    """The ids of the active leaves, in document order."""
    see: tuple[str, ...] = ()
    """Bound principals who may see the ticket: ``person:alice``, ``team:cab``, ``owner:email``, ``everyone`` …"""
    steps: tuple[RecordedStep, ...] = ()
    tasks: tuple[tuple[str, str, str], ...] = ()
    """(state, task, title) of the tasks that the snapshot has."""
    links: tuple[tuple[str, str], ...] = ()
    """(name of a field of type ticket, key that it points to)."""
    runs: tuple[RecordedRun, ...] = ()
    """Runs of service levels that have changed since the batch before."""
    calendars: str | None = None
    """The packed calendars of the ticket; None where they are on record already, or no service level needs them."""
    definition: str | None = None
    """The packed definition of ``digest``; None where it is on record already."""
    title: str | None = None
    """The title for everybody who may see the ticket; None where the summary is the title."""
    workflow_task: str = ""
    """The workflow task that writes the batch, as text that sorts in the order of tasks; empty outside a workflow."""
    answers: tuple[RecordedAnswer, ...] = ()
    """The answers to the events of these steps."""

    @property
    def key(self) -> str:
        return self.snapshot.key


@dataclass(frozen=True, slots=True)
class Notified:
    """The people that one notify effect has reached, each once, in the order of its principals."""

    effect: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordResult:
    """The state of the records after these steps; the same however often they were recorded."""

    notified: tuple[Notified, ...] = ()
    to_deliver: tuple[str, ...] = ()
    """Ids of notifications that a channel must still deliver; empty where only the outbox is configured."""
    problems: tuple[str, ...] = ()
    """Problems for the ticket (no recipient, a template that does not render), one text each."""
    pointing: tuple[tuple[str, str], ...] = ()
    """Once the ticket has ended: (name of the field, key) of open tickets that point to it."""


@dataclass(frozen=True, slots=True)
class DeliverRequest:
    """Notifications to send, by id."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """Every requested notification is in ``sent``, or has a text in ``failures``; secrets are scrubbed."""

    sent: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtendRequest:
    """A ticket's packed calendars (``Pinned.calendars``), to be extended to ``until`` at least."""

    until: Instant
    calendars: str


@dataclass(frozen=True, slots=True)
class ExtendResult:
    """The extended calendars, packed: for ``Pinned.calendars``, before the event ``Refresh``."""

    calendars: str


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A ticket that another ticket or a schedule opens, with the definition in use."""

    id: str
    """The start's idempotency key: the same id, the same ticket."""
    process: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Plain values: their expressions are evaluated already."""
    actor: str = "schedule"
    """``ticket:<key>`` or ``schedule``."""
    parent: Parent | None = None
    at: Instant | None = None
    """The time of the ticket that asks, UTC seconds; None where the worker's clock counts."""
    hops: int = 0
    """The links of the chain of events and starts that has led here."""
    chain: str = ""
    """The id of that chain."""

    @property
    def numbered(self) -> NumberedStart:
        return NumberedStart(self.actor, self.id)


@dataclass(frozen=True, slots=True)
class NumberedStart:
    """The start for which a ticket got its number. The ticket's workflow keeps it in the memo ``numbered``."""

    scope: str
    """The starter of the ticket: a person, a source, ``schedule`` or ``ticket:<key>``."""
    start_key: str
    """Identifies the start for ever, together with the scope."""
    body_hash: str = ""
    correlation: str | None = None
    """The correlation key that the ticket holds while it is open."""


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """The input of the ticket's workflow (``TicketInput(pinned, opening)``), or why the ticket can't be opened."""

    key: str | None = None
    pinned: Pinned | None = None
    opening: Open | None = None
    already: bool = False
    """The id was used before: the ticket may be running, and starting it again changes nothing."""
    problem: str | None = None
    """The reason of a refusal, for people; then every other field is empty."""


@dataclass(frozen=True, slots=True)
class OpenWorkflowRequest:
    """A Python workflow that a ticket starts; answered by ``OpenAnswer`` with its key alone."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class BeyondRequest:
    """The starts and sends of a scenario's ticket, in order; each has an id, for the request may be repeated."""

    starts: tuple[StartTicket, ...]
    sends: tuple[SendEvent, ...]


@dataclass(frozen=True, slots=True)
class BeyondAnswer:
    """The answers to the starts, in their order."""

    started: tuple[Started, ...]


@dataclass(frozen=True, slots=True)
class LinkedRequest:
    """The open tickets whose field ``link`` holds ``ticket``."""

    ticket: str
    link: str


@dataclass(frozen=True, slots=True)
class LinkedAnswer:
    """Their keys, sorted."""

    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AutomateRequest:
    """One attempt of a ``call`` or ``http`` step."""

    id: str
    """The idempotency key of the step: every attempt has it, and no other step."""
    what: CallAction | HttpRequest
    timeout: int
    """Seconds for this attempt."""
    ticket: str
    process: str
    place: Place | None = None
    """The step that waits for it."""
    callback_until: Instant | None = None
    """The end of the time to call back (UTC seconds), where the request carries a callback address."""
    hops: int = 0
    """The links of the chain of events and starts that has led here."""
    chain: str = ""
    """The id of that chain."""


@dataclass(frozen=True, slots=True)
class AutomateResult:
    """The answer as JSON; null where the callback brings the result."""

    value: Json = None


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """One firing of a schedule."""

    id: str
    process: str
    schedule: Mapping[str, Json]
    """As written, with its defaults."""
    at: Instant
    """The scheduled moment."""
    time_zone: str | None = None
    """The zone of the schedule when it was made; None for schedules made before it was kept: the zone of today."""


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """The tickets to open; ``gone`` where the process has no such schedule any more."""

    tickets: tuple[OpenRequest, ...] = ()
    gone: bool = False
    problem: str | None = None
    left_out: str | None = None
    """The reason why the schedule opens nothing at this moment."""


__all__ = [
    "ASK_APPROVERS",
    "AUTOMATE",
    "BEYOND",
    "CHECK_PEOPLE",
    "DELIVER",
    "EXTEND_CALENDARS",
    "FIND_LINKED",
    "LOOK_UP_SERVICES",
    "OPEN_TICKET",
    "OPEN_WORKFLOW",
    "PLAN_SCHEDULE",
    "RECORD",
    "TITLE_FIELDS",
    "AskApprovers",
    "Asked",
    "AutomateRequest",
    "AutomateResult",
    "BeyondAnswer",
    "BeyondRequest",
    "CheckPeople",
    "DeliverRequest",
    "DeliverResult",
    "ExtendRequest",
    "ExtendResult",
    "KeyUse",
    "Known",
    "LinkedAnswer",
    "LinkedRequest",
    "LookUpServices",
    "Notified",
    "NumberedStart",
    "OpenAnswer",
    "OpenRequest",
    "OpenWorkflowRequest",
    "PeopleChecked",
    "RecordBatch",
    "RecordResult",
    "RecordedAnswer",
    "RecordedStep",
    "SchedulePlan",
    "ScheduleRequest",
]
