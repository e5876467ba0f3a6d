"""Sending events to tickets: carried out once for an idempotency key, for as long as the ticket is on record.

A ticket carries the newest keys with their answers. The records hold all of them, written in the workflow task of the
event itself (docs/adr/0004): so an answer on record counts once a later workflow task has confirmed it, or once the
ticket's workflow is over. Until then the ticket still carries the key.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import TypeAdapter

from activities.records.answering import KeptAnswer
from api.cluster import Cluster, NotRunningError
from api.problems import RequestRefused, refused
from api.records import RecordsAtTheEdge
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import EventEnvelope, EventResult

_results = TypeAdapter(EventResult)


class EventSender:
    """Sends events to tickets, and knows the answers that earlier requests have had."""

    def __init__(self, records: RecordsAtTheEdge, cluster: Cluster) -> None:
        self._records = records
        self._cluster = cluster

    async def send(self, ticket: str, envelope: EventEnvelope, key: str, *, one_ticket: bool = False) -> EventResult:
        """The result of an event, the same for the same ``key``; ``one_ticket``: the key is for this ticket alone.

        Raises Away, RequestRefused (key_reused among others), NotRunningError where the ticket does not run.
        """
        earlier = () if envelope.generated_key else await self._answers(key)
        if one_ticket:
            _refuse_elsewhere(ticket, earlier)
        if known := _answer(ticket, envelope.request_hash, (each for each in earlier if each.confirmed)):
            return known
        try:
            return await self._cluster.act(ticket, envelope, key)
        except NotRunningError:
            if known := await self.answered(ticket, key, envelope.request_hash):
                return known
            raise

    async def leave(self, ticket: str, envelope: EventEnvelope) -> None:
        """Leaves an event with a ticket that can't take the event now. Raises Away, NotRunningError."""
        await self._cluster.leave(ticket, envelope)

    async def answered(self, ticket: str, key: str, request_hash: str) -> EventResult | None:
        """The recorded answer of a ticket that can't take the event again; None where there is none.

        Raises Away, RequestRefused (key_reused).
        """
        return _answer(ticket, request_hash, await self._answers(key))

    async def _answers(self, key: str) -> tuple[KeptAnswer, ...]:
        return await self._records.ask(lambda records: records.answers_under(key))


def _answer(ticket: str, request_hash: str, earlier: Iterable[KeptAnswer]) -> EventResult | None:
    mine = next((each for each in earlier if each.ticket == ticket), None)
    if mine is None:
        return None
    if mine.request_hash != request_hash:
        raise _reused("this idempotency key was used for another request")
    return _results.validate_python(mine.answer)


def _refuse_elsewhere(ticket: str, earlier: Iterable[KeptAnswer]) -> None:
    elsewhere = [each.ticket for each in earlier]
    if elsewhere and ticket not in elsewhere:
        raise _reused("this idempotency key was used for a request to another ticket: give each request its own key")


def _reused(reason: str) -> RequestRefused:
    return refused(Refusal("key_reused", reason))
