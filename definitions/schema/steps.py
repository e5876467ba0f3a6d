"""Steps: what happens on the way, never waited for (LANGUAGE, section 5)."""

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

StepKind = Literal["set", "assign", "notify", "call", "http", "start", "send", "raise", "comment", "watch", "cost"]
KINDS: tuple[StepKind, ...] = (
    "set", "assign", "notify", "call", "http", "start", "send", "raise", "comment", "watch", "cost",
)  # fmt: skip


class Notify(Model, title="Notice"):
    """Tell people, by a template or in a few words."""

    to: Some[Principal]
    """Who is told: teams and roles are expanded to people, each told once."""
    template: Identifier | None = None
    """A text of ``templates/``, by its name without ``.md``."""
    message: Words | None = None
    """A few words in place of a template: literal, or an ``=expression``."""
    channel: str | None = None
    """A channel of the settings, such as a chat room, or ``mail``. Default: the way that reaches each person."""
    quiet: CalendarId | None = None
    """A calendar: while it is closed the notice waits for its next opening. What still waits when the ticket ends,
    notices of the final state's own entry too, is told at once."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.template is None) == (self.message is None):
            raise ValueError("needs either template or message")
        return self


class Call(Model):
    """A Python action, by name, with its inputs."""

    action: str
    """Its name: ``tickets``, ``conflicts``, ``figures``, or one of your own."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """Its inputs: literal, or ``=expressions``."""


class Http(Model, title="HTTP request"):
    """A request to another system, on a host that the settings allow."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """What is asked of the other system."""
    url: str
    """The whole address: literal, or an ``=expression``."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers: literal, or ``=expressions``. ``secret:NAME`` in one is put in when the request goes out."""
    body: Json = None
    """What is sent, as JSON; ``=expressions`` in it are worked out."""
    expect: Some[int] = (200, 201, 202, 204)
    """The statuses that count as success."""
    callback: Duration | None = None
    """In a ``run`` alone: the step is done when the other side calls back, which it may for this long. Where to, the
    request tells it as ``=callback.url``."""


class Start(Model, title="New ticket"):
    """Open a ticket of a process, linked to this one."""

    process: Identifier
    """Of which process."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """Its fields: literal, or ``=expressions`` about this ticket."""
    link: Identifier | None = None
    """A field of type ticket of this process, filled with the new ticket's key."""


class Send(Model, title="Event to others"):
    """Send an event to other tickets, as ``engine``. A refusal is recorded on both."""

    event: EventName
    """The event. Its handler's ``by`` must name ``engine``."""
    to: str
    """``parent``, ``children``, ``link:x`` (where field x points), ``linked:x`` (whose field x points here), or keys by
    an ``=expression``."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The values of the event's form: literal, or ``=expressions``."""


class Cost(Model):
    """Money spent on this ticket."""

    amount: Json
    """A number, or an ``=expression`` of one."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """Three capital letters (ISO 4217)."""
    note: str | None = None
    """What it was spent on."""


class Step(Model):
    """Something that is done on the way and not waited for: exactly one of these, with an optional ``when`` and
    ``each``."""

    when: Expression | None = None
    """Only where this holds."""
    each: Expression | None = None
    """Once for each element of this list; the element is ``each``."""
    set: dict[str, Json] | None = None
    """Write fields: literal, or ``=expressions``; null clears one."""
    assign: Principal | None = None
    """Make one principal the assignee. Where that is a team or role, any member acts as assignee."""
    notify: Notify | None = None
    """Tell people."""
    call: Call | None = None
    """Have a Python action do something."""
    http: Http | None = None
    """Send a request to another system."""
    start: Start | None = None
    """Open another ticket."""
    send: Send | None = None
    """Send an event to other tickets."""
    raise_: EventName | None = Field(default=None, alias="raise")
    """Raise an event on this ticket, handled in the same step; dropped where nothing handles it."""
    comment: Words | None = None
    """Write a comment: literal, or an ``=expression``."""
    watch: Principal | None = None
    """Let people watch the ticket."""
    cost: Cost | None = None
    """Note what was spent."""

    @property
    def kind(self) -> StepKind:
        return next(kind for kind in KINDS if self.value(kind) is not None)

    def value(self, kind: StepKind) -> Any:
        return self.raise_ if kind == "raise" else getattr(self, kind)

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> Self:
        found = [kind for kind in KINDS if self.value(kind) is not None]
        if len(found) != 1:
            raise ValueError("a step is exactly one of " + ", ".join(KINDS))
        return self


class RunStep(Step, title="Automation step"):
    """A step that is waited for: they go one after the other, and leaving the state cancels them."""

    save: Identifier | None = None
    """Keeps the result as ``run.<state>.<name>``; with ``each``, a list of at most 100 results."""
    timeout: Duration = "30s"
    """How long one attempt may take."""
    retry: int = Field(default=3, ge=0, le=100)
    """How many attempts follow the first, where that fails."""
