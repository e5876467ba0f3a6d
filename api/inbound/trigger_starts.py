"""Tickets that triggers open: tried out first, numbered then, one for each key, started at last."""

from __future__ import annotations

import logging
from dataclasses import replace

from activities.records.counters import Allocation, Start
from api.clock import now
from api.cluster import Cluster
from api.definition_store.store import Catalogue
from api.inbound.plans import PlannedStart, TriggerView
from api.problems import RequestRefused
from api.records import RecordsAtTheEdge
from definitions.people.directory import Actor
from definitions.people.references import with_defaults
from workflows.engine.compiled import compile_pinned
from workflows.engine.model.events import Open
from workflows.engine.model.result import Refusal
from workflows.engine.step import step
from workflows.ticket.messages import TicketInput

LOG = logging.getLogger("stanchion.inbound")
GRACE = 5
"""Seconds in which the ticket of a fresh key is expected to be on record."""


class Numbering:
    """Opens the tickets of triggers."""

    def __init__(self, catalogue: Catalogue, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._catalogue = catalogue
        self._records = records
        self._cluster = cluster

    async def start(self, source: Actor, deed: str, one: PlannedStart) -> TriggerView:
        """Opens the ticket, or says which one of its key is open. A refused opening uses no number.

        ``deed`` is the start's idempotency key. Raises Away where it must be tried again.
        """
        view = TriggerView(process=one.process, trigger=one.trigger + 1, result="started")
        tried = self._tried(source, one)
        if isinstance(tried, Refusal):
            LOG.warning("%s, trigger %s: %s: %s", one.process, one.trigger + 1, tried.code, tried.reason)
            return view.model_copy(update={"result": "refused", "code": tried.code, "reason": tried.reason})
        allocation = await self._allocate(source, deed, one)
        ticket = allocation.key
        if not allocation.joined:
            await self._begin(tried, one.process, ticket)
        elif allocation.since is not None and now() - allocation.since >= GRACE:
            ticket = await self._revived(source, deed, one, tried, ticket)
        return view.model_copy(update={"ticket": ticket, "result": "already_open" if allocation.joined else "started"})

    def _tried(self, source: Actor, one: PlannedStart) -> TicketInput | Refusal:
        """The ticket as the core would open it now."""
        definitions, at = self._catalogue.current, now()
        try:
            pinnable = definitions.pinnable(one.process, at)
        except RequestRefused as error:
            return Refusal("invalid_fields", error.detail)
        wrong = definitions.people.unknown(pinnable.process, one.fields)
        if wrong:
            return Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong))
        facts = definitions.people.facts(pinnable.process, with_defaults(pinnable.process, one.fields))
        organization = definitions.people.directory.digest
        opening = Open(
            f"{pinnable.process.prefix}-0", source, one.fields, facts, declared=True, organization=organization
        )
        opened = step(compile_pinned(pinnable.pinned), None, opening, at)
        return opened if isinstance(opened, Refusal) else TicketInput(pinnable.pinned, opening)

    async def _allocate(self, source: Actor, start_key: str, one: PlannedStart) -> Allocation:
        process = self._catalogue.current.pinnable(one.process, now()).process
        return await self._records.ask(
            lambda records: records.allocate(
                Start(
                    scope=source.id,
                    start_key=start_key,
                    body_hash="",  # the event's id alone says which event it is (CloudEvents 1.0, section 3.1.1)
                    process=process.process,
                    prefix=process.prefix,
                    at=now(),
                    correlation=one.key,
                )
            )
        )

    async def _begin(self, given: TicketInput, process: str, ticket: str) -> bool:
        if given.opening is None:
            raise ValueError("a ticket is begun with its opening")
        return await self._cluster.start(process, ticket, replace(given, opening=replace(given.opening, key=ticket)))

    async def _revived(self, source: Actor, deed: str, one: PlannedStart, given: TicketInput, ticket: str) -> str:
        """The ticket of the key, started now where whoever numbered it came to grief before it could be."""
        record = await self._records.ask(lambda records: records.get(ticket))
        if record is not None or await self._begin(given, one.process, ticket):
            return ticket
        # Its workflow is over and left no record: it was never a ticket, and its key is free for this event.
        await self._records.ask(lambda records: records.free_correlation(ticket))
        allocation = await self._allocate(source, f"{deed} again", one)
        if not allocation.joined:
            await self._begin(given, one.process, allocation.key)
        return allocation.key
