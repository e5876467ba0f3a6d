"""A scenario: a test of a process in virtual time (LANGUAGE, section 9)."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from definitions.schema.expectations import Expect, Instant
from definitions.schema.model import Duration, EventName, Identifier, Json, Listed, Model, PersonId, Title, Words
from definitions.schema.organization import Organization, OutOfOffice, Person, Service, Team

RefusalCode = Literal[
    "unknown_event", "not_permitted", "guard_failed", "missing_fields", "invalid_fields", "read_only_fields",
    "not_an_approver", "already_voted", "comment_required", "not_open", "stale", "key_reused", "ended",
    "not_migratable",
]  # fmt: skip
Action: TypeAlias = Literal[
    "expect", "send", "edit", "approve", "reject", "wait", "until", "task", "complete_run", "callback", "child",
    "comment", "claim", "trigger", "delegate", "correct", "migrate", "absent", "organization",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = (
    "expect", "send", "edit", "approve", "reject", "wait", "until", "task", "complete_run", "callback", "child",
    "comment", "claim", "trigger", "delegate", "correct", "migrate", "absent", "organization",
)  # fmt: skip
TAKES_ACTOR = ("expect", "approve", "reject", "task", "comment", "claim", "delegate", "correct", "migrate")


class ExpectedRefusal(Model, title="Refusal"):
    """How something must be refused; what is not given is not compared."""

    code: RefusalCode
    """The code of the refusal."""
    fields: Listed[Identifier] | None = None
    """The fields that it names."""
    allowed: Listed[EventName] | None = None
    """The events that could be sent instead."""
    reason: str | None = None
    """The reason, word by word."""


class OutsideEvent(Model, title="Event from outside"):
    """An event from outside, as the triggers of the process see it."""

    type: EventName
    """Its type. It acts as ``source:<the first part of it>``."""
    data: Json = None
    """What it says: ``event.data``."""


class Given(Model):
    """How the ticket is opened: by a person with fields, or by a trigger."""

    now: Instant
    """The time at which it is opened."""
    as_: str | None = Field(default=None, alias="as")
    """Who opens it. ``ticket:INC-7`` opens it as the process of another ticket would."""
    fields: dict[Identifier, Json] = Field(default_factory=dict)
    """What it is opened with."""
    trigger: OutsideEvent | None = None
    """An event from outside opens it, in place of a person with fields."""
    organization: Organization | None = None
    """Other people, services and calendars than those that are loaded."""
    refused: ExpectedRefusal | None = None
    """The opening must be refused, and nothing can follow."""

    @model_validator(mode="after")
    def _one_opening(self) -> Self:
        if self.trigger is not None and self.fields:
            raise ValueError("needs either fields or trigger: what a trigger starts has the trigger's fields")
        return self


class VoteStep(Model, title="Vote"):
    """The answer to a request that ``as`` holds."""

    comment: Words | None = None
    """Its reason."""


class TaskResult(Model, title="Task ended"):
    """A task that somebody ends: either ``done`` or ``failed``."""

    id: Identifier
    """Which task."""
    done: Literal[True] | None = None
    """It is done."""
    failed: Literal[True] | str | None = None
    """It has failed: ``true``, or the reason."""
    checked: Listed[Title] = ()
    """Lines of its checklist that are ticked with it."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.done is None) == (self.failed is None):
            raise ValueError("needs either done or failed")
        return self


class RunResult(Model, title="Automation ended"):
    """What automation came to, in its place: either ``done`` or ``failed``."""

    state: Identifier
    """The state whose automation ends."""
    done: dict[Identifier, Json] | None = None
    """What its steps would have saved, by name."""
    failed: str | None = None
    """The reason of its failure."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.done is None) == (self.failed is None):
            raise ValueError("needs either done or failed")
        return self


class CallbackResult(Model, title="Callback"):
    """What the other side calls back with to a state that waits for it: either ``done`` or ``failed``."""

    state: Identifier
    """The state that waits."""
    done: Json = None
    """The result; null is one, too."""
    failed: str | None = None
    """The reason why it failed."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if ("done" in self.model_fields_set) == (self.failed is not None):
            raise ValueError("needs either done or failed")
        return self


class ChildEnd(Model, title="Child ended"):
    """The first open child of a waiting state ends."""

    state: Identifier
    """The state that waits."""
    ended: Identifier
    """The state that the child ends in."""
    failed: bool | None = None
    """Whether that is failure. Needed only where its process is not among the definitions, and for workflows written in
    Python."""


class Remark(Model, title="Comment"):
    """A comment. A text alone is short for ``{text: <text>}``."""

    text: Words
    """What is said."""
    internal: bool = False
    """Only those of ``may: internal`` see it."""


class ClaimStep(Model, title="Claim"):
    """Take a ticket that is assigned to one's team or role: ``as`` becomes its assignee."""


