"""Tickets that triggers open: tried out, then numbered, one for each key, then started."""

from __future__ import annotations

import contextlib
import logging

from activities.records.counters import Allocation, TicketStart, TooManyStartsError
from api.clock import now
from api.cluster import Cluster, KeyTakenError
from api.definition_store.store import DefinitionStore
from api.inbound.plans import PlannedStart, TriggerView
from api.problems import RequestRefused
from api.records import RecordsAtTheEdge
from api.tickets.free_keys import under_free_key
from definitions.people.directory import Actor
from workflows.contracts import NumberedStart
from workflows.engine.model.result import Refusal
from workflows.engine.opening_trial import OpeningTrial
from workflows.engine.triggers import Occurrence
from workflows.ticket.messages import TicketInput

LOG = logging.getLogger("stanchion.inbound")
GRACE = 5
"""Seconds within which the ticket of a new key should be on record."""


class TriggerStarts:
    """Opens the tickets of triggers."""

    def __init__(self, store: DefinitionStore, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._store = store
        self._records = records
        self._cluster = cluster

    async def start(self, source: Actor, start_key: str, one: PlannedStart, event: Occurrence) -> TriggerView:
        """Opens the ticket, or says which one of its key is open. A refused opening uses no number.

        ``start_key`` is the start's idempotency key, ``event`` the event that has led here, perhaps by a chain.
        Raises Away: then it must be tried again.
        """
        view = TriggerView(process=one.process, trigger=one.trigger + 1, result="started")
        trial = self._try_out(source, one, event)
        if isinstance(trial, Refusal):
            LOG.warning("%s, trigger %s: %s: %s", one.process, one.trigger + 1, trial.code, trial.reason)
            return view.model_copy(update={"result": "refused", "code": trial.code, "reason": trial.reason})
        try:
            return await self._numbered(view, source, start_key, one, trial)
        except TooManyStartsError as error:
            LOG.warning("%s, trigger %s: too_many_hops: %s", one.process, one.trigger + 1, error)
            return view.model_copy(update={"result": "refused", "code": "too_many_hops", "reason": str(error)})

    async def _numbered(
        self, view: TriggerView, source: Actor, start_key: str, one: PlannedStart, trial: OpeningTrial
    ) -> TriggerView:
        """The view with the ticket that has been numbered and started, or that holds the key."""
        allocation = await self._allocate(source, start_key, one, trial)
        ticket = allocation.key
        if not allocation.joined:
            ticket = await self._begin_free(NumberedStart(source.id, start_key, correlation=one.key), trial, ticket)
        elif allocation.since is not None and now() - allocation.since >= GRACE:
            ticket = await self._revived(source, start_key, one, trial, ticket)
        return view.model_copy(update={"ticket": ticket, "result": "already_open" if allocation.joined else "started"})

    def _try_out(self, source: Actor, one: PlannedStart, event: Occurrence) -> OpeningTrial | Refusal:
        """The opening as the core would take it now."""
        definitions = self._store.current
        try:
            definitions.known(one.process)
        except RequestRefused as error:
            return Refusal("invalid_fields", error.detail)
        at = now()
        return definitions.world.openable(one.process, at).try_out(
            source, one.fields, at, declared=True, hops=event.hops, chain=event.chain
        )

    async def _allocate(self, source: Actor, start_key: str, one: PlannedStart, trial: OpeningTrial) -> Allocation:
        return await self._records.write(
            lambda records: records.allocate(
                TicketStart(
                    scope=source.id,
                    start_key=start_key,
                    body_hash="",  # the event's id alone identifies the event (CloudEvents 1.0, section 3.1.1)
                    process=trial.process.process,
                    prefix=trial.process.prefix,
                    at=now(),
                    correlation=one.key,
                    chain=trial.opening.chain,
                )
            )
        )

    async def _begin(self, start: NumberedStart, trial: OpeningTrial, ticket: str) -> bool:
        given = TicketInput(trial.pinned, trial.numbered(ticket))
        return await self._cluster.start(trial.process.process, ticket, given, start)

    async def _begin_free(self, start: NumberedStart, trial: OpeningTrial, ticket: str) -> str:
        """The key under which the ticket has begun."""
        key, _ = await under_free_key(
            self._records, start.scope, start.start_key, ticket, lambda key: self._begin(start, trial, key)
        )
        return key

    async def _revived(self, source: Actor, start_key: str, one: PlannedStart, trial: OpeningTrial, ticket: str) -> str:
        """The ticket that holds the key, started now where a crash came between its number and its start."""
        record = await self._records.ask(lambda records: records.get(ticket))
        if record is not None:
            return ticket
        first = await self._records.ask(lambda records: records.start_of(ticket))
        with contextlib.suppress(KeyTakenError):  # then it is another ticket, which never had the correlation key
            if await self._begin(NumberedStart(*(first or (source.id, start_key)), correlation=one.key), trial, ticket):
                return ticket
        # Its workflow is over and left no record: it was never a ticket, and its key is free for this event.
        await self._records.write(lambda records: records.free_correlation(ticket))
        allocation = await self._allocate(source, f"{start_key} again", one, trial)
        if not allocation.joined:
            start = NumberedStart(source.id, f"{start_key} again", correlation=one.key)
            return await self._begin_free(start, trial, allocation.key)
        return allocation.key
