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

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.template is None) == (self.message is None):
            raise ValueError("needs either template or message")
        return self


class Call(Model):
    """A Python action, by name, with its inputs."""

    action: str
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")


class Http(Model):
    """One outbound request, through the one client that goes out."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    body: Json = None
    expect: Some[int] = (200, 201, 202, 204)


class Start(Model):
    """Open a ticket of a process, linked to this one."""

    process: Identifier
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")
    link: Identifier | None = None


class Send(Model):
    """Send an event to other tickets, as ``engine``."""

    event: str
    to: str
    with_: dict[str, Json] = Field(default_factory=dict, alias="with")


class Cost(Model):
    """Money spent on this ticket."""

    amount: Json
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    note: str | None = None


class Step(Model):
    """Exactly one of the kinds, with an optional ``when`` and ``each``."""

    when: Expression | None = None
    each: Expression | None = None
    set: dict[str, Json] | None = None
    assign: Principal | None = None
    notify: Notify | None = None
    call: Call | None = None
    http: Http | None = None
    start: Start | None = None
    send: Send | None = None
    raise_: str | None = Field(default=None, alias="raise")
    comment: Words | None = None
    watch: Principal | None = None
    cost: Cost | None = None

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
    timeout: Duration = "30s"
    retry: int = Field(default=3, ge=0, le=100)
