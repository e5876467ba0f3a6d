"""States and transitions (LANGUAGE, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from definitions.schema.model import (
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
from definitions.schema.steps import Step
from definitions.schema.waiting import Approval, Child, Run, Task


class Transition(Model):
    """Where an event leads, for whom, and what must be given with it."""

    to: Identifier | None = None
    when: Expression | None = None
    by: Some[Principal] | None = None
    requires: Some[Identifier] = ()
    form: Some[Identifier] = ()
    set: dict[str, Json] = Field(default_factory=dict)
    do: Listed[Step] = ()
    internal: bool = False
    title: Title | None = None
    confirm: Words | None = None


class Timed(Transition):
    """A transition that time takes: ``for`` since entry, or ``until`` a moment."""

    for_: str | None = Field(default=None, alias="for", description="a duration, or an =expression of one")
    until: Expression | None = None
    calendar: str | None = None

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
    BeforeValidator(_alternatives, json_schema_input_type=str | Transition | list[str | Transition]),
]
"""A target id, one transition, or a list of them tried in order."""


class State(Model):
    """One state: atomic, compound, parallel, final or history."""

    title: Title | None = None
    description: Words | None = None
    tags: Some[Identifier] = ()
    entry: Listed[Step] = ()
    exit: Listed[Step] = ()
    on: dict[str, Alternatives] = Field(default_factory=dict)
    always: Alternatives = ()
    after: Listed[Timed] = ()
    initial: Identifier | None = None
    states: dict[str, State] = Field(default_factory=dict)
    parallel: bool = False
    history: Literal["shallow", "deep"] | None = None
    final: bool | Literal["failed"] = False
    approval: Approval | None = None
    """People's yes or no is waited for: outcomes ``approved``, ``rejected``, and ``expired`` with ``within``."""
    tasks: Listed[Task] | None = None
    """Pieces of work are waited for: ``done`` when all that apply are, ``failed`` as soon as one is."""
    run: Run | None = None
    """Automation, in order: ``done`` after the last step, ``failed`` when one fails for good."""
    child: Child | None = None
    """Other tickets are waited for: ``done`` when as many as needed are, ``failed`` when they can't be any more."""

    @property
    def waits_for(self) -> Literal["approval", "tasks", "run", "child"] | None:
        for block in ("approval", "tasks", "run", "child"):
            if getattr(self, block) is not None:
                return block
        return None

    def walk(self, own_id: str) -> Iterator[tuple[str, State]]:
        """This state and every state below it, in document order."""
        yield own_id, self
        for child_id, child in self.states.items():
            yield from child.walk(child_id)
