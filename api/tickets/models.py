"""The bodies of requests and answers. Times are RFC 3339 in UTC, whole seconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from activities.outside import plain_json, plain_text
from api.tickets.whole_numbers import FromOne, FromZero
from api.tickets.work_models import (
    ComingView,
    ServiceLevelNow,
    ServiceLevelView,
    TaskView,
    WaitingCallback,
    WaitingTask,
)

PlainJson = Annotated[Any, AfterValidator(plain_json)]
Fields = Annotated[dict[str, Any], AfterValidator(plain_json)]
Text = Annotated[str, AfterValidator(plain_text)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(plain_text)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=100_000), AfterValidator(plain_text)]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(plain_text)
]


class Body(BaseModel):
    """A request's body: strict, and closed, so that a typo is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class FirstEvent(Body):
    """An event sent in the same call that starts the ticket."""

    name: Id
    fields: Fields = Field(default_factory=dict)
    data: PlainJson = None


class StartBody(Body):
    process: Id
    fields: Fields = Field(default_factory=dict)
    event: FirstEvent | None = Field(default=None, description="start and act in one call: both happen, or neither")


class EventBody(Body):
    fields: Fields = Field(default_factory=dict, description="the form's values, `comment` among them")
    data: PlainJson = None


class CommentBody(Body):
    text: Words
    internal: bool = False


class DecisionBody(Body):
    """A decision. A screen or a link sends what its reader has read, so that no other request is decided unread: the
    revision in `If-Match`, or the visit, round and stage here."""

    decision: Literal["approve", "reject"]
    comment: Words | None = None
    visit: FromOne | None = Field(
        default=None, description="the visit to the state that you have read; any other visit is refused as `stale`"
    )
    round: FromZero | None = Field(
        default=None, description="the round that you have read; any other round is refused as `stale`"
    )
    stage: Id | FromZero | None = Field(
        default=None,
        description="the stage that was read, by its id or number; needed after your vote in an earlier stage",
    )


class DelegationBody(Body):
    to: Id
    state: Id | None = Field(default=None, description="only where several approvals are open at once")


class TaskBody(Body):
    result: Literal["done", "failed"] | None = Field(
        default=None, description="absent: the task stays open, only the rest is written"
    )
    checked: list[Id] = Field(default_factory=list, description="items of the checklist to tick")
    fields: Fields = Field(default_factory=dict, description="values of the task's form")
    comment: Words | None = Field(default=None, description="needed where it failed")


class RunBody(Body):
    saved: Fields = Field(
        default_factory=dict, description="the values that its steps would have saved, by name: 100,000 bytes at most"
    )
    failed: Annotated[Words, Field(max_length=2_000)] | None = Field(
        default=None, description="why it failed, in place of results"
    )


class DecidedView(BaseModel):
    """The approval request that was decided."""

    state: str
    title: str = Field(description="of the state")
    decision: Literal["approve", "reject"]
    visit: int
    round: int
    stage: str | int | None = Field(default=None, description="its id, or its number from 0; absent without stages")


class Acted(BaseModel):
    """The ticket after a request; a repeated request gets the same answer."""

    key: str
    revision: int
    states: list[str] = Field(description="active states, compound ones too, in document order")
    assignee: str | None = None
    ended: bool = False
    failed: bool = False
    decided: DecidedView | None = Field(default=None, description="of a decision: which request was decided")


class RequestView(BaseModel):
    """One person's request to approve."""

    person: str
    asked_for: str | None = Field(default=None, description="whom a delegate stands in for")
    why: str | None = Field(default=None, description="delegated (by hand), out_of_office, or joined")
    vote: Literal["approve", "reject"] | None = None
    comment: str | None = None
    voted_at: str | None = None


class ApprovalView(BaseModel):
    """The last approval of a state."""

    state: str
    visit: int
    round: int
    stage: int = Field(description="the number of the current stage, from 0")
    open: bool
    required: int
    outcome: str | None = None
    reason: str | None = None
    expires: str | None = None
    requests: list[RequestView] = []


class ProblemView(BaseModel):
    """Something about the ticket that a person must look at."""

    at: str
    code: str
    text: str
    state: str | None = None


class TicketSummary(BaseModel):
    """A ticket in a list."""

    key: str
    process: str
    title: str
    revision: int
    state: list[str] = Field(description="the active leaves; one, but for parallel regions")
    opener: str
    assignee: str | None = None
    opened_at: str
    updated_at: str
    ended_at: str | None = None
    failed: bool = False
    due: str | None = Field(default=None, description="the first due time of the service levels that run")
    breached: list[str] = Field(default=[], description="the service levels that are breached")
    confirmed: bool = Field(default=True, description="false: a crash may undo what is shown; settled within seconds")
    stuck: bool = Field(
        default=False,
        description="true if workers fail on the ticket, which then takes no events; a list may lag by seconds",
    )


class TicketDetail(TicketSummary):
    """A whole ticket."""

    digest: str = Field(description="of the definition that it runs on")
    stuck_since: str | None = Field(
        default=None, description="when a worker first failed on the ticket, if it is stuck"
    )
    states: list[str] = Field(description="active states, compound ones too, in document order")
    fields: dict[str, Any]
    watchers: list[str] = []
    approvals: list[ApprovalView] = []
    tasks: list[TaskView] = []
    callbacks: list[WaitingCallback] = []
    service_levels: dict[str, ServiceLevelView] = {}
    problems: list[ProblemView] = []


