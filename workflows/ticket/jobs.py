"""Asynchronous tasks of a ticket's workflow that run beside its event handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio.exceptions import is_cancelled_exception


class Jobs:
    """Tasks in the order in which they were started. They are canceled in this order, so that a replay issues the same
    commands."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[object]] = []

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, job: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(job)
        self._tasks.append(task)
        return task

    def any_done(self) -> bool:
        """Whether a task is done and was not gathered yet."""
        return any(task.done() for task in self._tasks)

    def cancel(self) -> None:
        """Cancels every task: their results are of no use any more."""
        for task in self._tasks:
            task.cancel()

    def gather_finished(self) -> None:
        """Removes the tasks that are done. A bug in one of them fails the workflow task, not the ticket."""
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.remove(task)
            error = None if task.cancelled() else task.exception()
            if error and not is_cancelled_exception(error):
                raise RuntimeError("an effect could not be performed") from error
