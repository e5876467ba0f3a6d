"""Starting tickets: tried out, then numbered, then started; safe to repeat at every point in between."""

from __future__ import annotations

from typing import TypeVar

from activities.records.counters import TicketStart
from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.definition_store.store import DefinitionStore
from api.idempotency import new_key, request_hash
from api.problems import RequestRefused, refused, repeatable
from api.records import RecordsAtTheEdge
from api.tickets import models, views
from api.tickets.free_keys import under_free_key
from api.tickets.linking import TicketLinks
from api.tickets.reading import TicketReader
from api.tickets.sending import EventSender
from definitions.people.directory import Actor
from workflows.contracts import NumberedStart
from workflows.engine.model.events import Send
from workflows.engine.model.result import Refusal
from workflows.engine.opening_trial import OpeningTrial
from workflows.ticket.messages import EventEnvelope, TicketInput

T = TypeVar("T")


class TicketStarts:
    """Starts tickets."""

    def __init__(
        self,
        store: DefinitionStore,
        records: RecordsAtTheEdge,
        cluster: Cluster,
        sender: EventSender,
        tickets: TicketReader,
    ) -> None:
        self._store = store
        self._records = records
        self._cluster = cluster
        self._tickets = tickets
        self._links = TicketLinks(tickets)
        self._sender = sender

    async def start(self, actor: Actor, body: models.StartBody, key: str | None) -> models.Acted:
        """Opens a ticket. A refused opening starts nothing and uses no number.

        After a crash between number and start, the same request with the same key completes it. Raises Away and
        RequestRefused.
        """
        at, start_key = now(), key or new_key()
        asked_for = request_hash("start", body.model_dump(mode="json"))
        with repeatable(start_key):
            answered = await self._again(actor, body, start_key, asked_for) if key else None
            if answered is not None:
                return answered
            trial = self._try_out(actor, body, at)
            hidden = await self._links.refused_in_opening(actor, trial, at)
            if hidden is not None:
                raise refused(hidden)
            ticket = await self._number(trial, actor, start_key, asked_for, at)
            _, acted = await under_free_key(
                self._records,
                actor.id,
                start_key,
                ticket,
                lambda key: self._begin(trial, key, actor, start_key, asked_for, at),
            )
            return acted

    async def _again(self, actor: Actor, body: models.StartBody, start_key: str, asked_for: str) -> models.Acted | None:
        """The first answer to a repeated start, even if the definitions have changed since; None for a new start.

        None also where a number was given and no ticket is known: the ticket is started with that number.
        """
        known = await self._records.ask(lambda records: records.allocated(actor.id, start_key, asked_for))
        if known is None:
            return None
        if known.status == "conflict":
            raise _reused(known.key)
        if body.event is not None:
            try:
                return views.acted(await self._cluster.answered(known.key, f"{actor.id}:{start_key}"))
            except NotRunningError:
                return await self._on_record(known.key, f"{actor.id}:{start_key}", asked_for)
        if known.answer is None or await self._records.ask(lambda records: records.seen_by(known.key)) is None:
            return None
        return models.Acted.model_validate({**known.answer, "key": known.key})

    async def _on_record(self, ticket: str, key: str, asked_for: str) -> models.Acted | None:
        """The answer to the first event of a ticket that Temporal no longer keeps; None where it has not started.

        Raises Away, RequestRefused (ended) for a ticket that is on record without that answer.
        """
        if result := await self._sender.answered(ticket, key, asked_for):
            return views.acted(result)
        record = await self._records.ask(lambda records: records.get(ticket))
        if record is not None and record.row.ended_at is not None:
            raise _lost(ticket)
        return None

    async def _number(self, trial: OpeningTrial, actor: Actor, start_key: str, asked_for: str, at: int) -> str:
        """The key of the ticket: always the same for the same request, and kept with its answer.

        Raises Away, RequestRefused (key_reused).
        """
        process = trial.process
        allocation = await self._records.write(
            lambda records: records.allocate(
                TicketStart(
                    scope=actor.id,
                    start_key=start_key,
                    body_hash=asked_for,
                    process=process.process,
                    prefix=process.prefix,
                    at=at,
                    answer=views.opened(trial.snapshot).model_dump(mode="json"),
                )
            )
        )
        if allocation.status == "conflict":
            raise _reused(allocation.key)
        return allocation.key

    def _try_out(self, actor: Actor, body: models.StartBody, at: int) -> OpeningTrial:
        """Raises RequestRefused where the core refuses the opening or the first event."""
        definitions, event = self._store.current, body.event
        definitions.known(body.process)
        first = Send(event.name, actor, event.fields, event.data) if event else None
        return _taken(definitions.world.openable(body.process, at).try_out(actor, body.fields, at, first=first))

    async def _begin(
        self, trial: OpeningTrial, key: str, actor: Actor, start_key: str, asked_for: str, at: int
    ) -> models.Acted:
        process, given = trial.process.process, TicketInput(trial.pinned, opening=trial.numbered(key))
        if trial.first is None:
            await self._cluster.start(process, key, given, NumberedStart(actor.id, start_key, asked_for))
            snapshot = _taken(trial.opened(key, at))
            self._tickets.opened(snapshot, trial.pinned.digest)
            return views.opened(snapshot)
        envelope = EventEnvelope.of(trial.first, request_hash=asked_for, at=at)
        try:
            result = await self._cluster.start_and_act(
                process, key, given, envelope, f"{actor.id}:{start_key}", NumberedStart(actor.id, start_key, asked_for)
            )
        except NotRunningError as error:
            raise _lost(key) from error
        return views.acted(result)


def _taken(tried: T | Refusal) -> T:
    if isinstance(tried, Refusal):
        raise refused(tried)
    return tried


def _reused(ticket: str) -> RequestRefused:
    return refused(Refusal("key_reused", f"this idempotency key opened {ticket} with another request"))


def _lost(key: str) -> RequestRefused:
    """The ticket has ended, and Temporal no longer keeps the answer to its first event."""
    return refused(Refusal("ended", f"{key} was opened by this request before, and has ended since"))
