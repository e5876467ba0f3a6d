"""Tasks as a ticket remembers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class TaskState:
    """One task of one visit to a state."""

    id: str
    visit: int
    status: Literal["waiting", "open", "done", "failed", "skipped", "withdrawn"] = "waiting"
    assignee: str | None = None
    """A bound principal."""
    opened: Instant | None = None
    due: Instant | None = None
    reminded: bool = False
    checked: tuple[str, ...] = ()
    """Items of the checklist that are ticked."""
    ended: Instant | None = None
    by: str | None = None
    comment: str | None = None
    meant_for: str | None = None
    """Whom it was assigned to before it moved to somebody who stands in: a bound principal."""
    absent_at: Instant | None = None
    """When an announced absence of the assignee begins."""
