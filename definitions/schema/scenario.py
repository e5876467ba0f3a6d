"""A scenario: a test of a process in virtual time (LANGUAGE, section 9)."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from definitions.schema.expectations import Expect, Instant
from definitions.schema.model import Duration, EventName, Identifier, Json, Listed, Model, PersonId, Title, Words
from definitions.schema.organization import Organization, OutOfOffice, Person, Service, Team

RefusalCode = Literal[
    "unknown_event", "not_permitted", "guard_failed", "missing_fields", "invalid_fields", "read_only_fields",
    "not_an_approver", "ambiguous", "already_voted", "comment_required", "not_open", "stale", "key_reused", "ended",
    "not_migratable", "endless",
]  # fmt: skip
Action: TypeAlias = Literal[
    "expect", "send", "edit", "approve", "reject", "wait", "until", "task", "complete_run", "callback", "child",
    "comment", "claim", "trigger", "schedule", "delegate", "correct", "migrate", "absent", "organization",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = (
    "expect", "send", "edit", "approve", "reject", "wait", "until", "task", "complete_run", "callback", "child",
    "comment", "claim", "trigger", "schedule", "delegate", "correct", "migrate", "absent", "organization",
)  # fmt: skip
TAKES_ACTOR = ("expect", "approve", "reject", "task", "comment", "claim", "delegate", "correct", "migrate")


class ExpectedRefusal(Model, title="Refusal"):
    """The expected refusal. Only the keys given here are compared."""

    code: RefusalCode
    """The code of the refusal."""
    fields: Listed[str] | None = None
    """The fields that the refusal names; for the checklist of a task, its items."""
    allowed: Listed[EventName] | None = None
    """The events that are allowed instead."""
    reason: str | None = None
    """The reason, word for word."""


class OutsideEvent(Model, title="Event from outside"):
    """An event from outside, as the triggers of the process see it."""

    type: EventName
    """The type of the event. The event acts as ``source:<first part of the type>``."""
    data: Json = None
    """The data of the event: ``event.data``."""


class Firing(Model, title="Firing of a schedule"):
    """A firing of a schedule of the process. It is an error of the scenario if the schedule does not fire then."""

    number: Annotated[int, Field(ge=1)] = 1
    """The place of the schedule in the process, from 1."""
    each: str | None = None
    """Only in ``given``, for a schedule with ``each: services``: the service of the scenario's ticket. Default: the
    first service of the organization."""


class Given(Model):
    """The opening of the ticket: by a person with fields, by a trigger, or by a schedule."""

    now: Instant
    """The time of the opening."""
    as_: str | None = Field(default=None, alias="as")
    """The opener. ``ticket:INC-7`` opens the ticket as the process of another ticket would."""
    fields: dict[Identifier, Json] = Field(default_factory=dict)
    """The fields of the ticket at opening."""
    trigger: OutsideEvent | None = None
    """An event from outside that opens the ticket, in place of a person with fields."""
    schedule: Firing | None = None
    """A schedule that fires at ``now`` and opens the ticket, in place of a person with fields."""
    organization: Organization | None = None
    """People, services and calendars that replace the loaded ones."""
    refused: ExpectedRefusal | None = None
    """The opening must be refused, and no step may follow."""

    @model_validator(mode="after")
    def _one_opening(self) -> Self:
        if self.trigger is not None and self.fields:
            raise ValueError("give either 'fields' or 'trigger': a trigger opens a ticket with its own fields")
        if self.schedule is not None and (self.fields or self.trigger is not None or self.as_ is not None):
            raise ValueError("'schedule' stands without 'fields', 'trigger' and 'as': it opens the ticket by itself")
        return self


class VoteStep(Model, title="Vote"):
    """The answer to the approval request of ``as``."""

    comment: Words | None = None
    """The reason of the vote."""
    state: Identifier | None = None
    """The state of the approval. Needed only where ``as`` is an approver in several states at once, or where a vote of
    ``as`` has opened this approval."""
    visit: Annotated[int, Field(ge=1)] | None = None
    """The visit to the state that ``as`` has read. A vote on another visit is refused as ``stale``."""
    round: Annotated[int, Field(ge=0)] | None = None
    """The round that ``as`` has read; each reset of the approval begins another. 0 is the first."""
    stage: Identifier | Annotated[int, Field(ge=0)] | None = None
    """The stage, by its id or its number; 0 is the first. Needed only where ``as`` has voted in an earlier stage."""


class TaskResult(Model, title="Task update"):
    """Work on a task. ``done`` or ``failed`` ends it; without either, its checklist and its form are filled in."""

    id: Identifier
    """The id of the task."""
    done: Literal[True] | None = None
    """The task is done."""
    failed: Literal[True] | str | None = None
    """The task has failed: ``true``, or the reason."""
    checked: Listed[Title] = ()
    """Lines of the checklist that are ticked at the same time."""
    comment: Words | None = None
    """A comment on the task."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if self.done is not None and self.failed is not None:
            raise ValueError("a task ends with either 'done' or 'failed', not with both")
        if isinstance(self.failed, str) and self.comment is not None:
            raise ValueError("needs either a reason of 'failed' or a comment, not both")
        return self

    @property
    def says_nothing(self) -> bool:
        return self.done is None and self.failed is None and not self.checked and self.comment is None


