"""The plan for an event from outside, made when it first arrives, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from definitions.schema.model import Json

Result = Literal["started", "already_open", "sent", "waits", "refused", "nothing_open", "not_decided"]


@dataclass(frozen=True, slots=True)
class PlannedStart:
    """A ticket to open; ``trigger`` is the trigger's place in the process, from 0."""

    process: str
    trigger: int
    fields: dict[str, Json]
    key: str | None
    kind: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class PlannedSend:
    """An event for ``tickets``: those that were open when the event from outside arrived."""

    process: str
    trigger: int
    event: str
    fields: dict[str, Json]
    tickets: tuple[str, ...]
    kind: Literal["send"] = "send"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A trigger whose guard or values can't be computed."""

    process: str
    trigger: int
    reason: str
    kind: Literal["undecided"] = "undecided"


Planned = Annotated[PlannedStart | PlannedSend | Undecided, Field(discriminator="kind")]
PLAN: TypeAdapter[list[Planned]] = TypeAdapter(list[Planned])
"""A plan as it is kept: it stands, however definitions and tickets change later."""


class TriggerView(BaseModel):
    """The action of a trigger on one ticket."""

    process: str
    trigger: int = Field(description="the trigger's place in the process, from 1")
    result: Result
    ticket: str | None = None
    event: str | None = Field(default=None, description="the event that was sent to the ticket")
    code: str | None = Field(default=None, description="why it was refused, for programs")
    reason: str | None = Field(default=None, description="why it was refused or not decided, for people")


class OccurrenceView(BaseModel):
    """The result of one event; a repeated event is answered by its first plan."""

    id: str
    type: str
    detail: str
    triggers: list[TriggerView] = []


class InboundView(BaseModel):
    """The results of a request's events, in their order."""

    items: list[OccurrenceView]
