"""Entries about the tasks of a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.engine.model.timeline.shape import EntryShape

HandoverReason = Literal["left", "owner", "out_of_office", "service"]
"""Why the engine hands a task to another assignee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOpened(EntryShape):
    """A task opened: its turn came, and its assignee can do it."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    opened: Literal[True] = True
    assignee: str | None = None
    """The assignee: a person, `team:x` or `role:x`. Absent where everybody may do the task, and in older entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClaimed(EntryShape):
    """The actor took a task that was assigned to a team or a role."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    claimed: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdated(EntryShape):
    """The actor worked on a task without ending it: ticked items, filled in its form or commented."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    checked: tuple[str, ...] | None = None
    """The items of the checklist that the actor ticked."""
    comment: str | None = None
    """The actor's comment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnded(EntryShape):
    """The actor completed or failed a task."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    result: Literal["done", "failed"]
    """The result of the task."""
    checked: tuple[str, ...] | None = None
    """The items of the checklist that the actor ticked with it."""
    comment: str | None = None
    """The actor's comment; why the task failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOverdue(EntryShape):
    """A task is due and still open. Its assignee gets one reminder."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    overdue: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskHandedOver(EntryShape):
    """The engine handed an open task to another assignee."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    why: HandoverReason
    """`left`: the former assignee is no longer there. `owner`: the service has another owner or team. `out_of_office`:
    the assignee is away, and `to` is the delegate. `service`: the owner or team of the service has become known."""
    from_: str | None = None
    """The assignee before: a person, `team:x` or `role:x`."""
    to: str | None = None
    """The assignee from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWithdrawn(EntryShape):
    """A migration withdrew an open task: the new definition does not have it, or means another task by its id."""

    kind = "task"
    state: str
    """The state of the task."""
    task: str
    """The id of the task."""
    withdrawn: Literal[True] = True


TaskEntry = TaskOpened | TaskClaimed | TaskUpdated | TaskEnded | TaskOverdue | TaskHandedOver | TaskWithdrawn
