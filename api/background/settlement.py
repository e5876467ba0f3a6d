"""Settles records that a crash may have left ahead of their tickets (docs/adr/0004).

A record is written before its workflow task is complete. When a worker begins, and when Temporal answers again after a
failure, every record that is not confirmed is in doubt: readers then ask the ticket itself. Each of these tickets is
asked where it is. A record that agrees is confirmed. Where the record is ahead, the ticket records itself anew, which
takes back what never happened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from temporalio.client import Client

from activities.records.settling import Unsettled
from api.clock import now
from api.cluster import Cluster, NotRunningError, reaching_temporal
from api.problems import Away, TicketStuck
from api.records import RecordsAtTheEdge
from workflows.ticket.names import SETTLE, workflow_id

LOG = logging.getLogger("stanchion.settlement")
AT_ONCE = 20
"""Tickets that are asked at the same time."""
LOOK_SECONDS = 1.0
"""How often the worker looks whether Temporal answers."""
EVERY_SECONDS = 900.0
"""How often records are confirmed while nothing fails."""
QUIET_SECONDS = 15
"""The age of a record that is confirmed while nothing fails: its workflow task is over by then."""


class Settlement:
    """The records of one installation, and the tickets that they are about."""

    def __init__(self, client: Client, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._client = client
        self._records = records
        self._cluster = cluster

    async def follow(self) -> None:
        """Settles at the beginning, after every failure of Temporal, and at intervals, until cancelled."""
        clock = asyncio.get_running_loop().time
        failed, last = True, clock()
        while True:
            try:
                await self._cluster.has_worker()
                if failed or clock() - last > EVERY_SECONDS:
                    taken_back = await self.settle(doubt=failed)
                    failed, last = False, clock()
                    if taken_back:
                        LOG.warning(
                            "the records of %s tickets were ahead of their history, and are settled", taken_back
                        )
            except (Away, NotRunningError) as away:
                failed = True
                LOG.warning("records can't be settled yet: %s", away)
            except Exception:  # a bug must not silence later settlements
                failed = True
                LOG.exception("records can't be settled yet")
            await asyncio.sleep(LOOK_SECONDS)

    async def settle(self, *, doubt: bool) -> int:
        """Confirms records or has them written anew; returns the number of the latter. Raises Away.

        With ``doubt`` every unconfirmed record is in doubt until then; without it, only older records are looked at.
        """
        before, ahead, after = now() + 1 if doubt else now() - QUIET_SECONDS, 0, ""
        if doubt:
            await self._records.write(lambda records: records.doubt(before))
        while page := await self._page(before, after):
            ahead += sum(await asyncio.gather(*(self._settle(one) for one in page)))
            after = page[-1].key
        return ahead

    async def _page(self, before: int, after: str) -> Sequence[Unsettled]:
        return await self._records.ask(lambda records: records.unsettled(before, after, AT_ONCE))

    async def _settle(self, record: Unsettled) -> bool:
        """True where the record is ahead of the ticket. A ticket that Temporal no longer keeps is settled.

        A ticket on which workers fail stays in doubt. It does not delay the settlement of other tickets.
        """
        try:
            view = await self._cluster.view(record.key)
            if record.revision > view.snapshot.revision:
                async with reaching_temporal():
                    await self._client.get_workflow_handle(workflow_id(record.key)).signal(SETTLE)
                return True
            if view.unrecorded:
                return False  # it is about to be written
        except TicketStuck as stuck:
            LOG.warning("the record of %s can't be settled yet: %s", record.key, stuck.detail)
            return False
        except NotRunningError:
            pass
        await self._records.write(lambda records: records.settle(record))
        return False
