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
    """A transition: its target, the people who may take it, and the values that it needs. The id of a state alone is
    short for ``{to: <id>}``. Of a list, the first transition whose ``when`` and ``by`` hold is chosen, and only this
    one is checked further."""

    to: Identifier | None = None
    """The target state. Without it the ticket stays in its state."""
    when: Expression | None = None
    """A condition, evaluated for the ticket as it was before the event."""
    by: Some[Principal] | None = None
    """The principals that may send the event. Outcomes and raised events ignore it. Default: everyone who may see the
    ticket."""
    requires: Some[Identifier] = ()
    """Fields that must have a value, including the values of the form; ``comment`` and ``assignee`` may be among
    them."""
    form: Some[Identifier] = ()
    """Fields that the event may carry; ``comment`` and ``assignee`` may be among them. These fields are
    optional unless required. Other fields are refused."""
    set: dict[str, Json] = Field(default_factory=dict)
    """Fields to write: literal, or ``=expressions``; null clears a field. If the fields can't be written, the event is
    refused. If nobody has sent an event, for example when a timer fires, the transition is taken without ``set`` and
    ``do``."""
    do: Listed[Step] = ()
    """Steps of the transition, after the exit steps, the form and ``set``, and before the entry steps. A step that
    fails ends the list: the steps after it are not performed."""
    internal: bool = False
    """If true, a transition from a state to a state inside it does not leave the outer state: the exit and entry steps
    of the outer state don't run. From a parallel state, only the region of the target is left and entered; the votes
    and tasks of the other regions stay. Without it, all regions begin anew."""
    title: Title | None = None
    """The name that people see in place of the name of the event."""
    confirm: Words | None = None
    """A question that people must confirm before the event is sent."""


class Timed(Transition, title="Timed transition"):
    """A transition that happens by time, once for each visit of the state: a time ``for`` after entry, or at the moment
    ``until``."""

    for_: str | None = Field(default=None, alias="for")
    """The time after entry: a duration, or an ``=expression`` of one, which is evaluated again after every step."""
    until: Expression | None = None
    """The moment, evaluated again after every step. A moment in the past fires at once; null waits."""
    calendar: CalendarId | None = None
    """The hours that count for ``for``: a calendar, or an ``=expression`` of one. Default: all hours, with days by the
    organization's clock. It has no place beside ``until``."""

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if (self.for_ is None) == (self.until is None):
            raise ValueError("a timed transition needs exactly one of 'for' and 'until'")
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
"""A target id, a transition, or a list of these, tried in order."""

Handlers = Annotated[dict[str, Alternatives], Keyed("event")]


class State(Model):
    """A state of a ticket. It may have states inside, and wait for one thing: ``approval``, ``tasks``, ``run`` or
    ``child``. The outcomes of these are events under ``on``."""

    title: Title | None = None
    """The name that people see in place of the id."""
    description: Words | None = None
    """A description of the state for people."""
    tags: Some[Identifier] = ()
    """Groups of states that it belongs to: ``tag:on_hold`` in a list of states, ``tag('on_hold')`` in an expression."""
    entry: Listed[Step] = ()
    """Steps when the state is entered, in order. A step that fails ends the list: the steps after it are not
    performed."""
    exit: Listed[Step] = ()
    """Steps when the state is left, in order. A step that fails ends the list: the steps after it are not performed.
    The state in which the ticket ends is never left, and has no exit steps."""
    on: Handlers = Field(default_factory=dict)
    """Events with their transitions. A handler for ``deploy`` also handles ``deploy.failed``; ``*`` handles any
    event."""
    always: Alternatives = ()
    """Transitions without an event, taken as soon as ``when`` holds."""
    after: Listed[Timed] = ()
    """Timed transitions."""
    initial: Identifier | None = None
    """The initial state inside it."""
    states: dict[str, State] = Field(default_factory=dict)
    """States inside, by id. The handlers of this state also hold in all of them; their own handlers come first. Only
    the outcomes ``done`` and ``failed`` of the states inside a state are taken by that state alone."""
    parallel: bool = False
    """All states directly inside, its regions, are active at once. It has the outcome ``done`` when every region has
    ended, or ``failed`` where a region has failed. A region is not final itself."""
    history: Literal["shallow", "deep"] | None = None
    """Stands for the last active state inside the state around this one: ``shallow`` for the state directly inside,
    ``deep`` for the innermost. Before that state has been left, it stands for its own ``initial``; without one, for
    the initial state around it, or for all regions of a parallel state."""
    final: bool | Literal["failed"] = False
    """The end of the ticket, or of the state around this one, which then has the outcome ``done``. ``failed`` ends a
    ticket as a failure, and gives the state around it the outcome ``failed``. The outcome stays due until a transition
    takes it, and lapses when the final state is left first."""
    approval: Approval | None = None
    """Wait for an approval: outcomes ``approved``, ``rejected``, and ``expired`` with ``within``."""
    tasks: Listed[Task] | None = None
    """Wait for tasks: ``done`` when all tasks that apply are done, ``failed`` as soon as one task fails."""
    run: Run | None = None
    """Wait for automation, step by step: ``done`` after the last step, ``failed`` when a step fails for good."""
    child: Child | None = None
    """Wait for other tickets: ``done`` when enough of them are done, ``failed`` when that is no longer possible."""

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
        """The outcomes that a waiting block of this form can have: an approval expires only with ``within``.

        Whether the steps of a run may fail is a question of their values: ``workflows.engine.failing_steps`` knows.
        """
        kind = self.waits_for
        if kind is None:
            return ()
        expires = self.approval is None or self.approval.within is not None
        return tuple(one for one in OUTCOMES[kind] if one != "expired" or expires)

    @property
    def endings(self) -> tuple[Literal["done", "failed"], ...]:
        """The outcomes that the states inside can give this one: of its final states, or of its regions together."""
        if not self.parallel:
            ends = {child.final for child in self.states.values()}
            return (*(("done",) if True in ends else ()), *(("failed",) if "failed" in ends else ()))
        regions = [child.endings for child in self.states.values() if child.history is None]
        if not regions or not all(regions):
            return ()
        done, failed = all("done" in one for one in regions), any("failed" in one for one in regions)
        return (*(("done",) if done else ()), *(("failed",) if failed else ()))

    @property
    def past(self) -> tuple[str, ...]:
        """The states that a history inside leads to as long as it remembers nothing and has no ``initial``.

        They are the initial state, or the first state where there is none or it is a history; in a parallel state, all.
        """
        regions = tuple(name for name, child in self.states.items() if child.history is None)
        return regions if self.parallel else (self.initial,) if self.initial in regions else regions[:1]

    def walk(self, own_id: str) -> Iterator[tuple[str, State]]:
        """This state and every state below it, in document order."""
        yield own_id, self
        for child_id, child in self.states.items():
            yield from child.walk(child_id)
