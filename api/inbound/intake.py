"""Intake of events from outside: planned once, carried out completely, answered with the results.

Sender, source and id identify an event. Each action is idempotent by event and trigger, and the tickets that receive
the event are looked up once, when it first arrives. So an event may be sent any number of times, at once or after a
crash halfway: the missing actions are done, and none is done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.definition_store.store import DefinitionStore
from api.idempotency import request_hash
from api.inbound.plans import PLAN, OccurrenceView, Planned, PlannedSend, PlannedStart, TriggerView, Undecided
from api.inbound.trigger_starts import TriggerStarts
from api.problems import Away, RequestRefused, TicketStuck
from api.records import RecordsAtTheEdge
from api.tickets.sending import EventSender
from definitions.people.directory import Actor
from workflows.engine.compiled import compile_pinned
from workflows.engine.model.events import Send
from workflows.engine.triggers import NoIntent, Occurrence, SendIntent, StartIntent, intents
from workflows.ticket.messages import EventEnvelope

LOG = logging.getLogger("stanchion.inbound")
AT_ONCE = 20
"""Tickets that receive an event at the same time."""


class Intake:
    """Takes events of machines."""

    def __init__(self, store: DefinitionStore, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._store = store
        self._records = records
        self._sender = EventSender(records, cluster)
        self._starts = TriggerStarts(store, records, cluster)

    async def receive(self, source: Actor, event: Occurrence) -> OccurrenceView:
        """Carries out the triggers of all processes. Raises Away: then the same event must be sent again."""
        name = request_hash(event.source, event.id)
        kept = await self._records.ask(lambda records: records.occurrence(source.id, name))
        if kept is None:
            planned = [one async for one in self._plan(source, event)]
            if not planned:
                return _nothing(event)
            kept = plan = PLAN.dump_python(planned, mode="json")
            if any(isinstance(one, PlannedSend) for one in planned):  # a start has an idempotency key of its own
                kept = await self._records.write(lambda records: records.keep_occurrence(source.id, name, plan, now()))
        found = [view for one in PLAN.validate_python(kept) for view in await self._perform(source, event, name, one)]
        detail = "What each trigger did is in 'triggers'."
        return OccurrenceView(id=event.id, type=event.type, detail=detail, triggers=found)

    async def _plan(self, source: Actor, event: Occurrence) -> AsyncIterator[Planned]:
        definitions = self._store.current
        for process, file in definitions.loaded.processes.items():
            if not any(trigger.on == event.type for trigger in file.process.triggers):
                continue
            compiled = compile_pinned(definitions.pinned(process, now()))
            for intent in intents(compiled, event, source.id.removeprefix("source:"), now()):
                match intent:
                    case StartIntent(trigger, fields, key):
                        yield PlannedStart(process, trigger, dict(fields), key)
                    case SendIntent(trigger, name, fields):
                        yield PlannedSend(process, trigger, name, dict(fields), await self._targets(process, intent))
                    case NoIntent(trigger, reason):
                        LOG.warning("%s, trigger %s: %s of %s: %s", process, trigger + 1, event.type, source.id, reason)
                        yield Undecided(process, trigger, reason)

    async def _targets(self, process: str, intent: SendIntent) -> tuple[str, ...]:
        key, match = intent.key, intent.match
        if key is not None:
            holder = await self._records.ask(lambda records: records.holder(process, key))
            return () if holder is None else (holder,)
        return await self._records.ask(lambda records: records.open_with(process, match or {}))

    async def _perform(self, source: Actor, event: Occurrence, name: str, one: Planned) -> list[TriggerView]:
        action = request_hash(name, one.process, one.trigger)
        match one:
            case Undecided(process, trigger, reason):
                return [TriggerView(process=process, trigger=trigger + 1, result="not_decided", reason=reason)]
            case PlannedStart():
                return [await self._starts.start(source, action, one, event)]
            case PlannedSend(tickets=()):
                view = TriggerView(process=one.process, trigger=one.trigger + 1, result="nothing_open", event=one.event)
                return [view]
            case PlannedSend():
                return await self._send_all(source, event, action, one)

    async def _send_all(self, source: Actor, event: Occurrence, action: str, one: PlannedSend) -> list[TriggerView]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def send(ticket: str) -> TriggerView:
            async with gate:
                return await self._send(source, event, action, one, ticket)

        return list(await asyncio.gather(*(send(ticket) for ticket in one.tickets)))

    async def _send(self, source: Actor, event: Occurrence, action: str, one: PlannedSend, ticket: str) -> TriggerView:
        """A refusal is recorded on the ticket and in the answer; it is not tried again."""
        view = TriggerView(process=one.process, trigger=one.trigger + 1, result="sent", ticket=ticket, event=one.event)
        process = self._store.current.process(one.process)
        facts = self._store.current.people.facts(process, one.fields) if process else {}
        sent = Send(one.event, source, one.fields, event.data, facts, hops=event.hops, chain=event.chain)
        envelope = EventEnvelope.of(sent, request_hash=action, note_refusal=True)
        try:
            result = await self._sender.send(ticket, envelope, f"{source.id}:{action}")
        except TicketStuck:
            return await self._leave(view, ticket, replace(envelope, key=f"{source.id}:{action}"))
        except NotRunningError as error:
            record = await self._records.ask(lambda records: records.get(ticket))
            if record is None:
                raise Away("temporal") from error  # numbered a moment ago, and about to be started
            return view.model_copy(update={"result": "refused", "code": "ended", "reason": f"{ticket} has ended"})
        except RequestRefused as error:
            return view.model_copy(update={"result": "refused", "code": error.code, "reason": error.detail})
        if result.refused is not None:
            return view.model_copy(update={"result": "refused", "code": result.refused, "reason": result.reason})
        return view

    async def _leave(self, view: TriggerView, ticket: str, envelope: EventEnvelope) -> TriggerView:
        """Leaves the event with a ticket on which workers fail, so that no other ticket waits for this one."""
        await self._sender.leave(ticket, envelope)
        reason = f"workers fail on {ticket}; the ticket takes the event as soon as it continues"
        return view.model_copy(update={"result": "waits", "code": "ticket_stuck", "reason": reason})


def _nothing(event: Occurrence) -> OccurrenceView:
    LOG.info("no trigger takes %s", event.type)
    detail = f"No trigger of any process takes '{event.type}' with this content: nothing was done."
    return OccurrenceView(id=event.id, type=event.type, detail=detail)
