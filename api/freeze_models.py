"""What the edges say and hear of freezes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.models import Body, Id, Reason


class FreezeBody(Body):
    from_: Id = Field(alias="from", description="a date, or a datetime with its offset")
    to: Id = Field(description="a date, the whole of it included, or a datetime with its offset")
    services: list[Id] = Field(default_factory=list, max_length=1_000, description="default: all")
    title: Id | None = None
    reason: Reason = Field(description="why, for those whose changes it holds")


class FreezeLifted(BaseModel):
    by: str
    at: str
    reason: str | None = None


class FreezeView(BaseModel):
    """A freeze: one of the organization's files, or one that was declared."""

    id: str
    source: Literal["files", "declared"]
    from_: str = Field(serialization_alias="from", description="as it was given")
    to: str
    starts_at: str
    ends_at: str = Field(description="it holds until then, and not at it")
    services: list[str] = Field(description="those that it was declared for; none are all")
    title: str | None = None
    reason: str | None = None
    declared_by: str | None = None
    declared_at: str | None = None
    lifted: FreezeLifted | None = None
    told: bool = Field(description="open tickets have heard of it, as far as triggers send it to them")


class FreezeList(BaseModel):
    items: list[FreezeView]
