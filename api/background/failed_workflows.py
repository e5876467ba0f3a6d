"""Logs failures: workflows that have failed, and tickets on which workers fail.

An event never makes a ticket fail. A failed workflow is therefore not in the records: it is a ticket whose opening was
refused by its process, or the firing of a schedule.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from temporalio.client import Client

from api.clock import now
from api.cluster import NotRunningError, reaching_temporal
from api.problems import Away
from api.workflow_failures import FailedWorkflow, StuckWorkflow, WorkflowFailures
from definitions.times import Instant, to_text

LOG = logging.getLogger("stanchion.failed")
EVERY_SECONDS = 60.0
"""How often the worker looks."""
BACK = 86_400
"""Seconds before the start of the worker from which failures are reported."""
OVERLAP = 30
"""Seconds by which two looks overlap: Temporal lists a workflow a moment after its end."""


class FailedWorkflows:
    """The failures of one task queue. A worker reports each failure once."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._failures = WorkflowFailures(client, task_queue)
        self._since: Instant = now() - BACK
        self._known: set[str] = set()
        self._stuck: frozenset[str] = frozenset()

    async def follow(self) -> None:
        """Logs every failure, until cancelled; waits while Temporal is away."""
        while True:
            try:
                await self._report()
            except (Away, NotRunningError) as away:
                LOG.warning("failed workflows can't be listed yet: %s", away)
            except Exception:  # a bug must not silence later reports
                LOG.exception("failed workflows can't be listed yet")
            await asyncio.sleep(EVERY_SECONDS)

    async def _report(self) -> None:
        for one in await self.look():
            LOG.error("workflow %s of type %s has failed: %s", one.id, one.type, one.reason)
        stuck, moving = await self.look_at_stuck()
        for each in stuck:
            words = "%s is stuck: its workflow task has failed %s times in a row since %s: %s"
            LOG.error(words, each.id, each.failures, to_text(each.since), each.cause)
        for id_ in moving:
            LOG.warning("%s is no longer stuck", id_)

    async def look(self) -> Sequence[FailedWorkflow]:
        """The workflows that have failed since the last look. Raises Away."""
        until = now()
        async with reaching_temporal():
            listed = await self._failures.failed_runs(self._since - OVERLAP)
            found = await self._failures.reasons(one for one in listed if one.run_id not in self._known)
        self._known, self._since = {one.run_id for one in listed}, until
        return found

    async def look_at_stuck(self) -> tuple[Sequence[StuckWorkflow], Sequence[str]]:
        """The workflows that became stuck since the last look, and the ids of those that no longer are. Raises Away."""
        before = self._stuck
        async with reaching_temporal():
            self._stuck = await self._failures.marked()
            found = await self._failures.looked_at(sorted(self._stuck - before))
        return found, sorted(before - self._stuck)
