"""A process file (LANGUAGE, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from definitions.schema.model import (
    CalendarId,
    Duration,
    EventName,
    Expression,
    Identifier,
    Json,
    Keyed,
    Listed,
    Model,
    Principal,
    Some,
    TimeZone,
    Title,
    Words,
)
from definitions.schema.states import Handlers, State, Transition
from definitions.schema.steps import Step

FieldType = Literal[
    "text", "markdown", "integer", "number", "boolean", "date", "datetime", "duration",
    "choice", "person", "team", "service", "ticket",
]  # fmt: skip


class FieldSpec(Model, title="Field"):
    """One thing that a ticket holds: what kind of value, who may see and change it, and where."""

    type: FieldType
    """What kind of value. A ``choice`` is one of ``options``; ``person``, ``team`` and ``service`` are ids of the
    organization; ``ticket`` is a link to another ticket."""
    title: Title | None = None
    """What people read in place of its id."""
    description: Words | None = None
    """A hint for whoever fills it in."""
    required: bool = False
    """It must be given when a ticket is opened, and can't be cleared after."""
    default: Json = None
    """Its value where none is given at opening: literal, or an ``=expression``."""
    min: Json = None
    """The least value that it takes: literal, or an ``=expression``, judged after all that the same event writes."""
    max: Json = None
    """The greatest value that it takes, likewise."""
    max_length: int | None = Field(default=None, ge=1)
    """How many characters it takes at most."""
    pattern: str | None = None
    """A regular expression that the whole text must fit."""
    options: Listed[str] = ()
    """What a choice can be."""
    list: bool = False  # last but for the lists above: it shadows the builtin
    """It holds a list of such values."""
    editable: Some[str] | None = None
    """The states, and ``tag:x`` for groups of them, in which people may edit it. Default: every state that isn't final.
    ``[]``: only the process writes it. Opening, forms and ``set`` are not limited by this."""
    edit: Some[Principal] | None = None
    """Who may edit it. Default: who may edit the ticket."""
    see: Some[Principal] | None = None
    """Who may see it. Default: who may see the ticket."""
    value: Expression | None = None
    """What it always is, worked out anew after every step: nobody can write it."""


class May(Model, title="Permissions"):
    """Who may do what with tickets of this process."""

    see: Some[Principal] | None = None
    """Who may see a ticket. Default: who opened it, the people in its person and team fields, its assignee, its
    watchers, and everyone whom the process names."""
    open: Some[Principal] | None = None
    """Who may open one. Default: everyone. Not asked for tickets that processes, triggers and schedules open."""
    edit: Some[Principal] | None = None
    """Who may edit its fields. Default: who may send an event where the ticket is now."""
    comment: Some[Principal] | None = None
    """Who may comment. Default: who may see it."""
    internal: Some[Principal] | None = None
    """Who may read and write internal comments. Default: its assignee, and the team of its service."""
    correct: Some[Principal] | None = None
    """Who may say that a step has really happened at another time. Default: nobody."""
    migrate: Some[Principal] | None = None
    """Who may move a ticket to this definition, and take calendars anew. Default: ``role:process_owner``."""


class Invariant(Model):
    """What must hold on every path through the process, proved when the file is loaded: either ``never`` with
    ``without``, or ``eventually``."""

    never: Identifier | None = None
    """A state that no path may enter unless one of ``without`` has happened."""
    without: Some[str] = ()
    """What must have happened, one of these: ``state.event`` or ``state.outcome``."""
    since: Some[str] = ()
    """States and fields: it must have happened since the ticket was last in one of these states, or last changed one of
    these fields. Default: since it was opened."""
    when: Expression | None = None
    """The rule counts only where this holds at the moment of entering."""
    eventually: Some[Identifier] = ()
    """From every state that can be reached, somebody can bring the ticket to one of these."""


class ServiceLevel(Model):
    """A clock: how long something may take, and what happens before and after it is due. Leaving ``during`` in time is
    met, staying until the due time is a breach."""

    title: Title | None = None
    """What people read in place of its id."""
    kind: Literal["sla", "ola", "uc"] = "sla"
    """With whom it is agreed: sla with customers, ola within the organization, uc with a supplier."""
    target: Duration | dict[str, str]
    """How long it may take: ``4h``, or rows ``{by: <expression>, <value>: <duration>, default: <duration> | none}``. A
    value may be a whole number: the row ``1`` is read as the text '1'."""
    calendar: CalendarId = "always"
    """Which hours count: a calendar, an ``=expression`` of one, or ``always``."""
    during: Expression | Listed[str]
    """Where the clock runs: a list of states and ``tag:x``, or an expression as text."""
    pause: Expression | Listed[str] | None = None
    """Where it stands still, likewise; a paused clock fires nothing."""
    cancel: Some[str] = ()
    """States, and ``tag:x`` for groups of them, that end a run without a verdict. What is breached stays breached."""
    again: Literal["resume", "restart", "never"] = "resume"
    """What entering ``during`` again does: go on with the same run, begin a new one, or nothing."""
    retarget: Literal["keep", "restart"] = "keep"
    """What another row of the target does to a run: keep its elapsed time, or begin a new run."""
    at: Annotated[dict[str, Listed[Step]], Keyed("threshold")] = Field(default_factory=dict)
    """Steps at ``75%`` of the target, ``-1h`` before it is due, ``100%``, ``+2h`` after it was due."""


