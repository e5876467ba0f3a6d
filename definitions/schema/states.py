"""States and transitions (LANGUAGE, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from definitions.schema.model import (
    CalendarId,
    Expression,
    Identifier,
    Json,
    Keyed,
    Listed,
    Model,
    Principal,
    Some,
    Title,
    Words,
)
from definitions.schema.steps import Step
from definitions.schema.waiting import OUTCOMES, Approval, BlockKind, Child, Run, Task


class Transition(Model):
    """Where an event leads, for whom, and what must come with it. A state's id alone is short for ``{to: <id>}``. Of a
    list, the first whose ``when`` and ``by`` hold is chosen, and it alone is checked further."""

    to: Identifier | None = None
    """The state to go to. Without it the ticket stays where it is."""
    when: Expression | None = None
    """Only where this holds, for the ticket as it was before the event."""
    by: Some[Principal] | None = None
    """Who may send the event. Default: who may see the ticket. Not asked for outcomes and raised events."""
    requires: Some[Identifier] = ()
    """Fields that must have a value, the form's values counted; ``comment`` and ``assignee`` may be among them."""
    form: Some[Identifier] = ()
    """Fields that the event may carry; ``comment`` and ``assignee`` may be among them. They are optional unless
    required, and others are refused."""
    set: dict[str, Json] = Field(default_factory=dict)
    """Fields to write: literal, or ``=expressions``; null clears one."""
    do: Listed[Step] = ()
    """Steps on the way: after the exit steps, the form and ``set``, before the entry steps."""
    internal: bool = False
    """Going from a state to one inside it, the outer state is not left: its exit and entry steps don't run."""
    title: Title | None = None
    """What people read in place of the event's name."""
    confirm: Words | None = None
    """What people are asked before the event is sent."""


class Timed(Transition, title="Timed transition"):
    """A transition that time takes, once a visit of the state: ``for`` so long after entry, or ``until`` a moment."""

    for_: str | None = Field(default=None, alias="for")
    """How long after the state was entered: a duration, or an ``=expression`` of one, looked at again after every step.
    """
    until: Expression | None = None
    """The moment, looked at again after every step. One already past fires at once; null waits."""
    calendar: CalendarId | None = None
    """Which hours count for ``for``: a calendar, or an ``=expression`` of one. Default: all, with days by the
    organization's clock."""

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if (self.for_ is None) == (self.until is None):
            raise ValueError("needs either for or until")
        return self


def _transition(value: object) -> object:
    return {"to": value} if isinstance(value, str) else value


def _alternatives(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(_transition(one) for one in value)
    return (_transition(value),)


Alternatives = Annotated[
    tuple[Transition, ...],
    BeforeValidator(_alternatives, json_schema_input_type=Identifier | Transition | list[Identifier | Transition]),
]
"""A target id, one transition, or a list of them tried in order."""

Handlers = Annotated[dict[str, Alternatives], Keyed("event")]


class State(Model):
    """Where a ticket can be. It may hold states of its own, and wait for one thing: ``approval``, ``tasks``, ``run`` or
    ``child``, whose outcomes are events under ``on``."""

    title: Title | None = None
    """What people read in place of its id."""
    description: Words | None = None
    """What is going on in it, for people."""
    tags: Some[Identifier] = ()
    """Groups that it belongs to: ``tag:on_hold`` in a list of states, ``tag('on_hold')`` in an expression."""
    entry: Listed[Step] = ()
    """Steps when it is entered, in order."""
    exit: Listed[Step] = ()
    """Steps when it is left, in order."""
    on: Handlers = Field(default_factory=dict)
    """Events, and where they lead. A handler for ``deploy`` also takes ``deploy.failed``, and ``*`` takes any."""
    always: Alternatives = ()
    """Transitions without an event, taken as soon as ``when`` holds."""
    after: Listed[Timed] = ()
    """Transitions that time takes."""
    initial: Identifier | None = None
    """The state inside it that it begins in."""
    states: dict[str, State] = Field(default_factory=dict)
    """States inside it, by id. What it handles holds in all of them, where they do not handle it themselves."""
    parallel: bool = False
    """All states directly inside it are active at once."""
    history: Literal["shallow", "deep"] | None = None
    """Stands for where the ticket was when it last left the state around this one: ``shallow`` for the state directly
    inside that, ``deep`` for the innermost."""
    final: bool | Literal["failed"] = False
    """The end: of the ticket, or of the state around it, which then has the outcome ``done``. ``failed`` ends a ticket
    as a failure."""
    approval: Approval | None = None
    """People's yes or no is waited for: outcomes ``approved``, ``rejected``, and ``expired`` with ``within``."""
    tasks: Listed[Task] | None = None
    """Pieces of work are waited for: ``done`` when all that apply are, ``failed`` as soon as one is."""
    run: Run | None = None
    """Automation, in order: ``done`` after the last step, ``failed`` when one fails for good."""
    child: Child | None = None
    """Other tickets are waited for: ``done`` when as many as needed are, ``failed`` when they can't be any more."""

    @property
    def blocks(self) -> tuple[BlockKind, ...]:
        """The waiting blocks that are written; the checks refuse more than one."""
        return tuple(kind for kind in OUTCOMES if getattr(self, kind) is not None)

    @property
    def waits_for(self) -> BlockKind | None:
        """The kind of the waiting block; None where there is none."""
        return next(iter(self.blocks), None)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that the waiting block of this state can have.

        An approval expires only with ``within``. Automation fails only by a call, a request or a guard.
        """
        kind = self.waits_for
        if kind is None:
            return ()
        impossible: set[str] = set()
        if self.approval is not None and self.approval.within is None:
            impossible.add("expired")
        if self.run is not None and not any(step.call or step.http or step.when for step in self.run):
            impossible.add("failed")
        return tuple(one for one in OUTCOMES[kind] if one not in impossible)

    def walk(self, own_id: str) -> Iterator[tuple[str, State]]:
        """This state and every state below it, in document order."""
        yield own_id, self
        for child_id, child in self.states.items():
            yield from child.walk(child_id)
