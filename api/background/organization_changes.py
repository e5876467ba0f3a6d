"""Notifies tickets that the organization has changed: tickets that wait for people check who is still there.

The records hold which tickets wait, and by which organization each has checked last, so that a worker that was away, or
died halfway, continues with the rest. A ticket that is notified twice checks once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from temporalio.client import Client

from activities.world import CurrentWorld
from api.clock import now
from api.cluster import NotRunningError, reaching_temporal
from api.definition_store.store import DefinitionStore
from api.problems import Away
from api.records import RecordsAtTheEdge
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.waiting.directory_answers import needs_a_check
from workflows.ticket.names import ORGANIZATION_CHANGED, workflow_id

LOG = logging.getLogger("stanchion.organization")
AT_ONCE = 20
"""Tickets that are notified at the same time."""
PAUSE_SECONDS = 0.5
"""The pause after each group: at most 40 tickets a second, so that thousands don't wake at once."""
EVERY_SECONDS = 900.0
"""How often the worker looks for missed tickets, for example after a worker with older files answered them."""
RETRY_SECONDS = 5.0


class OrganizationChanges:
    """The tickets of one installation, and the organization of its worker."""

    def __init__(
        self, client: Client, records: RecordsAtTheEdge, world: CurrentWorld, *, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        self._client = client
        self._records = records
        self._world = world
        self._pause_seconds = pause_seconds

    async def follow(self, store: DefinitionStore) -> None:
        """Notifies at the start, after every change and at intervals, until cancelled; waits while a backend is away.

        A listener that the store calls before this one replaces the world.
        """
        changed = asyncio.Event()
        store.on_change(lambda _: changed.set())
        while True:
            changed.clear()
            try:
                told = await self.tell()
                if told:
                    LOG.info("%s tickets re-evaluate their approvers and holders: the organization has changed", told)
                pause = EVERY_SECONDS
            except Away as away:
                LOG.warning("tickets could not be notified yet that the organization has changed: %s", away)
                pause = RETRY_SECONDS
            except Exception:  # a bug must not silence later changes
                LOG.exception("tickets could not be notified yet that the organization has changed")
                pause = RETRY_SECONDS
            try:
                await asyncio.wait_for(changed.wait(), pause)
            except TimeoutError:
                continue

    async def tell(self) -> int:
        """Notifies every ticket that waits for people and has not checked by this organization; returns their number.

        Raises Away.
        """
        event = OrganizationChanged(self._world.now.directory.digest)
        told, after = 0, ""
        while True:
            keys, more = await self._waiting(event, after)
            told += sum(await self._tell_each(keys, event))
            if more is None:
                return told
            after = more
            if keys:
                await asyncio.sleep(self._pause_seconds)

    async def _waiting(self, event: OrganizationChanged, after: str) -> tuple[Sequence[str], str | None]:
        directory, at = self._world.now.directory, now()

        def checks(snapshot: Snapshot) -> bool:
            return needs_a_check(directory, snapshot, at)

        return await self._records.ask(lambda records: records.waiting_for_people(event, after, AT_ONCE, checks))

    async def _tell_each(self, keys: Sequence[str], event: OrganizationChanged) -> list[bool]:
        return list(await asyncio.gather(*(self._tell(key, event) for key in keys)))

    async def _tell(self, key: str, event: OrganizationChanged) -> bool:
        """True where the ticket runs; an ended ticket waits for nobody."""
        try:
            async with reaching_temporal():
                await self._client.get_workflow_handle(workflow_id(key)).signal(ORGANIZATION_CHANGED, event)
        except NotRunningError:
            return False
        return True
