"""What a ticket has under way beside the taking of events."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio.exceptions import is_cancelled_exception


class Jobs:
    """Tasks of one workflow, in the order in which they were started: the order in which they are canceled is the order
    of commands in history."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[object]] = []

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def start(self, job: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(job)
        self._tasks.append(task)
        return task

    def any_done(self) -> bool:
        """Whether one has come to its end and was not gathered yet."""
        return any(task.done() for task in self._tasks)

    def cancel(self) -> None:
        """Nobody wants to know any more."""
        for task in self._tasks:
            task.cancel()

    def gather_finished(self) -> None:
        """Forget what is done; a bug in it must fail the workflow task, never the ticket and never in silence."""
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.remove(task)
            error = None if task.cancelled() else task.exception()
            if error and not is_cancelled_exception(error):
                raise RuntimeError("an effect could not be performed") from error
