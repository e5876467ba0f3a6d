"""A scenario: a test of a process in virtual time (LANGUAGE, section 9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from definitions.schema.model import Duration, Identifier, Json, Listed, Model, Some, Title, Words
from definitions.schema.organization import Organization
from definitions.times import to_instant

RefusalCode = Literal[
    "unknown_event", "not_permitted", "guard_failed", "missing_fields", "invalid_fields", "read_only_fields",
    "not_an_approver", "already_voted", "comment_required", "not_open", "stale", "key_reused", "ended",
    "not_migratable",
]  # fmt: skip
Action: TypeAlias = Literal[
    "expect", "send", "edit", "approve", "reject", "wait", "until", "task", "complete_run", "callback", "child",
    "comment", "claim", "trigger", "delegate", "correct", "migrate",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = (
    "expect", "send", "edit", "approve", "reject", "wait", "until", "task", "complete_run", "callback", "child",
    "comment", "claim", "trigger", "delegate", "correct", "migrate",
)  # fmt: skip
TAKES_ACTOR = ("expect", "approve", "reject", "task", "comment", "claim", "delegate", "correct", "migrate")


def _instant(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a moment is written as 2026-03-14T20:00:00+01:00")
    try:
        return to_instant(value)
    except ValueError as error:
        raise ValueError("a moment is written as 2026-03-14T20:00:00+01:00") from error


Instant = Annotated[int, BeforeValidator(_instant, json_schema_input_type=str)]
"""UTC seconds; written as RFC 3339 text with its offset."""


class Refused(Model):
    """How a step must be refused; what is not given is not compared."""

    code: RefusalCode
    fields: Listed[Identifier] | None = None
    allowed: Listed[str] | None = None
    reason: str | None = None


class Occurrence(Model):
    """An event from outside, as a trigger sees it."""

    type: str
    data: Json = None


class Given(Model):
    """How the ticket is opened."""

    now: Instant
    as_: str | None = Field(default=None, alias="as")
    fields: dict[Identifier, Json] = Field(default_factory=dict)
    trigger: Occurrence | None = None
    """An event from outside opens it, in place of a person with their fields."""
    organization: Organization | None = None
    """In place of the one that is loaded."""
    refused: Refused | None = None

    @model_validator(mode="after")
    def _one_opening(self) -> Self:
        if self.trigger is not None and self.fields:
            raise ValueError("needs either fields or trigger: what a trigger starts has the trigger's fields")
        return self


class ClockExpectation(Model):
    """What a service level says now."""

    status: Literal["waiting", "running", "paused", "met", "breached", "canceled"] | None = None
    due: Instant | None = None
    elapsed: str | None = None
    actual: str | None = None
    remaining: str | None = None
    breached_at: Instant | None = None


class Notified(Model):
    """One notice to one person."""

    to: str
    template: Identifier | None = None
    reason: Literal["approval_requested", "approval_withdrawn", "reminder", "task_assigned", "problem"] | None = None


class StartedTicket(Model):
    """A ticket, or a workflow written in Python, that this ticket or a trigger has started."""

    process: Identifier | None = None
    workflow: Identifier | None = None
    key: str | None = None
    """Scenarios count: PRB-1, PRB-2 …"""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """What it was opened with; only the fields that are given are compared."""
    fields: dict[Identifier, Json] = Field(default_factory=dict)
    """Another word for ``with``."""
    link: Identifier | None = None


class SentEvent(Model):
    """An event that this ticket has sent to others."""

    event: str
    to: Some[str] | None = None
    """Keys, or as the step has it: ``parent``, ``children``, ``link:x``, ``linked:x``."""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")


class Expect(Model):
    """What must hold now. Only what is given is compared (``model_fields_set``): ``assignee: null`` is given."""

    state: Some[Identifier] | None = None
    fields: dict[str, Json] = Field(default_factory=dict)
    assignee: str | None = None
    tags: Listed[str] = ()
    allowed: Listed[str] = ()
    service_levels: dict[Identifier, ClockExpectation] = Field(default_factory=dict)
    notified: Listed[Notified] = ()
    started: Listed[StartedTicket] = ()
    """Since the last ``expect``."""
    sent: Listed[SentEvent] = ()
    """Since the last ``expect``."""
    open_approvals: Listed[str] = ()
    open_tasks: Listed[str] = ()


class Vote(Model):
    comment: Words | None = None


class TaskResult(Model):
    """A task that somebody ends: ``done: true``, or ``failed`` with or without its reason."""

    id: Identifier
    done: Literal[True] | None = None
    failed: Literal[True] | str | None = None
    checked: Listed[Title] = ()
    """Items of its checklist that are ticked with it."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.done is None) == (self.failed is None):
            raise ValueError("needs either done or failed")
        return self


class RunResult(Model):
    """What automation came to, in its place: the saved values, or the reason of its failure."""

    state: Identifier
    done: dict[Identifier, Json] | None = None
    failed: str | None = None

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.done is None) == (self.failed is None):
            raise ValueError("needs either done or failed")
        return self


class CallbackResult(Model):
    """The other side calls back to the state that waits for it: the result, or the reason why it failed."""

    state: Identifier
    done: Json = None
    failed: str | None = None

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if ("done" in self.model_fields_set) == (self.failed is not None):
            raise ValueError("needs either done or failed")
        return self


class ChildEnd(Model):
    """The first open child of a waiting state ends in one of its final states."""

    state: Identifier
    ended: Identifier
    failed: bool | None = None
    """Whether that is failure. Not needed where the child's process is among the definitions: its state says so."""


class Remark(Model):
    text: Words
    internal: bool = False


class Claim(Model):
    """Take a ticket that is assigned to one's team or role."""


class Delegation(Model):
    to: str


class Correction(Model):
    """A step has really happened at another time."""

    step: Annotated[int, Field(ge=1)] | str
    """Its revision; or the event that was sent (the last one of this name), or what was done: ``edit``, ``open`` …"""
    at: Instant
    comment: str = ""
    """Why; the ticket refuses a correction without it."""


class Migration(Model):
    """Go on under another definition; ``map`` says which old state is which new one."""

    to: str
    map: dict[Identifier, Identifier] = Field(default_factory=dict)


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
    """Exactly one action, with who does it (None: who opened the ticket) and how it must be refused."""

    as_: str | None = Field(default=None, alias="as")
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    refused: Refused | None = None
    expect: Expect | None = None
    send: str | None = None
    edit: dict[Identifier, Json] | None = None
    approve: Vote | None = None
    reject: Vote | None = None
    wait: Duration | None = None
    until: Instant | None = None
    task: TaskResult | None = None
    complete_run: RunResult | None = None
    callback: CallbackResult | None = None
    child: ChildEnd | None = None
    comment: Remark | None = None
    claim: Claim | None = None
    trigger: Occurrence | None = None
    delegate: Delegation | None = None
    correct: Correction | None = None
    migrate: Migration | None = None

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
        if self.refused and found[0] in ("expect", "wait", "until"):
            raise ValueError(f"{found[0]} can't be refused")
        return self

    @property
    def action(self) -> Action:
        return next(action for action in ACTIONS if getattr(self, action) is not None)


class Scenario(Model):
    """One file of ``scenarios/``."""

    scenario: Title
    process: Identifier
    given: Given
    steps: Listed[ScenarioStep] = ()
