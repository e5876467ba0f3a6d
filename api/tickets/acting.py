"""Events to tickets: for an actor who may not see a ticket it does not exist; the core decides everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from api.cluster import NotRunningError
from api.definition_store.store import DefinitionStore
from api.idempotency import new_key, request_hash
from api.problems import RequestRefused, refused, repeatable, unknown_ticket
from api.tickets import models, views
from api.tickets.after_end import AfterEnd
from api.tickets.linking import TicketLinks
from api.tickets.models import Body, Text
from api.tickets.reading import TicketReader
from api.tickets.sending import EventSender
from api.tickets.whole_numbers import FromOne
from definitions.people.directory import Actor
from definitions.people.references import there_is_no
from definitions.schema.model import Json
from definitions.schema.process import Process
from definitions.times import to_instant
from workflows.engine.model.events import (
    Claim,
    ClaimTask,
    Comment,
    CompleteRun,
    Correct,
    Delegate,
    Edit,
    Migrate,
    Send,
    UpdateTask,
    Vote,
)
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import EventEnvelope, Sent


def _moment(text: str) -> str:
    try:
        to_instant(text)
    except OverflowError as error:
        raise ValueError("a moment is within the calendar's years") from error
    return text


class CorrectionBody(Body):
    step: FromOne = Field(description="the revision to correct, as shown in the timeline")
    at: Annotated[str, AfterValidator(_moment)] = Field(
        description="when the step really happened, by RFC 3339", json_schema_extra={"format": "date-time"}
    )
    comment: Text = Field(default="", description="why; required")

    @property
    def instant(self) -> int:
        """UTC seconds."""
        return to_instant(self.at)


@dataclass(frozen=True, slots=True)
class Target:
    """The ticket that an event is for, its idempotency key, and the revision that it must have."""

    key: str
    idempotency_key: str | None = None
    revision: int | None = None


class TicketActions:
    """Sends events. Every method returns the ticket after the event, and raises Away and RequestRefused."""

    def __init__(self, store: DefinitionStore, tickets: TicketReader, sender: EventSender, after_end: AfterEnd) -> None:
        self._store = store
        self._tickets = tickets
        self._sender = sender
        self._after_end = after_end
        self._links = TicketLinks(tickets)

    async def send(self, actor: Actor, to: Target, name: str, body: models.EventBody) -> models.Acted:
        process = await self._process(actor, to)
        event = Send(name, actor, body.fields, body.data, self._facts(process, body.fields))
        await self._refuse_unknown(to, process, event)
        return await self.act(actor, to, event, "send", name, body.fields, body.data)

    async def edit(self, actor: Actor, to: Target, fields: dict[str, Json]) -> models.Acted:
        process = await self._process(actor, to)
        event = Edit(actor, fields, self._facts(process, fields))
        await self._refuse_unknown(to, process, event)
        return await self.act(actor, to, event, "edit", fields)

    async def comment(self, actor: Actor, to: Target, body: models.CommentBody) -> models.Acted:
        await self._process(actor, to)
        return await self.act(actor, to, Comment(actor, body.text, body.internal), "comment", body.text, body.internal)

    async def correct(self, actor: Actor, to: Target, body: CorrectionBody) -> models.Acted:
        await self._process(actor, to)
        event = Correct(actor, body.step, body.instant, body.comment)
        return await self.act(actor, to, event, "correct", body.step, body.instant, body.comment)

    async def decide(self, actor: Actor, to: Target, body: models.DecisionBody, state: str | None) -> models.Acted:
        await self._process(actor, to)
        vote = Vote(actor, body.decision, body.comment, state, body.visit, body.round, body.stage)
        named = [body.visit, body.round, body.stage]
        asked_for = [body.decision, body.comment, state, *([] if named == [None] * 3 else named)]
        return await self.act(actor, to, vote, "decide", *asked_for)

    async def delegate(self, actor: Actor, to: Target, body: models.DelegationBody) -> models.Acted:
        await self._process(actor, to)
        if self._store.current.people.actor(body.to) is None:
            raise refused(Refusal("invalid_fields", there_is_no("person", [body.to]), ("to",)))
        return await self.act(actor, to, Delegate(actor, body.to, body.state), "delegate", body.to, body.state)

    async def claim(self, actor: Actor, to: Target) -> models.Acted:
        await self._process(actor, to)
        return await self.act(actor, to, Claim(actor), "claim")

    async def task(self, actor: Actor, to: Target, task: str, body: models.TaskBody) -> models.Acted:
        process = await self._process(actor, to)
        facts, checked = self._facts(process, body.fields), tuple(body.checked)
        event = UpdateTask(actor, task, body.result, checked, body.fields, body.comment, facts)
        await self._refuse_unknown(to, process, event)
        return await self.act(actor, to, event, "task", task, body.model_dump(mode="json"))

    async def claim_task(self, actor: Actor, to: Target, task: str) -> models.Acted:
        await self._process(actor, to)
        return await self.act(actor, to, ClaimTask(actor, task), "claim_task", task)

    async def complete_run(self, actor: Actor, to: Target, state: str, body: models.RunBody) -> models.Acted:
        await self._process(actor, to)
        event = CompleteRun(actor, state, body.saved, body.failed)
        refusal = await self._tickets.refused_completion(event, to.key)
        if refusal is not None:
            raise refused(refusal)
        return await self.act(actor, to, event, "complete_run", state, body.saved, body.failed)

    async def _process(self, actor: Actor, to: Target) -> Process | None:
        """The process of a ticket that the actor may see: the present one, or else the one that the ticket carries."""
        present = self._store.current.process(await self._tickets.process_of(actor, to.key))
        if present is not None:
            return present
        own = await self._tickets.own(await self._tickets.seen(actor, to.key))
        return None if own is None else own.process

    def _facts(self, process: Process | None, fields: dict[str, Json]) -> dict[str, Any]:
        """Facts of the services that the fields name."""
        return {} if process is None else self._store.current.people.facts(process, fields)

    async def _refuse_unknown(self, to: Target, process: Process | None, event: Send | Edit | UpdateTask) -> None:
        """Raises RequestRefused where a value names nobody, or a ticket that the actor may not see.

        A refusal that does not depend on values comes first.
        """
        if process is None:
            return
        wrong = self._store.current.people.unknown(process, event.fields)
        wrong |= await self._links.wrong(event.actor, to.key, process, event.fields)
        if wrong:
            first = await self._tickets.refused_before_values(event, to.key, to.revision)
            raise refused(first or Refusal("invalid_fields", "; ".join(wrong.values()), tuple(wrong)))
        open_end = await self._links.refused_open_ends(event.actor, to.key, process.process, event)
        if open_end is not None:
            raise refused(open_end)

    async def _told(self, actor: Actor, to: Target, error: RequestRefused) -> RequestRefused:
        """A refusal without the values of fields that the actor may not see."""
        if error.code not in ("guard_failed", "invalid_fields"):
            return error
        sight = await self._tickets.sight(actor, to.key)
        return RequestRefused(
            error.code, error.title, sight.told(error.detail), fields=error.fields, allowed=error.allowed
        )

    async def act(self, actor: Actor, to: Target, event: Sent | Migrate, *asked_for: Json) -> models.Acted:
        """Sends an event to a ticket that the actor may see; repeated requests have the same ``asked_for``."""
        key = to.idempotency_key or new_key()
        envelope = EventEnvelope.of(
            event,
            expected_revision=to.revision,
            request_hash=request_hash(*asked_for),
            generated_key=to.idempotency_key is None,
        )
        try:
            with repeatable(key):
                result = await self._sender.send(to.key, envelope, f"{actor.id}:{key}", one_ticket=True)
        except RequestRefused as error:
            raise await self._told(actor, to, error) from error
        except NotRunningError as error:
            seen = await self._tickets.seen(actor, to.key)
            if seen.ended_at is None:
                raise unknown_ticket(to.key) from error
            if not isinstance(event, Comment | Correct):
                raise refused(
                    Refusal("ended", f"{to.key} has ended: it takes comments and corrections only")
                ) from error
            with repeatable(key):
                result = await self._after_end.take(
                    to.key,
                    event,
                    await self._tickets.own(seen),
                    key=f"{actor.id}:{key}",
                    request_hash=envelope.request_hash,
                    expected_revision=to.revision,
                )
        self._tickets.happened(result.key, result.revision)
        return views.acted(result)
