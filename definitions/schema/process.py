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
    """A field of a ticket: the type of its values, and the people who may see and edit it."""

    type: FieldType
    """The type of its values. A ``choice`` is one of ``options``; ``person``, ``team`` and ``service`` are ids of the
    organization; ``ticket`` is a link to another ticket. A person links only tickets that they may see. A ``date`` also
    takes a datetime, and keeps its day in the organization's time zone."""
    title: Title | None = None
    """The name that people see in place of the id."""
    description: Words | None = None
    """A hint for the person who fills in the field."""
    required: bool = False
    """The field must have a value when a ticket is opened, and can't be cleared later."""
    default: Json = None
    """The value of the field if none is given at opening: literal, or an ``=expression``."""
    min: Json = None
    """The least allowed value: literal, or an ``=expression``. It is checked after all writes of the same event."""
    max: Json = None
    """The greatest allowed value: literal, or an ``=expression``, checked like ``min``."""
    max_length: int | None = Field(default=None, ge=1)
    """The greatest number of characters. Default: 10,000 for text, 100,000 for markdown. All fields of a ticket
    together have at most 300,000 bytes. A longer value of an earlier build stays until it is written again."""
    pattern: str | None = None
    """A regular expression that the whole text must match, in the syntax of
    [RE2](https://github.com/google/re2/wiki/Syntax): no lookaround, no backreferences. ``\\d``, ``\\w`` and ``\\s``
    mean the digits, letters and blanks of all scripts; ``\\pL`` is a letter."""
    options: Listed[str] = ()
    """The possible values of a choice: text without blanks around it, never empty."""
    list: bool = False  # last but for the lists above: it shadows the builtin
    """The field holds a list of values. An empty list is kept as such, but is no value: ``required``, ``requires`` and
    ``== null`` treat it like a field that was never written. Expressions read a list without a value as an empty list:
    then ``size(x) == 0``, ``x == []``, ``!('a' in x)`` and ``x.all(…)`` hold. An empty text is no value of any field:
    it clears the field."""
    editable: Some[str] | None = None
    """The states, and ``tag:x`` for groups of states, in which people may edit the field. ``[]``: only the process
    writes it. Opening, forms and ``set`` may write the field in any state. Default: every state that isn't final."""
    edit: Some[Principal] | None = None
    """The people who may edit the field. The form of an event or of a task may let others write it: whoever may send
    the event may write the fields of its form. Default: everyone who may edit the ticket."""
    see: Some[Principal] | None = None
    """The people who may see the field: by the definition that the ticket carries. To everyone else the ticket shows
    neither its value nor a text that may tell it. A form may let others write it unseen, as ``edit`` says. Default:
    everyone who may see the ticket."""
    value: Expression | None = None
    """The value of a computed field, evaluated again with each write to a field and after every step, until the ticket
    ends. Time alone changes no field: a value that reads ``now`` has the time of the last step. Nobody can write a
    computed field. Computed fields may depend on each other a hundred deep."""


class May(Model, title="Permissions"):
    """Permissions for tickets of this process."""

    see: Some[Principal] | None = None
    """The people who may see a ticket. Default: its opener, the people in its person and team fields, its assignee, its
    watchers, and everyone whom the process names."""
    open: Some[Principal] | None = None
    """The people who may open a ticket. Processes, triggers and schedules need no permission. Default: everyone."""
    edit: Some[Principal] | None = None
    """The people who may edit fields. Default: everyone who may send an event in the ticket's current state."""
    comment: Some[Principal] | None = None
    """The people who may comment. Default: everyone who may see the ticket."""
    internal: Some[Principal] | None = None
    """The people who may read and write internal comments. Default: the assignee and the team of the service."""
    correct: Some[Principal] | None = None
    """The people who may correct the time at which a step really happened. Default: nobody."""
    complete: Some[Principal] | None = None
    """The people who may complete the automation of a state by hand, with results of their own. Default: nobody."""
    migrate: Some[Principal] | None = None
    """The people who may move a ticket to this definition, and renew its calendars. Default: ``role:process_owner``."""


class Invariant(Model):
    """A rule for every path through the process, proved when the file is loaded: either ``never`` with ``without``, or
    ``eventually``."""

    never: Identifier | None = None
    """The state that no path may enter before one of ``without`` has happened."""
    without: Some[str] = ()
    """Events and outcomes, as ``state.event`` or ``state.outcome``. One of them must have happened."""
    since: Some[str] = ()
    """States and fields. One of ``without`` must have happened since the ticket was last in one of these states, or
    since one of these fields last changed. Default: since the ticket was opened."""
    when: Expression | None = None
    """A condition. The rule applies only if it holds when the state is entered."""
    eventually: Some[Identifier] = ()
    """States. From every state that can be reached, somebody can bring the ticket to one of these states."""


class ServiceLevel(Model):
    """A clock with a target, and steps before and after its due time. The service level is met if the ticket leaves
    ``during`` before the due time; otherwise it is breached."""

    title: Title | None = None
    """The name that people see in place of the id."""
    kind: Literal["sla", "ola", "uc"] = "sla"
    """The kind of agreement: sla with customers, ola within the organization, uc with a supplier."""
    target: Duration | dict[str, str]
    """The time allowed: ``4h``, or rows ``{by: <expression>, <value>: <duration>, default: <duration> | none}``. A
    value may be a whole number: the row ``1`` is read as the text '1'."""
    calendar: CalendarId = "always"
    """The hours that count: a calendar, an ``=expression`` of one, or ``always``."""
    during: Expression | Listed[str]
    """The condition under which the clock runs: a list of states and ``tag:x``, or an expression as text."""
    pause: Expression | Listed[str] | None = None
    """The condition under which the clock stands still, in the same form. A paused clock fires nothing."""
    cancel: Some[str] = ()
    """States, and ``tag:x`` for groups of states, that end a run without a verdict. A breached run stays breached."""
    again: Literal["resume", "restart", "never"] = "resume"
    """The effect of entering ``during`` again: resume the same run, start a new run, or nothing."""
    retarget: Literal["keep", "restart"] = "keep"
    """The effect of another row of the target on a run: keep its elapsed time, or start a new run."""
    at: Annotated[dict[str, Listed[Step]], Keyed("threshold")] = Field(default_factory=dict)
    """Steps at thresholds: ``75%`` or ``100%`` of the target, ``-1h`` before the due time, ``+2h`` after it."""


