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


_NEED = "'need' must be any, all, a number from 1, or a percentage from 1% to 100%"


class Approvers(Model):
    """Approvers, and the number of approvals needed."""

    from_: Some[Principal] = Field(default=(), alias="from")
    """The approvers. Groups are expanded to people, and each person gets one request. A delegate stands in for a person
    out of office."""
    need: Need = "any"
    """The number of approvals needed: ``any`` (one), ``all``, a number, or a percentage, rounded up. If it can't be
    reached, the approval is rejected; the number is never lowered."""
    veto: Some[Principal] = ()
    """The people whose single rejection rejects. Those outside ``from`` get a request too, but their approval doesn't
    count."""
    exclude: Some[Principal] = ()
    """The people who never get a request, nor vote through a group or a delegate: separation of duties."""

    @model_validator(mode="after")
    def _need_is_a_share(self) -> Self:
        need = self.need
        if isinstance(need, bool) or (isinstance(need, int) and need < 1):
            raise ValueError(_NEED)
        if isinstance(need, str) and need not in ("any", "all"):
            share = need.removesuffix("%")
            if not need.endswith("%") or not share.isdecimal() or not 1 <= int(share) <= 100:
                raise ValueError(_NEED)
        return self


class Stage(Approvers):
    """A stage of an approval, with approvers of its own."""

    id: Identifier | None = None
    """The name of the stage beside its votes."""
    when: Expression | None = None
    """A condition for the stage, evaluated when its turn comes. At least one stage has no ``when``."""
    do: Listed[Step] = ()
    """Steps after the stage has passed."""


class Approval(Approvers):
    """Wait for an approval: outcomes ``approved``, ``rejected``, and ``expired`` if ``within`` is given. Either
    ``from`` or ``stages`` names the approvers. A timeout never counts as approval. Expressions read
    ``approval.<state>.outcome``, ``.approvers`` and ``.reason``, the reason of a rejection: ``not_enough_approvers``,
    ``vetoed`` or ``rejected``."""

    stages: Listed[Stage] = ()
    """Stages, one after the other, each with its own approvers."""
    reset_on: Some[Identifier] = ()
    """Fields. A change of one of them voids all votes, and the approval starts again at the first stage."""
    remind: Duration | None = None
    """The time between reminders to approvers who haven't answered. It starts again on a reset."""
    within: Duration | None = None
    """The time to decide. It starts again on a reset, and when the approvers could be asked only after its end."""
    calendar: CalendarId | None = None
    """The hours that count for ``remind`` and ``within``: a calendar, or an ``=expression`` of one. Default: all hours,
    with days by the organization's clock."""
    comment: Literal["required", "on_rejection", "optional"] = "on_rejection"
    """Whether a vote needs a comment with the reason: always, for a rejection, or never."""

    @model_validator(mode="after")
    def _asks_somebody(self) -> Self:
        if bool(self.from_) == bool(self.stages):
            raise ValueError("an approval needs exactly one of 'from' and 'stages'")
        return self

    @property
    def rounds(self) -> tuple[Stage, ...]:
        """The stages in order. An approval without stages is one stage."""
        if self.stages:
            return self.stages
        return (Stage.model_validate({"from": self.from_, "need": self.need, "veto": self.veto}),)


class Task(Model):
    """A task for a person or a group. The outcome of the state is ``done`` when all tasks that apply are done, and
    ``failed`` as soon as one task fails."""

    id: Identifier
    """The id of the task in this state."""
    title: Title
    """The work to do, in a few words, which are shown as they are written."""
    assign: Principal | None = None
    """The person or group who does the task. Default: everyone who may see the ticket."""
    when: Expression | None = None
    """A condition for the task, evaluated when its turn comes. A task that doesn't apply counts as done."""
    after: Some[Identifier] = ()
    """Tasks of this state that must be done first."""
    due: Duration | None = None
    """The time after opening at which the assignee gets a reminder. It is counted without a calendar."""
    checklist: Listed[Title] = ()
    """Lines to tick before the task is done."""
    form: Some[Identifier] = ()
    """Fields that may be filled in when the task ends."""


class Child(Model):
    """Start other tickets and wait for them: outcomes ``done`` and ``failed``. Either ``process`` or ``workflow`` names
    their kind."""

    process: Identifier | None = None
    """The process of the new tickets."""
    workflow: Identifier | None = None
    """A workflow written in Python, in place of a process."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The fields of the new tickets: literal, or ``=expressions``; with ``each``, the element is called ``each``."""
    link: Identifier | None = None
    """A field of type ticket of this process, which gets their keys. With ``each``, the field is a list."""
    each: Expression | None = None
    """A list. One ticket is started for each element. Default: one ticket."""
    need: Literal["any", "all"] | int = "all"
    """The number of children that must be done."""
    on_exit: Literal["cancel", "detach"] = "cancel"
    """What happens to open children when the state is left: they get the event ``cancel``, or continue on their own."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.process is None) == (self.workflow is None):
            raise ValueError("a child needs exactly one of 'process' and 'workflow'")
        return self


Run = Listed[RunStep]
