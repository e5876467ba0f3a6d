"""What is planned for an event from outside when it first comes, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from definitions.schema.model import Json

Result = Literal["started", "already_open", "sent", "refused", "nothing_open", "not_decided"]


@dataclass(frozen=True, slots=True)
class PlannedStart:
    """``trigger`` is its place in the process, from 0."""

    process: str
    trigger: int
    fields: dict[str, Json]
    key: str | None
    kind: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class PlannedSend:
    """``tickets`` are those that were open when the event came."""

    process: str
    trigger: int
    event: str
    fields: dict[str, Json]
    tickets: tuple[str, ...]
    kind: Literal["send"] = "send"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A trigger whose guard or values could not be computed."""

    process: str
    trigger: int
    reason: str
    kind: Literal["undecided"] = "undecided"


Planned = Annotated[PlannedStart | PlannedSend | Undecided, Field(discriminator="kind")]
PLAN: TypeAdapter[list[Planned]] = TypeAdapter(list[Planned])
"""A plan as it is kept: what is decided once stands, whatever becomes of definitions and tickets."""


class TriggerView(BaseModel):
    """What a trigger did, for one ticket."""

    process: str
    trigger: int = Field(description="its place in the process, from 1")
    result: Result
    ticket: str | None = None
    event: str | None = Field(default=None, description="what was sent to the ticket")
    code: str | None = Field(default=None, description="why it was refused, for programs")
    reason: str | None = Field(default=None, description="why it was refused or not decided, for people")


class OccurrenceView(BaseModel):
    """What became of one event; an event that comes again is answered by what was decided the first time."""

    id: str
    type: str
    detail: str
    triggers: list[TriggerView] = []


class InboundView(BaseModel):
    """What became of the events of a request, in their order."""

    items: list[OccurrenceView]
