"""Callbacks of other systems: the holder of a signed address reports the result of the step that issued it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import to_json

from activities.callbacks import Addresses, Awaited
from activities.secrets import SecretMissingError, known_values, masked, scrub
from api.clock import now
from api.cluster import Cluster, NotRunningError
from api.idempotency import request_hash
from api.problems import Away, RequestRefused, callback_expired, refused, too_large, unauthenticated
from api.tickets.models import Body, PlainJson, Words
from api.tickets.reading import TicketReader
from api.tickets.sending import EventSender
from workflows.engine.model.automation import MOST_BYTES
from workflows.engine.model.events import CalledBack
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import EventEnvelope, EventResult

Reason = Annotated[Words, Field(max_length=2_000)]


class CallbackBody(Body):
    """The result of a request: either `done` with a value, which may be null, or `failed` with the reason."""

    model_config = ConfigDict(
        json_schema_extra={
            "maxProperties": 1,
            "oneOf": [
                {"required": ["done"]},
                {"required": ["failed"], "properties": {"failed": {"type": "string"}}},
            ],
        }
    )

    done: PlainJson = Field(default=None, description="the result: any JSON, 100,000 bytes at most")
    failed: Reason | None = Field(default=None, description="why it failed, for people")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len(self.model_fields_set) != 1 or (self.failed is None and "failed" in self.model_fields_set):
            raise ValueError("needs either done, with the result, or failed, with the reason")
        return self


class CallbackTaken(BaseModel):
    """How the step ended; the same callback again gets the same answer."""

    ticket: str
    state: str
    outcome: Literal["done", "failed"]


class Callbacks:
    """Takes callbacks. The address is all that a sender needs."""

    def __init__(
        self,
        addresses: Addresses,
        cluster: Cluster,
        sender: EventSender,
        tickets: TicketReader,
        secrets: Collection[str] = (),
    ) -> None:
        """``secrets`` are references to secrets. Their values are masked in results before the ticket gets them."""
        self._secrets = secrets
        self._addresses = addresses
        self._cluster = cluster
        self._sender = sender
        self._tickets = tickets

    async def awaited(self, token: str) -> Awaited:
        """The step that a token is for. Raises RequestRefused (unauthenticated), Away where no key can be read.

        The answer does not say what is wrong with a token: that would help to forge one.
        """
        try:
            awaited = await asyncio.to_thread(self._addresses.read, token)
        except SecretMissingError as error:
            raise Away("callbacks") from error
        if awaited is None:
            raise unauthenticated("Nothing can be called back at this address.")
        return awaited

    async def receive(self, awaited: Awaited, body: CallbackBody) -> CallbackTaken:
        """Ends the waiting step. The same callback again gets the same answer; a late one changes nothing.

        Raises Away, RequestRefused: not_open, ended, key_reused, callback_expired after its time, body_too_large.
        """
        if len(to_json(body.done)) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        secrets = await asyncio.to_thread(known_values, self._secrets)
        failed = None if body.failed is None else scrub(body.failed, secrets)
        event = CalledBack(awaited.place, masked(body.done, secrets), failed)
        envelope = EventEnvelope.of(event, request_hash=request_hash("callback", body.done, body.failed))
        try:
            result = await self._sent(awaited.ticket, envelope, f"engine:callback:{awaited.id}")
        except NotRunningError as error:
            raise self._in_vain(awaited, Refusal("ended", f"{awaited.ticket} has ended")) from error
        except RequestRefused as error:
            raise self._worded(awaited, error) from error
        self._tickets.happened(result.key, result.revision)
        outcome = "done" if body.failed is None else "failed"
        return CallbackTaken(ticket=awaited.ticket, state=awaited.place.state, outcome=outcome)

    async def _sent(self, ticket: str, envelope: EventEnvelope, key: str) -> EventResult:
        """The result of the callback; of a step that no longer waits, the answer that this callback had before."""
        try:
            return await self._cluster.act(ticket, envelope, key)
        except (NotRunningError, RequestRefused) as error:
            if isinstance(error, RequestRefused) and error.code not in ("ended", "not_open"):
                raise
            if earlier := await self._sender.answered(ticket, key, envelope.request_hash):
                return earlier
            raise

    def _worded(self, awaited: Awaited, error: RequestRefused) -> RequestRefused:
        """The refusal in words for the caller, with no more of the ticket than the address itself discloses."""
        match error.code:
            case "ended" | "not_open":
                return self._in_vain(awaited, Refusal(error.code, error.detail))
            case "key_reused":
                return refused(Refusal("key_reused", "this step was already called back, with a different result"))
            case _:
                return error

    @staticmethod
    def _in_vain(awaited: Awaited, refusal: Refusal) -> RequestRefused:
        return callback_expired(awaited.until) if awaited.until <= now() else refused(refusal)
