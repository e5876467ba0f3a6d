"""The blocks that a state can wait for (LANGUAGE, section 4)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

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
)
from definitions.schema.steps import RunStep, Step

Need = Annotated[
    int | str,
    BeforeValidator(lambda v: v, json_schema_input_type=int | str),
    Field(description="any, all, a number, or a percentage from 1% to 100%"),
]


class Asking(Model):
    """Who is asked, and how many of them must approve."""

    from_: Some[Principal] = Field(default=(), alias="from")
    need: Need = "any"
    veto: Some[Principal] = ()
    exclude: Some[Principal] = ()

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
    """One round of asking, in its turn."""

    id: Identifier | None = None
    when: Expression | None = None
    do: Listed[Step] = ()


class Approval(Asking):
    """Wait for people's yes or no: outcomes ``approved``, ``rejected``, and ``expired`` with ``within``."""

    stages: Listed[Stage] = ()
    reset_on: Some[Identifier] = ()
    remind: Duration | None = None
    within: Duration | None = None
    calendar: str | None = None
    comment: Literal["required", "on_rejection", "optional"] = "on_rejection"

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
    """A piece of work for somebody."""

    id: Identifier
    """Unique in its block."""
    title: Title
    assign: Principal | None = None
    """Whose work it is; whoever sees the ticket where nobody is named."""
    when: Expression | None = None
    """Whether it applies, judged when its turn comes; one that doesn't counts as done."""
    after: Some[Identifier] = ()
    """Tasks of the same block that come before."""
    due: Duration | None = None
    """From its opening on; then whoever has it is reminded."""
    checklist: Listed[Title] = ()
    """Lines to tick before it is done."""
    form: Some[Identifier] = ()
    """Fields that may be filled in with it."""


class Child(Model):
    """Wait for other tickets: outcomes ``done`` and ``failed``."""

    process: Identifier | None = None
    """Of which process tickets are started."""
    workflow: Identifier | None = None
    """A Python workflow instead."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """Their fields: literal, or ``=expressions``; the element is ``each``."""
    link: Identifier | None = None
    """A field of type ticket of this process, filled with their keys; a list with ``each``."""
    each: Expression | None = None
    """One for each element of this list."""
    need: Literal["any", "all"] | int = "all"
    """How many must be done."""
    on_exit: Literal["cancel", "detach"] = "cancel"
    """What becomes of those still open when the state is left."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.process is None) == (self.workflow is None):
            raise ValueError("needs either process or workflow")
        return self


Run = Listed[RunStep]
