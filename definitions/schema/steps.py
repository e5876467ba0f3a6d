"""Steps: what happens on the way, never waited for (LANGUAGE, section 5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from definitions.schema.model import Duration, Expression, Identifier, Json, Model, Principal, Some, Words

StepKind = Literal["set", "assign", "notify", "call", "http", "start", "send", "raise", "comment", "watch", "cost"]
KINDS: tuple[StepKind, ...] = (
    "set", "assign", "notify", "call", "http", "start", "send", "raise", "comment", "watch", "cost",
)  # fmt: skip


class Notify(Model):
    """Tell people: by a template of ``templates/``, or in a few words."""

    to: Some[Principal]
    template: Identifier | None = None
    message: Words | None = None
    channel: str | None = None
    quiet: str | None = None
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
    """The action's name: tickets, conflicts, figures, or one of your own."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """Its inputs: literal, or ``=expressions``."""


class Http(Model):
    """One outbound request, through the one client that goes out."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str
    """The whole address, or an ``=expression`` of it."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Texts, literal or ``=expressions``."""
    body: Json = None
    """Sent as JSON; ``=expressions`` in it are evaluated."""
    expect: Some[int] = (200, 201, 202, 204)
    """The statuses that count as success."""
    callback: Duration | None = None
    """In a ``run`` alone: the step is done when the other side calls back, which it may for this long. Where to, the
    request tells it as ``=callback.url``."""


class Start(Model):
    """Open a ticket of a process, linked to this one."""

    process: Identifier
    """Of which process a ticket is opened."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The new ticket's fields: literal, or ``=expressions`` of this one's."""
    link: Identifier | None = None
    """A field of type ticket of this process, filled with the new ticket's key."""


class Send(Model):
    """Send an event to other tickets, as ``engine``."""

    event: str
    """The event; its handler's ``by`` must name ``engine``."""
    to: str
    """``parent``, ``children``, ``link:x`` (where field x points), ``linked:x`` (whose x points here), or keys."""
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    """The values of the event's form."""


class Cost(Model):
    """Money spent on this ticket."""

    amount: Json
    """A number, or an ``=expression`` of one."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """Three letters: EUR."""
    note: str | None = None


class Step(Model):
    """Exactly one of the kinds, with an optional ``when`` and ``each``."""

    when: Expression | None = None
    """Only where this holds."""
    each: Expression | None = None
    """Once for each element of this list; the element is ``each``."""
    set: dict[str, Json] | None = None
    """Write fields."""
    assign: Principal | None = None
    """Make one principal the assignee."""
    notify: Notify | None = None
    """Tell people."""
    call: Call | None = None
    """Have a Python action do something."""
    http: Http | None = None
    """Send a request."""
    start: Start | None = None
    """Open another ticket."""
    send: Send | None = None
    """Send an event to other tickets."""
    raise_: str | None = Field(default=None, alias="raise")
    """Raise an event on this ticket."""
    comment: Words | None = None
    """Write a comment: text, or an ``=expression``."""
    watch: Principal | None = None
    """Let a principal watch the ticket."""
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


class RunStep(Step):
    """A step that is waited for, with its result saved (LANGUAGE, section 4, run)."""

    save: Identifier | None = None
    """Keeps the result as ``run.<state>.<name>``; with ``each`` a list, one for each element, at most 100."""
    timeout: Duration = "30s"
    """For one attempt."""
    retry: int = Field(default=3, ge=0, le=100)
    """Attempts after the first."""