class DelegationStep(Model, title="Delegation"):
    """Hand the request that ``as`` holds to somebody else."""

    to: PersonId
    """Who answers it instead."""


class CorrectionStep(Model, title="Correction"):
    """A step has really happened at another time."""

    step: Annotated[int, Field(ge=1)] | str
    """Its revision; or the event that was sent (the last one of this name), or what was done: ``edit``, ``open`` …"""
    at: Instant
    """When it has really happened."""
    comment: str = ""
    """Why; the ticket refuses a correction without it."""


class Absent(OutOfOffice):
    """Somebody enters an absence, besides those that they have."""

    person: PersonId
    """Who will be away."""


class Reorganization(Model):
    """The organization changes: an entry takes the place of the one of its id, null takes it away."""

    people: dict[PersonId, Person | None] = Field(default_factory=dict)
    """People who come, go, or are described anew."""
    teams: dict[Identifier, Team | None] = Field(default_factory=dict)
    """Teams with other members."""
    roles: dict[Identifier, Listed[PersonId] | None] = Field(default_factory=dict)
    """Roles that others have."""
    services: dict[str, Service | None] = Field(default_factory=dict)
    """Services that change hands."""


class Migration(Model):
    """Go on under another definition of the process."""

    to: str
    """The file of that definition."""
    map: dict[Identifier, Identifier] = Field(default_factory=dict)
    """Which old state is which new one."""


def _one_form(value: object) -> object:
    """``approve: {as: dora}`` and ``{approve: {}, as: dora}`` are the same step: the second form is kept."""
    if not isinstance(value, dict):
        return value
    step = dict(value)
    for key in TAKES_ACTOR:
        inner: Any = step.get(key)
        if key in step and inner is None:
            inner = step[key] = {}
        if key == "comment" and isinstance(inner, str):
            step[key] = {"text": inner}
        if isinstance(inner, dict) and "as" in inner and "as" not in step:
            step["as"] = inner["as"]
            step[key] = {name: one for name, one in inner.items() if name != "as"}
    return step


class ScenarioStep(Model):
    """One thing that is done, or that must hold: exactly one of these, with who does it and how it must be refused."""

    as_: str | None = Field(default=None, alias="as")
    """Who does it. Default: who opened the ticket."""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """The values of the form of ``send`` or ``task``."""
    refused: ExpectedRefusal | None = None
    """It must be refused, in this way."""
    expect: Expect | None = None
    """What must hold now."""
    send: EventName | None = None
    """Send an event."""
    edit: dict[Identifier, Json] | None = None
    """Write fields."""
    approve: VoteStep | None = None
    """Say yes to the request that ``as`` holds."""
    reject: VoteStep | None = None
    """Say no to it."""
    wait: Duration | None = None
    """Let time pass; all that is due until then, and at it, happens at its own time."""
    until: Instant | None = None
    """Let time pass until this moment, likewise."""
    task: TaskResult | None = None
    """End a task."""
    complete_run: RunResult | None = None
    """Say what the automation of a state came to."""
    callback: CallbackResult | None = None
    """Have the other side call back."""
    child: ChildEnd | None = None
    """Say how a child of a state ended."""
    comment: Remark | None = None
    """Write a comment: a text, or more about it."""
    claim: ClaimStep | None = None
    """Take a ticket that is assigned to one's team or role."""
    trigger: OutsideEvent | None = None
    """An event from outside."""
    delegate: DelegationStep | None = None
    """Hand one's request to somebody else."""
    correct: CorrectionStep | None = None
    """Say when a step has really happened."""
    migrate: Migration | None = None
    """Go on under another definition of the process."""
    absent: Absent | None = None
    """Somebody enters an absence while the ticket waits."""
    organization: Reorganization | None = None
    """The organization changes while the ticket waits: people leave, join, or change places."""

    @model_validator(mode="before")
    @classmethod
    def _normalise(cls, value: object) -> object:
        return _one_form(value)

    @model_validator(mode="after")
    def _exactly_one_action(self) -> Self:
        found = [action for action in ACTIONS if getattr(self, action) is not None]
        if len(found) != 1:
            raise ValueError("a step is exactly one of " + ", ".join(ACTIONS))
        if self.with_ and found[0] not in ("send", "task"):
            raise ValueError("with holds the form of send or task")
        if self.refused and found[0] in ("expect", "wait", "until", "absent", "organization"):
            raise ValueError(f"{found[0]} can't be refused")
        return self

    @cached_property
    def action(self) -> Action:
        return next(action for action in ACTIONS if getattr(self, action) is not None)


class Scenario(Model):
    """A test of a process in virtual time: the whole of a file in ``scenarios/``."""

    scenario: Title
    """What must be true, in a sentence."""
    process: Identifier
    """Which process is tested."""
    given: Given
    """How the ticket is opened."""
    steps: Listed[ScenarioStep] = ()
    """What is done, and what must hold, in order."""
