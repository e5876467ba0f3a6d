"""The rules of a block of tasks (LANGUAGE, section 4): whose turn it is, and when the block is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from workflows.engine.snapshot import TaskState


def is_next(board: Sequence[TaskState], after: Collection[str]) -> bool:
    """Whether everything that comes before is done; a task that does not apply counts as done."""
    return all(task.status in ("done", "skipped") for task in board if task.id in after)


def outcome(board: Sequence[TaskState]) -> Literal["done", "failed"] | None:
    """``failed`` as soon as one is, ``done`` when all that apply are (at once where none does), else None."""
    if any(task.status == "failed" for task in board):
        return "failed"
    return "done" if all(task.status in ("done", "skipped") for task in board) else None