class TicketPage(BaseModel):
    items: list[TicketSummary]
    next: str | None = Field(default=None, description="cursor of the next page; absent on the last one")


class TimelineEntryView(BaseModel):
    """One entry of the timeline, in order."""

    seq: int
    at: str
    kind: str = Field(description="what happened; docs/reference/timeline.md lists every kind with its data")
    actor: str = Field(description="the id of a person, `source:x` for a machine, or `engine`")
    revision: int
    data: dict[str, Any] = Field(default={}, description="by kind; a key without a value is left out")


class TimelinePage(BaseModel):
    items: list[TimelineEntryView]
    next: str | None = None


class ActiveState(BaseModel):
    """One active state, since when it is active and why."""

    state: str
    title: str
    since: str
    visit: int
    cause: str = Field(description="what led here: `submit by alice`, `task do by alice`, `approved`, `after`")


class ChoiceView(BaseModel):
    """One transition that an event could take."""

    event: str
    state: str
    to: str | None = None
    possible: bool = Field(description="guard and `by` both hold for you; `lacks` may still stand in the way")
    permitted: bool
    by: list[str] = Field(description="principals as written; empty: everyone who may see the ticket")
    guard: str | None = None
    guard_holds: bool | None = Field(default=None, description="null where it can't be decided")
    values: dict[str, Any] = Field(default_factory=dict, description="what the guard read")
    lacks: list[str] = Field(default_factory=list, description="required fields without a value")
    form: list[str] = []
    title: str | None = None
    confirm: str | None = Field(default=None, description="what to ask before it is sent")


class StandInView(BaseModel):
    """A request that has moved to another person."""

    person: str
    asked_for: str | None = None
    why: str = Field(description="delegated (by hand), out_of_office, or joined")


class WaitingApproval(BaseModel):
    """An approval that the ticket waits for."""

    state: str
    title: str = Field(default="", description="of the state")
    visit: int = 0
    round: int = 0
    stage: int = Field(description="its number, from 0")
    stage_id: str | None = Field(default=None, description="absent where the stage has no id")
    required: int
    approved: list[str]
    rejected: list[str]
    open: list[str]
    expires: str | None = None
    asked: bool = Field(description="false while the approvers are looked up")
    moved: list[StandInView] = Field(
        default_factory=list, description="people who hold another's request, or have joined"
    )
    lacking: int = Field(default=0, description="approvals that are out of reach since people have left")


class ExplanationView(BaseModel):
    """Why the ticket is where it is, who may do what, and what fires next."""

    key: str
    process: str
    revision: int
    where: list[ActiveState]
    assignee: str | None = None
    choices: list[ChoiceView]
    approvals: list[WaitingApproval]
    coming: list[ComingView]
    waiting: list[str] = Field(description="outcomes that are due and that no transition takes")
    problems: list[ProblemView]
    ended_at: str | None = None
    clocks: list[ServiceLevelNow] = Field(default_factory=list, description="service levels")
    tasks: list[WaitingTask] = []
    callbacks: list[WaitingCallback] = []


class Me(BaseModel):
    """Who you are here."""

    id: str
    teams: list[str]
    roles: list[str]
    owns: list[str]
    serves: list[str]


class MyApproval(BaseModel):
    """A request for your approval."""

    ticket: str
    title: str
    process: str
    state: str
    visit: int
    round: int
    stage: int = Field(description="its number, from 0")
    asked_for: str | None = None
    asked_at: str
    due_at: str | None = None


class MyApprovals(BaseModel):
    items: list[MyApproval]


class NotificationView(BaseModel):
    """One notification."""

    id: str
    ticket: str
    person: str | None = Field(default=None, description="absent where a principal has no people")
    reason: str
    subject: str | None = Field(description="absent where it was written for somebody else")
    body: str | None = Field(description="absent where it was written for somebody else")
    channel: str | None = Field(
        default=None, description="the channel that carried it outside; absent where it is only in the outbox"
    )
    status: str
    created_at: str


class NotificationPage(BaseModel):
    items: list[NotificationView]
    next: str | None = None


class WrongPlace(BaseModel):
    """A part of a request that does not have the form that the route requires."""

    at: list[str | int] = Field(
        description="the path to the wrong part; it begins with `body`, `query`, `path` or `header`"
    )
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457, with a stable `code` for programs."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    fields: list[str] | None = None
    allowed: list[str] | None = None
    errors: list[WrongPlace] | None = Field(
        default=None, description="the wrong parts of the request, with the code `invalid_request`"
    )


class Front(BaseModel):
    """The name of this server, with links."""

    name: Literal["Stanchion"] = "Stanchion"
    summary: Literal["ITSM processes as code"] = "ITSM processes as code"
    version: str
    links: dict[str, str] = {
        "processes": "/v1/processes",
        "tickets": "/v1/tickets",
        "tasks": "/v1/tasks",
        "approvals": "/v1/approvals",
        "openapi": "/openapi.json",
        "readiness": "/readyz",
    }


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether tickets can be started and take events."""

    ready: bool
    temporal: bool
    worker: bool
    records: bool = Field(description="whether they can be written")
    problems: list[str] = Field(default=[], description="what is missing, and what to do")
