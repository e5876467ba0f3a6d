"""Reports workflows that have failed: tickets whose opening their process refused, and firings of schedules.

A ticket never fails by an event, so that a failed workflow is one that nobody can find in the records.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import FailureError

from api.clock import now
from api.cluster import NotRunningError, reaching_temporal
from api.problems import Away
from definitions.times import Instant

LOG = logging.getLogger("stanchion.failed")
EVERY_SECONDS = 60.0
"""How often the worker looks."""
BACK = 86_400
"""Seconds before the start of the worker from which failures are reported."""
OVERLAP = 30
"""Seconds by which two looks overlap: Temporal lists a workflow a moment after its end."""


@dataclass(frozen=True, slots=True)
class FailedWorkflow:
    """A failed workflow of this installation."""

    id: str
    type: str
    run: str
    reason: str


class FailedWorkflows:
    """The failed workflows of one task queue, each reported once by a worker."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue
        self._since: Instant = now() - BACK
        self._known: set[str] = set()

    async def follow(self) -> None:
        """Logs every failed workflow, until cancelled; waits while Temporal is away."""
        while True:
            try:
                for one in await self.look():
                    LOG.error("workflow %s of type %s has failed: %s", one.id, one.type, one.reason)
            except Away as away:
                LOG.warning("failed workflows can't be listed yet: %s", away)
            except Exception:  # a bug must not silence later reports
                LOG.exception("failed workflows can't be listed yet")
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> Sequence[FailedWorkflow]:
        """The workflows that have failed since the last look. Raises Away."""
        until = now()
        since = (datetime.fromtimestamp(self._since, UTC) - timedelta(seconds=OVERLAP)).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted = f"ExecutionStatus = 'Failed' AND TaskQueue = '{self._task_queue}' AND CloseTime >= '{since}'"
        async with reaching_temporal():
            listed = [one async for one in self._client.list_workflows(wanted)]
        fresh = [one for one in listed if one.run_id not in self._known]
        found = [FailedWorkflow(one.id, one.workflow_type, one.run_id, await self._reason(one.id)) for one in fresh]
        self._known, self._since = {one.run_id for one in listed}, until
        return found

    async def _reason(self, id_: str) -> str:
        try:
            async with reaching_temporal():
                await self._client.get_workflow_handle(id_).result()
        except NotRunningError:
            return "Temporal no longer keeps its history"
        except WorkflowFailureError as error:
            cause = error.cause
            return cause.message if isinstance(cause, FailureError) and cause.message else str(cause)
        return "a later run has not failed"
