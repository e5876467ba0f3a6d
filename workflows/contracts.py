"""What workflows say to activities and hear from them: one input and one result an activity.

Only frozen values of the engine and plain dataclasses, so that workflow code may import this under Temporal's sandbox.
They travel through ``temporalio.contrib.pydantic.pydantic_data_converter``; a new field needs a default, for histories
keep old inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from definitions.pinned import Pinned
from definitions.schema.model import Json
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
FIND_LINKED = "find_linked"
BEYOND = "beyond"
"""Of scenarios alone, which answer for all other tickets."""


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One macrostep: what its timeline says, and whom it tells."""

    revision: int
    audit: tuple[AuditEntry, ...] = ()
    notices: tuple[Notify, ...] = ()


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
    """The packed calendars that the ticket carries; None where they are on record already, or nothing needs them."""
    workflow_task: str = ""
    """Which workflow task tells this, as text that sorts in the order of a ticket's tasks; empty outside of one."""

    @property
    def key(self) -> str:
        return self.snapshot.key


@dataclass(frozen=True, slots=True)
class Notified:
    """The people that one notify effect reached, each once, in the order of its principals."""

    effect: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What the records hold of these steps now; the same however often they were recorded."""

    notified: tuple[Notified, ...] = ()
    to_deliver: tuple[str, ...] = ()
    """Ids of notifications that a channel outside must still carry; empty where only the outbox is configured."""
    problems: tuple[str, ...] = ()
    """What a person must look at (nobody to tell, a template that does not render): the text of a problem each."""
    pointing: tuple[tuple[str, str], ...] = ()
    """Once the ticket has ended: (name of the field, key) of open tickets that point to it."""


@dataclass(frozen=True, slots=True)
class DeliverRequest:
    """Notifications to send, by id."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """Everything that was asked for is sent, or in ``failures``: one text each; secrets scrubbed."""

    sent: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtendRequest:
    """A ticket's packed calendars (``Pinned.calendars``), to be compiled on until at least ``until``."""

    until: Instant
    calendars: str


@dataclass(frozen=True, slots=True)
class ExtendResult:
    """The packed calendars, longer: for ``Pinned.calendars``, before ``Refresh`` is stepped."""

    calendars: str


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A ticket that another ticket or a schedule wants opened, of the definition that new tickets get now."""

    id: str
    """The start's idempotency key: the same id, the same ticket."""
    process: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Values as they are, nothing to be computed any more."""
    actor: str = "schedule"
    """``ticket:<key>`` or ``schedule``."""
    parent: Parent | None = None


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """What the workflow needs to start the ticket (``TicketInput(pinned, opening)``), or why it can't be opened."""

    key: str | None = None
    pinned: Pinned | None = None
    opening: Open | None = None
    already: bool = False
    """The id has been used before: the ticket may be running, and starting it again changes nothing."""
    problem: str | None = None
    """For a person to read; then everything else is empty."""


@dataclass(frozen=True, slots=True)
class OpenWorkflowRequest:
    """A workflow written in Python that a ticket wants started; answered by ``OpenAnswer`` with a key alone."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class BeyondRequest:
    """What a ticket that is played alone wants of others, in order; each by its own id, as it may be asked again."""

    starts: tuple[StartTicket, ...]
    sends: tuple[SendEvent, ...]


@dataclass(frozen=True, slots=True)
class BeyondAnswer:
    """The answers to the starts, in their order."""

    started: tuple[Started, ...]


@dataclass(frozen=True, slots=True)
class LinkedRequest:
    """Which open tickets point to ``ticket`` by their field ``link``?"""

    ticket: str
    link: str


@dataclass(frozen=True, slots=True)
class LinkedAnswer:
    """Their keys, sorted."""

    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AutomateRequest:
    """One attempt at a ``call`` or ``http`` step."""

    id: str
    """The idempotency key: the same for every attempt, and for nothing else."""
    what: CallAction | HttpRequest
    timeout: int
    """Seconds for this attempt."""
    ticket: str
    process: str
    place: Place | None = None
    """The step that waits for it."""
    callback_until: Instant | None = None
    """Before when the other side may call back (UTC seconds), where the request tells it where to."""


@dataclass(frozen=True, slots=True)
class AutomateResult:
    """What it answered, as JSON; nothing where the result is what the other side calls back with."""

    value: Json = None


@dataclass(frozen=True, slots=True)
class ScheduleRequest:
    """One firing of a schedule."""

    id: str
    process: str
    schedule: Mapping[str, Json]
    """As written, with its defaults."""
    at: Instant
    """The moment that it is for."""


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """The tickets to open; ``gone`` where the process has no such schedule any more."""

    tickets: tuple[OpenRequest, ...] = ()
    gone: bool = False
    problem: str | None = None


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
    "Known",
    "LinkedAnswer",
    "LinkedRequest",
    "LookUpServices",
    "Notified",
    "OpenAnswer",
    "OpenRequest",
    "OpenWorkflowRequest",
    "PeopleChecked",
    "RecordBatch",
    "RecordResult",
    "RecordedStep",
    "SchedulePlan",
    "ScheduleRequest",
]
