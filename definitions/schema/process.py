"""A process file (LANGUAGE, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from definitions.schema.model import (
    Duration,
    Expression,
    Identifier,
    Json,
    Listed,
    Model,
    Principal,
    Some,
    Title,
    Words,
)
from definitions.schema.states import Alternatives, State, Transition
from definitions.schema.steps import Step

FieldType = Literal[
    "text", "markdown", "integer", "number", "boolean", "date", "datetime", "duration",
    "choice", "person", "team", "service", "ticket",
]  # fmt: skip


class FieldSpec(Model):
    """What a field holds, who may change it and where."""

    type: FieldType
    title: Title | None = None
    description: Words | None = None
    required: bool = False
    default: Json = None
    min: Json = None
    max: Json = None
    max_length: int | None = Field(default=None, ge=1)
    pattern: str | None = None
    options: Listed[str] = ()
    list: bool = False  # last but for the lists above: it shadows the builtin
    editable: Some[str] | None = None
    edit: Some[Principal] | None = None
    see: Some[Principal] | None = None
    value: Expression | None = None


class May(Model):
    """Who may do what; None stands for the default of LANGUAGE, section 2."""

    see: Some[Principal] | None = None
    open: Some[Principal] | None = None
    edit: Some[Principal] | None = None
    comment: Some[Principal] | None = None
    internal: Some[Principal] | None = None
    correct: Some[Principal] | None = None
    """Who may say that a step has really happened at another time; nobody where it is not written."""
    migrate: Some[Principal] | None = None
    """Who may move a ticket to this definition, and take calendars anew; ``role:process_owner`` unless said."""


class Invariant(Model):
    """Something that must hold on every path; proved when the file is loaded."""

    never: Identifier | None = None
    without: Some[str] = ()
    since: Some[str] = ()
    when: Expression | None = None
    eventually: Some[Identifier] = ()


class ServiceLevel(Model):
    """A clock (LANGUAGE, section 6)."""

    title: Title | None = None
    kind: Literal["sla", "ola", "uc"] = "sla"
    """With whom it is agreed: sla with customers, ola within the organization, uc with a supplier."""
    target: Duration | dict[str, str]
    """How long it may take: ``4h``, or rows ``{by: <expression>, <value>: <duration>, default: <duration> | none}``. A
    value may be a whole number: the row ``1`` is read as the text '1'."""
    calendar: str = "always"
    """Which hours count: a calendar's name, ``=expression`` of one, or ``always``."""
    during: str | Listed[str]
    """Where the clock runs: a list of states and ``tag:x``, or an expression as text."""
    pause: str | Listed[str] | None = None
    """Where it stands still, likewise."""
    cancel: Some[str] = ()
    """States and ``tag:x`` that end a run without a verdict."""
    again: Literal["resume", "restart", "never"] = "resume"
    """What entering ``during`` again does: go on with the same run, begin a new one, or nothing."""
    retarget: Literal["keep", "restart"] = "keep"
    """What another row of the target does to a run: keep its elapsed time, or begin a new run."""
    at: dict[str, Listed[Step]] = Field(default_factory=dict)
    """Steps at ``75%`` of the target, ``-1h`` before it is due, ``100%``, ``+2h`` after it was due."""


class Trigger(Model):
    """An event from outside that starts or moves tickets (LANGUAGE, section 8)."""

    on: str
    when: Expression | None = None
    key: str | None = None
    match: dict[str, Json] | None = None
    start: dict[str, Json] | None = None
    send: str | None = None
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")


class Schedule(Model):
    """Tickets that start by the calendar (LANGUAGE, section 8)."""

    cron: str
    time_zone: str | None = None
    each: Literal["services"] | None = None
    start: dict[str, Json] = Field(default_factory=dict)


class Process(Model):
    """One process: the whole of a file in ``processes/``."""

    process: Identifier
    title: Title
    practice: Identifier
    prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")]
    description: Words = ""
    fields: dict[Identifier, FieldSpec] = Field(default_factory=dict)
    tables: dict[Identifier, Any] = Field(default_factory=dict)
    may: May = May()
    initial: Identifier
    on: dict[str, Alternatives] = Field(default_factory=dict)
    states: dict[Identifier, State]
    service_levels: dict[Identifier, ServiceLevel] = Field(default_factory=dict)
    invariants: Listed[Invariant] = ()
    triggers: Listed[Trigger] = ()
    schedules: Listed[Schedule] = ()

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