class Trigger(Model):
    """An event from outside that opens a ticket, or sends an event to open ones. It acts as ``source:<name>``, never as
    a person."""

    on: EventName
    """The type of the event, whole: a CloudEvents type, or ``<source>.<kind>`` of a webhook source."""
    when: Expression | None = None
    """Only where this holds. It knows ``event.data``, ``event.type``, ``event.source``, ``event.time`` and the tables;
    there is no ticket yet."""
    key: str | None = None
    """What ties events to one open ticket, mostly an ``=expression``: while it is open the same key starts no second
    one, and ``send`` goes to it."""
    match: dict[str, Json] | None = None
    """In place of ``key``: every open ticket of the process whose fields have these values. ``{}``: all of them."""
    start: dict[str, Json] | None = None
    """Opens a ticket with these fields: literal, or ``=expressions``."""
    send: EventName | None = None
    """Sends this event. The handler's ``by`` must allow it, as ``engine`` does."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The values of the form of the event that is sent: literal, or ``=expressions``."""


class Schedule(Model):
    """Tickets that the calendar opens. The actor is ``schedule``, never a person."""

    cron: str
    """When: minute, hour, day of the month, month and day of the week, with ``*``, lists, ranges and steps."""
    time_zone: TimeZone | None = None
    """The zone of these times. Default: the organization's."""
    each: Literal["services"] | None = None
    """One ticket for each service of the organization; ``=each`` is its id."""
    start: dict[str, Json] = Field(default_factory=dict)
    """The fields of the ticket: literal, or ``=expressions``."""


class Process(Model):
    """A process: the whole of a file in ``processes/``. Every ticket of it goes by what stands here."""

    process: Identifier
    """Its id, by which tickets, other processes and scenarios name it; no two processes share one."""
    title: Title
    """What people call it."""
    practice: Identifier
    """The ITIL 4 practice that it serves."""
    prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")]
    """How the keys of its tickets begin: ``CHG`` makes CHG-1, CHG-2 … Two to ten capital letters and digits; no two
    processes share one."""
    description: Words = ""
    """What it is for, in a few words."""
    fields: dict[Identifier, FieldSpec] = Field(default_factory=dict)
    """What a ticket holds, by id. These ids are taken: name, data, key, opened_at, assignee, comment, state, ticket."""
    tables: dict[Identifier, Any] = Field(default_factory=dict)
    """Values to look up: ``tables.risk[ticket.impact]``. What is indexed by a choice needs a row for each option, and a
    text such as ``4h`` is a duration. A table of the organization with the same name takes its place."""
    may: May = May()
    """Who may see, open, edit and comment on tickets."""
    initial: Identifier
    """The state in which every ticket begins."""
    on: Handlers = Field(default_factory=dict)
    """What is handled in every state that can be left, where the state does not handle it itself."""
    states: dict[Identifier, State]
    """The states of a ticket, by id. No two states of a process share one, also not inside other states."""
    service_levels: dict[Identifier, ServiceLevel] = Field(default_factory=dict)
    """Clocks, by id: how long something may take."""
    invariants: Listed[Invariant] = ()
    """What must hold on every path, proved when the file is loaded."""
    triggers: Listed[Trigger] = ()
    """Events from outside that open tickets, or send events to open ones."""
    schedules: Listed[Schedule] = ()
    """Tickets that the calendar opens."""

    def walk(self) -> Iterator[tuple[str, State]]:
        """Every state with its id, in document order."""
        for state_id, state in self.states.items():
            yield from state.walk(state_id)

    def transitions(self) -> Iterator[Transition]:
        """Every transition, timed ones too."""
        for alternatives in self.on.values():
            yield from alternatives
        for _, state in self.walk():
            for alternatives in state.on.values():
                yield from alternatives
            yield from state.always
            yield from state.after

    def steps(self) -> Iterator[Step]:
        """Every step, wherever it stands."""
        for transition in self.transitions():
            yield from transition.do
        for _, state in self.walk():
            yield from (*state.entry, *state.exit, *(state.run or ()))
            for stage in state.approval.stages if state.approval else ():
                yield from stage.do
        for level in self.service_levels.values():
            for steps in level.at.values():
                yield from steps
