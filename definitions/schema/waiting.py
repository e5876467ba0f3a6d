"""The blocks that a state can wait for, and the outcomes of each (LANGUAGE, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from definitions.schema.model import (
    CalendarId,
    Duration,
    Expression,
    Identifier,
    Json,
    Listed,
    Model,
    Principal,
    Some,
    Title,
)
from definitions.schema.steps import RunStep, Step

BlockKind = Literal["approval", "tasks", "run", "child"]
"""A waiting block, by its key in a state."""
ApprovalOutcome = Literal["approved", "rejected", "expired"]
WorkOutcome = Literal["done", "failed"]
"""Of tasks, automation and children."""
OUTCOMES: Mapping[BlockKind, tuple[str, ...]] = {
    "approval": get_args(ApprovalOutcome),
    "tasks": get_args(WorkOutcome),
    "run": get_args(WorkOutcome),
    "child": get_args(WorkOutcome),
}
"""The events of each kind of block: in a state that has one, the engine alone sends them. Those that a certain block
can have are ``State.outcomes``."""

Need = Annotated[
    int | str,
    BeforeValidator(lambda v: v, json_schema_input_type=int | str),
]


class Asking(Model):
    """Who is asked, and how many of them must approve."""

    from_: Some[Principal] = Field(default=(), alias="from")
    """Who is asked: groups are expanded to people, each asked once. The delegate stands in for somebody out of office.
    """
    need: Need = "any"
    """How many must approve: ``any`` (one), ``all``, a number, or a percentage, rounded up. What can't be reached is
    rejected, never lowered."""
    veto: Some[Principal] = ()
    """Whose rejection alone rejects. Those outside ``from`` are asked too, and their approval doesn't count."""
    exclude: Some[Principal] = ()
    """Who is never asked, nor votes through a group or a delegate: separation of duties."""

    @model_validator(mode="after")
    def _need_is_a_share(self) -> Self:
        need = self.need
        if isinstance(need, bool) or (isinstance(need, int) and need < 1):
            raise ValueError("need is any, all, a number from 1, or a percentage")
        if isinstance(need, str) and need not in ("any", "all"):
            share = need.removesuffix("%")
            if not need.endswith("%") or not share.isdecimal() or not 1 <= int(share) <= 100:
                raise ValueError("need is any, all, a number from 1, or a percentage from 1% to 100%")
        return self


class Stage(Asking):
    """One round of asking."""

    id: Identifier | None = None
    """What it is called where votes are shown."""
    when: Expression | None = None
    """Whether it is needed, judged when its turn comes. At least one stage has no ``when``."""
    do: Listed[Step] = ()
    """Steps when it has passed."""


class Approval(Asking):
    """Wait for people's yes or no: outcomes ``approved``, ``rejected``, and ``expired`` where ``within`` is given.
    Either ``from`` or ``stages`` says who is asked. Time that runs out never counts as approval."""

    stages: Listed[Stage] = ()
    """Rounds of asking, one after the other."""
    reset_on: Some[Identifier] = ()
    """Fields: changing one of them voids the votes and starts at the first stage."""
    remind: Duration | None = None
    """How often those who haven't answered are reminded. A reset starts it anew."""
    within: Duration | None = None
    """How long there is to decide. A reset starts it anew."""
    calendar: CalendarId | None = None
    """Which hours count for ``remind`` and ``within``: a calendar, or an ``=expression`` of one. Default: all, with
    days by the organization's clock."""
    comment: Literal["required", "on_rejection", "optional"] = "on_rejection"
    """Whether a vote needs its reason: always, when rejecting, or never."""

    @model_validator(mode="after")
    def _asks_somebody(self) -> Self:
        if bool(self.from_) == bool(self.stages):
            raise ValueError("needs either from or stages")
        return self

    @property
    def rounds(self) -> tuple[Stage, ...]:
        """The stages in order; a plain approval is one stage."""
        if self.stages:
            return self.stages
        return (Stage.model_validate({"from": self.from_, "need": self.need, "veto": self.veto}),)


class ChecklistItem(Model):
    """One line to tick."""

    title: Title


class Task(Model):
    """A piece of work for somebody. The state's outcome is ``done`` when all that apply are done, and ``failed`` as
    soon as one is."""

    id: Identifier
    """Its name in this state."""
    title: Title
    """What is to be done."""
    assign: Principal | None = None
    """Whose work it is. Default: whoever sees the ticket."""
    when: Expression | None = None
    """Whether it applies, judged when its turn comes; one that doesn't counts as done."""
    after: Some[Identifier] = ()
    """Tasks of this state that come before it."""
    due: Duration | None = None
    """How long after it opens whoever has it is reminded. It is counted without a calendar."""
    checklist: Listed[Title] = ()
    """Lines to tick before it is done."""
    form: Some[Identifier] = ()
    """Fields that may be filled in with it."""


class Child(Model):
    """Wait for other tickets: outcomes ``done`` and ``failed``. Either ``process`` or ``workflow`` says what is
    started."""

    process: Identifier | None = None
    """Of which process tickets are opened."""
    workflow: Identifier | None = None
    """A workflow written in Python, in place of a process."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """Their fields: literal, or ``=expressions``; with ``each``, the element is ``each``."""
    link: Identifier | None = None
    """A field of type ticket of this process, filled with their keys; it is a list where there is an ``each``."""
    each: Expression | None = None
    """One ticket for each element of this list. Default: one ticket."""
    need: Literal["any", "all"] | int = "all"
    """How many must be done."""
    on_exit: Literal["cancel", "detach"] = "cancel"
    """What becomes of those still open when the state is left: they get the event ``cancel``, or go on by themselves.
    """

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.process is None) == (self.workflow is None):
            raise ValueError("needs either process or workflow")
        return self


Run = Listed[RunStep]
