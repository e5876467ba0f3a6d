"""What the edge hears and says of migrations. Times are RFC 3339 in UTC, whole seconds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from api.models import Acted, Body, Id


class MigrationBody(Body):
    """A migration that is asked for."""

    map: dict[Id, Id] = Field(
        default_factory=dict, description="old state → the new one that takes its place; others keep their ids"
    )
    calendars_only: bool = Field(
        default=False, description="keep the ticket's own definition, and take its calendars anew: holidays, hours"
    )
    dry_run: bool = Field(default=False, description="only tell what it would make of the ticket")


class DigestChange(BaseModel):
    """What a ticket ran on, and what it runs on then, by digest."""

    before: str
    after: str


class DeadlineChange(BaseModel):
    """Something that time would do, and when; absent where it does not come."""

    what: str
    state: str
    before: str | None = None
    after: str | None = None


class ApprovalChange(BaseModel):
    """What becomes of an approval that is waited for."""

    state: str
    becomes: Literal["kept", "asked anew", "begun", "withdrawn"]
    votes: int = Field(description="votes that were given; void unless it is kept")


class MigrationChanges(BaseModel):
    """What is different after it."""

    state_before: list[str] = Field(description="active leaves")
    state_after: list[str]
    fields: list[str] = Field(description="fields with another value")
    deadlines: list[DeadlineChange]
    approvals: list[ApprovalChange]
    forgotten: list[str] = Field(description="what is over and is not carried: it answered another question")


class Migrated(Acted):
    """What a migration made of the ticket, or, of a dry run, would make of it."""

    dry_run: bool = False
    definition: DigestChange
    calendars: DigestChange
    changes: MigrationChanges | None = Field(default=None, description="of a dry run")