class RunResult(Model, title="Automation ended"):
    """The result of automation, given in its place: either ``done`` or ``failed``."""

    state: Identifier
    """The state whose automation ends."""
    done: dict[Identifier, Json] | None = None
    """The results that its steps save, by name."""
    failed: str | None = None
    """The reason of the failure."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.done is None) == (self.failed is None):
            raise ValueError("automation ends with exactly one of 'done' and 'failed'")
        return self


class CallbackResult(Model, title="Callback"):
    """The callback of another system to a state that waits for it: either ``done`` or ``failed``."""

    state: Identifier
    """The state that waits."""
    done: Json = None
    """The result, which may be null."""
    failed: str | None = None
    """The reason of the failure."""

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if ("done" in self.model_fields_set) == (self.failed is not None):
            raise ValueError("a callback has exactly one of 'done' and 'failed'")
        return self


class ChildEnd(Model, title="Child ended"):
    """The end of the first open child of a waiting state."""

    state: Identifier
    """The state that waits."""
    ended: Identifier
    """The state that the child ends in."""
    failed: bool | None = None
    """Whether the child has failed. Needed only if its process is not among the definitions, and for workflows written
    in Python."""


class Remark(Model, title="Comment"):
    """A comment. A text alone is short for ``{text: <text>}``."""

    text: Words
    """The text of the comment."""
    internal: bool = False
    """Only people of ``may: internal`` see the comment."""


class ClaimStep(Model, title="Claim"):
    """Take a ticket or a task that is assigned to a team or role of ``as``, who becomes its assignee."""

    task: Identifier | None = None
    """The id of the task. Default: the ticket itself is claimed."""


class DelegationStep(Model, title="Delegation"):
    """Hand the approval request of ``as`` to another person."""

    to: PersonId
    """The person who answers the request instead."""
    state: Identifier | None = None
    """The state of the approval. Needed only where ``as`` is an approver in several states at once."""


class CorrectionStep(Model, title="Correction"):
    """A correction: a step really happened at another time."""

    step: Annotated[int, Field(ge=1)] | str
    """The step: its revision, the name of an event (the last one of this name), or the action: ``edit``, ``open`` …"""
    at: Instant
    """The time at which the step really happened."""
    comment: str = ""
    """The reason. The ticket refuses a correction without a reason."""


class Absent(OutOfOffice, title="New absence"):
    """A new absence of a person, besides the absences that they have."""

    person: PersonId
    """The person who will be absent."""


class Reorganization(Model):
    """A change of the organization. Each entry replaces the entry with the same id; null removes it."""

    people: dict[PersonId, Person | None] = Field(default_factory=dict)
    """People who join, leave, or change."""
    teams: dict[Identifier, Team | None] = Field(default_factory=dict)
    """Teams with other members."""
    roles: dict[Identifier, Listed[PersonId] | None] = Field(default_factory=dict)
    """Roles with other people."""
    services: dict[str, Service | None] = Field(default_factory=dict)
    """Services that change."""


class MigrationMap(Model, title="Map of a migration"):
    """The new ids for old ids. Every other state, field and option keeps its id. A mapping of texts alone is a map of
    states."""

    states: dict[Identifier, Identifier] = Field(default_factory=dict)
    """The new state for each old state."""
    fields: dict[Identifier, Identifier] = Field(default_factory=dict)
    """The new field for each old field; it takes over the value."""
    options: dict[Identifier, dict[str, str]] = Field(default_factory=dict)
    """For old fields of type choice, by their old ids: the new option for each old option."""


def map_of_states(value: object) -> object:
    """``{old: new}`` is the short form of ``{states: {old: new}}``."""
    if isinstance(value, dict) and not any(isinstance(one, dict) for one in value.values()):
        return {"states": value}
    return value


class Migration(Model):
    """Move the ticket to another definition of the process."""

    to: str
    """The file of the other definition."""
    map: Annotated[
        MigrationMap,
        BeforeValidator(map_of_states, json_schema_input_type=dict[Identifier, Identifier] | MigrationMap),
    ] = MigrationMap()
    """The new state for each old state: ``{old: new}``. Or states, fields and options: ``{states: {old: new}, fields:
    {old: new}, options: {field: {old: new}}}``."""


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
    """An action or an expectation: exactly one of these, with the actor and the expected refusal."""

    as_: str | None = Field(default=None, alias="as")
    """The actor. Default: the opener of the ticket."""
    with_: dict[Identifier, Json] = Field(default_factory=dict, alias="with")
    """The values of the form of ``send`` or ``task``."""
    data: Json = None
    """The data that ``send`` carries beside its form: ``event.data``."""
    refused: ExpectedRefusal | None = None
    """The action must be refused, as given here."""
    expect: Expect | None = None
    """What must hold now."""
    send: EventName | None = None
    """Send an event."""
    edit: dict[Identifier, Json] | None = None
    """Write fields."""
    approve: VoteStep | None = None
    """Approve the request of ``as``."""
    reject: VoteStep | None = None
    """Reject the request of ``as``."""
    wait: Duration | None = None
    """Let time pass. Everything that is due up to and including that time happens at its own time."""
    until: Instant | None = None
    """Let time pass until this moment, in the same way."""
    task: TaskResult | None = None
    """End a task, or tick and fill in what it asks for."""
    complete_run: RunResult | None = None
    """Give the result of the automation of a state."""
    callback: CallbackResult | None = None
    """Let the other system call back."""
    child: ChildEnd | None = None
    """End a child of a state."""
    comment: Remark | None = None
    """Write a comment: a text, or a mapping."""
    claim: ClaimStep | None = None
    """Take a ticket or a task that is assigned to a team or role."""
    trigger: OutsideEvent | None = None
    """Receive an event from outside."""
    schedule: Firing | None = None
    """Let a schedule of the process fire now. It opens other tickets, which ``expect: {started: …}`` has."""
    delegate: DelegationStep | None = None
    """Hand a request to another person."""
    correct: CorrectionStep | None = None
    """Correct the time of a step."""
    migrate: Migration | None = None
    """Move the ticket to another definition of the process."""
    absent: Absent | None = None
    """Record an absence while the ticket waits."""
    organization: Reorganization | None = None
    """Change the organization while the ticket waits: people join, leave, or change places."""

    @model_validator(mode="before")
    @classmethod
    def _normalise(cls, value: object) -> object:
        return _one_form(value)

    @model_validator(mode="after")
    def _exactly_one_action(self) -> Self:
        found = [action for action in ACTIONS if getattr(self, action) is not None]
        if len(found) != 1:
            raise ValueError("a step needs exactly one of " + ", ".join(ACTIONS))
        if self.with_ and found[0] not in ("send", "task"):
            raise ValueError("'with' may stand only beside 'send' or 'task'")
        if "data" in self.model_fields_set and self.send is None:
            raise ValueError("'data' may stand only beside 'send'")
        if self.task is not None and self.task.says_nothing and not self.with_:
            raise ValueError("a task needs one of 'done', 'failed', 'checked', 'comment' and 'with'")
        if self.schedule is not None and self.schedule.each is not None:
            raise ValueError("'each' may stand only in 'given': a firing opens the tickets of all services")
        if self.refused and found[0] in ("expect", "wait", "until", "schedule", "absent", "organization"):
            raise ValueError(f"'{found[0]}' can't be refused")
        return self

    @cached_property
    def action(self) -> Action:
        return next(action for action in ACTIONS if getattr(self, action) is not None)


class Scenario(Model):
    """A test of a process in virtual time: a whole file in ``scenarios/``."""

    scenario: Title
    """The rule under test, in a sentence."""
    process: Identifier
    """The process under test."""
    given: Given
    """The opening of the ticket."""
    steps: Listed[ScenarioStep] = ()
    """Actions and expectations, in order."""
