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
    """The ticked items of the checklist."""
    ended: Instant | None = None
    by: str | None = None
    comment: str | None = None
    meant_for: str | None = None
    """The assignee before a stand-in got the task: a bound principal."""
    absent_at: Instant | None = None
    """When the next announced absence of the assignee begins."""
