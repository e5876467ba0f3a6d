"""Opening tickets: validated first, numbered then, started at last; safe to repeat at every point in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from activities.records.counters import Start
from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.definition_store.store import Catalogue, Pinnable
from api.idempotency import new_key, request_hash
from api.problems import RequestRefused, refused, repeatable
from api.records import RecordsAtTheEdge
from api.tickets import models, views
from definitions.people.directory import Actor
from workflows.engine.compiled import Compiled, compile_pinned
from workflows.engine.deadlines import advance
from workflows.engine.model.events import Open, Send
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import step
from workflows.ticket.messages import EventEnvelope, TicketInput


@dataclass(frozen=True, slots=True)
class _Plan:
    """A start that the core takes."""

    pinnable: Pinnable
    compiled: Compiled
    opening: Open
    first: Send | None

    def named(self, key: str) -> _Plan:
        return replace(self, opening=replace(self.opening, key=key))


class Starting:
    """Starts tickets."""

    def __init__(
        self, catalogue: Catalogue, records: RecordsAtTheEdge, cluster: Cluster, opened: Callable[[Snapshot], None]
    ) -> None:
        """``opened`` is told of every ticket that begins, as it is before it is on record."""
        self._catalogue = catalogue
        self._records = records
        self._cluster = cluster
        self._opened = opened

    async def start(self, actor: Actor, body: models.StartBody, key: str | None) -> models.Acted:
        """Opens a ticket. A refused opening starts nothing and uses no number.

        A crash between number and start is healed by the same request with the same key. Raises RequestRefused.
        """
        at, start_key = now(), key or new_key()
        asked_for = request_hash("start", body.model_dump(mode="json"))
        with repeatable(start_key):
            answered = await self._again(actor, body, start_key, asked_for) if key else None
            if answered is not None:
                return answered
            plan = self._plan(actor, body)
            opened = views.opened(self._try_out(plan, at))
            allocation = await self._number(plan, actor, start_key, asked_for, at, opened)
            return await self._begin(plan.named(allocation), actor, start_key, asked_for, at)

    async def _again(self, actor: Actor, body: models.StartBody, start_key: str, asked_for: str) -> models.Acted | None:
        """The first answer to a start that is repeated, whatever the definitions say by now; None for a new one.

        None also where a number was given and no ticket is known: it is begun with that number.
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
                return None
        if known.answer is None or await self._records.ask(lambda records: records.seen_by(known.key)) is None:
            return None
        return models.Acted.model_validate({**known.answer, "key": known.key})

    async def _number(
        self, plan: _Plan, actor: Actor, start_key: str, asked_for: str, at: int, opened: models.Acted
    ) -> str:
        """The key of the ticket: always the same for one request, and kept with its answer. Raises RequestRefused."""
        process = plan.compiled.process
        allocation = await self._records.ask(
            lambda records: records.allocate(
                Start(
                    scope=actor.id,
                    start_key=start_key,
                    body_hash=asked_for,
                    process=process.process,
                    prefix=process.prefix,
                    at=at,
                    answer=opened.model_dump(mode="json"),
                )
            )
        )
        if allocation.status == "conflict":
            raise _reused(allocation.key)
        return allocation.key

    def _plan(self, actor: Actor, body: models.StartBody) -> _Plan:
        definitions = self._catalogue.current
        pinnable = definitions.pinnable(body.process, now())
        process = pinnable.process
        wrong = definitions.people.unknown(process, body.fields)
        if wrong:
            raise refused(Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong)))
        facts = definitions.people.facts(process, pinnable.defaults | body.fields)
        first = None
        if body.event:
            more = definitions.people.facts(process, body.event.fields)
            first = Send(body.event.name, actor, body.event.fields, body.event.data, more)
        organization = definitions.people.directory.digest
        opening = Open(f"{process.prefix}-0", actor, body.fields, facts, organization=organization)
        return _Plan(pinnable, compile_pinned(pinnable.pinned), opening, first)

    def _try_out(self, plan: _Plan, at: int) -> Snapshot:
        """The ticket as the core opens it. Raises RequestRefused for a refusal of the opening or of the first event."""
        opened = step(plan.compiled, None, plan.opening, at)
        if isinstance(opened, Refusal):
            raise refused(opened)
        snapshot = _settled(plan.compiled, opened.snapshot, at)
        if plan.first:
            taken = step(plan.compiled, snapshot, plan.first, at)
            if isinstance(taken, Refusal):
                raise refused(taken)
        return snapshot

    async def _begin(self, plan: _Plan, actor: Actor, start_key: str, asked_for: str, at: int) -> models.Acted:
        process, key = plan.compiled.process.process, plan.opening.key
        given = TicketInput(plan.pinnable.pinned, opening=plan.opening)
        if plan.first is None:
            await self._cluster.start(process, key, given)
            snapshot = self._try_out(plan, at)
            self._opened(snapshot)
            return views.opened(snapshot)
        envelope = EventEnvelope.of(plan.first, request_hash=asked_for)
        try:
            result = await self._cluster.start_and_act(process, key, given, envelope, f"{actor.id}:{start_key}")
        except NotRunningError as error:
            raise _lost(key) from error
        return views.acted(result)


def _reused(ticket: str) -> RequestRefused:
    return refused(Refusal("key_reused", f"this idempotency key opened {ticket} with another request"))


def _settled(compiled: Compiled, snapshot: Snapshot, at: int) -> Snapshot:
    """The ticket after everything that is due in the moment of its opening."""
    due = advance(compiled, snapshot, at)
    return due[-1].snapshot if due else snapshot


def _lost(key: str) -> RequestRefused:
    """The ticket ended, and the answer to its first event is older than what Temporal keeps."""
    return refused(Refusal("ended", f"{key} was opened by this request before, and has ended since"))
