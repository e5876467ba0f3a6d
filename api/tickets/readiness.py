"""Readiness: whether tickets can be started and take events now, and what to do where they can't."""

from __future__ import annotations

import asyncio

from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.problems import Away
from api.records import RecordsAtTheEdge
from api.tickets import models

NO_TEMPORAL = "Temporal does not answer: start its server, and check STANCHION_TEMPORAL_ADDRESS"
NO_WORKER = "no worker answers: start one, or see its log; one that hangs must be killed"


class ReadinessCheck:
    """Writes to the records and asks a worker; requests at the same moment share one check."""

    def __init__(self, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._records = records
        self._cluster = cluster
        self._checking: asyncio.Task[models.Readiness] | None = None

    async def now(self) -> models.Readiness:
        """The readiness at this moment. Never raises."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check())
        return await asyncio.shield(self._checking)

    async def _check(self) -> models.Readiness:
        obstacle, (temporal, worker) = await asyncio.gather(self._records.obstacle(now()), self._served())
        found = (obstacle, None if temporal else NO_TEMPORAL, None if worker or not temporal else NO_WORKER)
        problems = [problem for problem in found if problem]
        return models.Readiness(
            ready=not problems, temporal=temporal, worker=worker, records=obstacle is None, problems=problems
        )

    async def _served(self) -> tuple[bool, bool]:
        """Whether Temporal answers, and a worker."""
        try:
            return True, await self._cluster.worker_answers()
        except (Away, NotRunningError):
            return False, False