class Trigger(Model):
    """Reacts to an event from outside: opens a ticket, or sends an event to open tickets. It acts as ``source:<name>``,
    never as a person."""

    on: EventName
    """The whole type of the event: a CloudEvents type, or ``<source>.<kind>`` of a webhook source."""
    when: Expression | None = None
    """A condition. It can use ``event.data``, ``event.type``, ``event.source``, ``event.time`` and the tables; there is
    no ticket yet."""
    key: str | None = None
    """A text, mostly an ``=expression``, that ties events to one open ticket. While that ticket is open, the same key
    starts no second ticket, and ``send`` goes to it."""
    match: dict[str, Json] | None = None
    """In place of ``key``: every open ticket of the process whose fields have these values. ``{}``: all open
    tickets."""
    start: dict[str, Json] | None = None
    """Open a ticket with these fields: literal, or ``=expressions``."""
    send: EventName | None = None
    """Send this event. The handler's ``by`` must allow it; ``engine`` does."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The values of the form of the sent event: literal, or ``=expressions``."""


class Schedule(Model):
    """Opens tickets at set times. It acts as ``schedule``, never as a person."""

    cron: str
    """The times: minute, hour, day of the month, month and day of the week, with ``*``, lists, ranges and steps. A time
    that a change of the clocks skips is read with the offset before the change; a repeated time is the first. With
    ``*`` as its hour, a schedule fires in every hour that passes: a repeated time then fires both times."""
    time_zone: TimeZone | None = None
    """The zone of these times. Default: the organization's."""
    catch_up: Literal["latest", "all", "none"] = "latest"
    """The firings of the last seven days that are made good after Stanchion was away: the latest, all, or none. A
    schedule that was edited meanwhile makes them good with its new content, if its times or its ``start`` stayed."""
    each: Literal["services"] | None = None
    """Open one ticket for each service of the organization. ``=each`` is the id of the service."""
    start: dict[str, Json] = Field(default_factory=dict)
    """The fields of the ticket: literal, or ``=expressions``."""


PREFIX = "[A-Z][A-Z0-9]{1,9}"
TICKET_KEY = f"({PREFIX})-([1-9][0-9]{{0,17}})"
"""The form of a ticket's key: its prefix and its number."""


class Process(Model):
    """A process: a whole file in ``processes/``. It defines how all of its tickets behave."""

    process: Identifier
    """The id of the process, for tickets, other processes and scenarios. No two processes share an id."""
    title: Title
    """The name that people see."""
    practice: Identifier
    """The ITIL 4 practice of the process."""
    prefix: Annotated[str, Field(pattern=rf"^{PREFIX}$")]
    """The beginning of ticket keys: ``CHG`` makes CHG-1, CHG-2 … It has two to ten capital letters and digits. No two
    processes share a prefix."""
    description: Words = ""
    """The purpose of the process, in a few words."""
    fields: dict[Identifier, FieldSpec] = Field(default_factory=dict)
    """The fields of a ticket, by id. These ids are reserved: name, data, key, opened_at, assignee, comment, state,
    ticket."""
    tables: dict[Identifier, Any] = Field(default_factory=dict)
    """Values to look up: ``tables.risk[ticket.impact]``. A table that is indexed by a choice needs a row for each
    option. A text such as ``4h`` is a duration. A table of the organization with the same name replaces it."""
    may: May = May()
    """The people who may see, open, edit and comment on tickets."""
    initial: Identifier
    """The state in which every ticket begins."""
    on: Handlers = Field(default_factory=dict)
    """Handlers for every state that can be left. A handler of the state itself comes first."""
    states: dict[Identifier, State]
    """The states of a ticket, by id. No two states of a process share an id, at any level."""
    service_levels: dict[Identifier, ServiceLevel] = Field(default_factory=dict)
    """Service levels, by id: how long work may take."""
    invariants: Listed[Invariant] = ()
    """Rules for every path, proved when the file is loaded."""
    triggers: Listed[Trigger] = ()
    """Reactions to events from outside, which open tickets or send events to open tickets."""
    schedules: Listed[Schedule] = ()
    """Times at which tickets are opened."""

    def walk(self) -> Iterator[tuple[str, State]]:
        """Every state with its id, in document order."""
        for state_id, state in self.states.items():
            yield from state.walk(state_id)

    def transitions(self) -> Iterator[Transition]:
        """Every transition, including timed transitions."""
        for alternatives in self.on.values():
            yield from alternatives
        for _, state in self.walk():
            for alternatives in state.on.values():
                yield from alternatives
            yield from state.always
            yield from state.after

    def steps(self) -> Iterator[Step]:
        """Every step, at any place."""
        for transition in self.transitions():
            yield from transition.do
        for _, state in self.walk():
            yield from (*state.entry, *state.exit, *(state.run or ()))
            for stage in state.approval.stages if state.approval else ():
                yield from stage.do
        for level in self.service_levels.values():
            for steps in level.at.values():
                yield from steps
