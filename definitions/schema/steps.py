"""Steps: actions that no state waits for (LANGUAGE, section 5), and the steps of a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from definitions.schema.model import (
    CalendarId,
    Duration,
    EventName,
    Expression,
    Identifier,
    Json,
    Model,
    Principal,
    Some,
    Words,
)

StepKind = Literal[
    "set", "assign", "notify", "call", "http", "start", "send", "raise", "comment", "watch", "unwatch", "cost",
]  # fmt: skip
KINDS: tuple[StepKind, ...] = (
    "set", "assign", "notify", "call", "http", "start", "send", "raise", "comment", "watch", "unwatch", "cost",
)  # fmt: skip


class Notify(Model, title="Notice"):
    """Notify people, with a template or a short message."""

    to: Some[Principal]
    """The people to notify. Teams and roles are expanded to people; each person is notified once. Nobody is notified of
    their own doing, the consequence of an event that they sent, unless ``to`` has this person's id."""
    template: Identifier | None = None
    """A text in ``templates/``, by its name without ``.md``."""
    message: Words | None = None
    """A short message in place of a template: literal, or an ``=expression``."""
    channel: str | None = None
    """A channel of the settings, such as a chat room, or ``mail``. Default: the channel that reaches each person."""
    quiet: CalendarId | None = None
    """A calendar. While it is closed, the notification waits for its next opening. When the ticket ends, all waiting
    notifications are sent at once, also those of the entry steps of the final state."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.template is None) == (self.message is None):
            raise ValueError("a notice needs exactly one of 'template' and 'message'")
        return self


class Call(Model):
    """Call a Python action."""

    action: str
    """The name of the action: ``tickets``, ``conflicts``, ``figures``, or one of your own."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The inputs of the action: literal, or ``=expressions``."""


class Http(Model, title="HTTP request"):
    """Send a request to another system, on a host that the settings allow."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """The HTTP method."""
    url: str
    """The complete URL: literal, or an ``=expression``."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers: literal, or ``=expressions``. The secret for ``secret:NAME`` is inserted when the request is sent."""
    body: Json = None
    """The content, sent as JSON; ``=expressions`` in it are evaluated."""
    expect: Some[int] = (200, 201, 202, 204)
    """The statuses that count as success."""
    callback: Duration | None = None
    """Only in a ``run``: the step is done when the other system calls back within this time. The request must carry the
    address, ``=callback.url``."""


class Start(Model, title="New ticket"):
    """Open a ticket of a process, linked to this one."""

    process: Identifier
    """The process of the new ticket."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The fields of the new ticket: literal, or ``=expressions`` about this ticket."""
    link: Identifier | None = None
    """A field of type ticket of this process, which gets the key of the new ticket."""


class Send(Model, title="Event to others"):
    """Send an event to other tickets, as ``engine``. A refusal is recorded on both tickets."""

    event: EventName
    """The name of the event. The handler's ``by`` must name ``engine``."""
    to: str
    """The receivers: ``parent``, ``children``, ``link:x`` (the tickets in field x), ``linked:x`` (the tickets whose
    field x holds this ticket), or an ``=expression`` of keys."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The values of the event's form: literal, or ``=expressions``."""


class Cost(Model):
    """Record money spent on this ticket."""

    amount: Json
    """A number, or an ``=expression`` of one."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """Three capital letters (ISO 4217)."""
    note: str | None = None
    """The purpose of the cost."""


class Step(Model):
    """An action that the ticket does not wait for: exactly one of these, with an optional ``when`` and ``each``."""

    when: Expression | None = None
    """A condition for the step. A condition whose value is null, because a field has no value, counts as false. If the
    condition can't be evaluated, the step fails."""
    each: Expression | None = None
    """A list. The step runs once for each element, which is called ``each``. If the step fails for an element, the
    remaining elements are left out."""
    set: dict[str, Json] | None = None
    """Write fields: literal, or ``=expressions``; null clears a field."""
    assign: Principal | None = None
    """Set the assignee, who is one principal. If it is a team or role, any member acts as assignee."""
    notify: Notify | None = None
    """Notify people."""
    call: Call | None = None
    """Call a Python action."""
    http: Http | None = None
    """Send a request to another system."""
    start: Start | None = None
    """Open another ticket."""
    send: Send | None = None
    """Send an event to other tickets."""
    raise_: EventName | None = Field(default=None, alias="raise")
    """Raise an event on this ticket. It is handled in the same step, or dropped if nothing handles it."""
    comment: Words | None = None
    """Write a comment: literal, or an ``=expression``."""
    watch: Principal | None = None
    """Add watchers to the ticket."""
    unwatch: Principal | None = None
    """Remove watchers from the ticket, as ``watch`` has added them: a team is removed as a team. ``watchers`` removes
    all."""
    cost: Cost | None = None
    """Record money spent."""

    @property
    def kind(self) -> StepKind:
        return next(kind for kind in KINDS if self.value(kind) is not None)

    def value(self, kind: StepKind) -> Any:
        return self.raise_ if kind == "raise" else getattr(self, kind)

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> Self:
        found = [kind for kind in KINDS if self.value(kind) is not None]
        if len(found) != 1:
            raise ValueError("a step needs exactly one of " + ", ".join(KINDS))
        return self


class RunStep(Step, title="Automation step"):
    """A step of a ``run``, which waits for it. The steps run one after the other; leaving the state cancels them. If
    a step fails, the run has failed."""

    save: Identifier | None = None
    """Save the result as ``run.<state>.<name>``; with ``each``, a list of at most 100 results."""
    timeout: Duration = "30s"
    """The time limit of one attempt."""
    retry: int = Field(default=3, ge=0, le=100)
    """The number of further attempts after a failed first attempt."""
