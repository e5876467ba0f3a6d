"""The results of queries as frozen values, and their making from rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import Row

from activities.records.outbox import Notification
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.clock import Status

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket in a list."""

    key: str
    process: str
    digest: str
    revision: int
    state: tuple[str, ...]
    """The ids of the active leaves."""
    title: str
    opener: str
    assignee: str | None
    opened_at: Instant
    updated_at: Instant
    ended_at: Instant | None
    failed: bool
    fields: Mapping[str, Json]
    in_doubt: bool = False
    """A crash may undo what is on record: see ``settling``."""


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The current run of a service level."""

    level: str
    status: Status
    due_at: Instant | None
    """None while the clock is paused."""
    breached_at: Instant | None

    @property
    def is_running(self) -> bool:
        """Whether the run is open and not breached."""
        return self.status == "running"


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """A whole ticket."""

    row: TicketRow
    view: Mapping[str, Json]
    """The snapshot as JSON."""
    participants: tuple[str, ...]
    """The bound principals that may see it, sorted."""
    calendars: str | None = None
    """The packed calendars of its service levels; None where it has no service levels."""


@dataclass(frozen=True, slots=True)
class Audience:
    """The viewers of a ticket, and the definition that it runs on."""

    process: str
    digest: str
    revision: int
    participants: tuple[str, ...]
    """Bound principals."""
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One audit entry, as recorded."""

    seq: int
    revision: int
    position: int
    at: Instant
    kind: str
    actor: str
    internal: bool
    data: Mapping[str, Json]
    hash: str


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One person's request to approve."""

    ticket: str
    title: str
    process: str
    state: str
    visit: int
    round: int
    stage: int
    person: str
    asked_for: str | None
    veto_only: bool
    status: Literal["open", "approved", "rejected", "withdrawn"]
    comment: str | None
    asked_at: Instant
    due_at: Instant | None
    answered_at: Instant | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list; ``next`` is the cursor of the next page, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of the tickets that match a filter."""

    open: int
    ended: int
    by_process: Mapping[str, int]
    """Open ones."""
    by_state: Mapping[str, int]
    """Open ones, by active leaf."""


def made(kind: type[T], row: Row[Any], **given: Any) -> T:
    """A value from the columns of the same names."""
    columns = row._mapping
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: given[name] if name in given else columns[name] for name in names})


def ticket_row(row: Row[Any], title: str) -> TicketRow:
    return made(TicketRow, row, state=tuple(row.state), title=title)


def notification(row: Row[Any]) -> Notification:
    return made(Notification, row)
