"""How a worker runs tickets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
)

from tests.servers.temporal import IDENTITY
from tests.servers.tickets import ALICE, Memory, TicketClient, pinned, tickets, worker
from workflows.engine.model.events import Open
from workflows.engine.model.interpreter import INTERPRETER
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import TicketInput
from workflows.ticket.names import ticket_key, workflow_id


class Scrambled(PayloadCodec):
    """Stands in for encryption: stored payloads can't be read."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"encoding": b"scrambled"}, data=_flip(one.SerializeToString())) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload.FromString(_flip(one.data)) for one in payloads]


def _flip(data: bytes) -> bytes:
    return bytes(byte ^ 0x5A for byte in data)


async def test_a_codec_hides_what_temporal_stores(temporal_address: str, task_queue: str) -> None:
    """With a payload codec nothing of a ticket can be read in its history."""
    client = await Client.connect(temporal_address, data_converter=data_converter(Scrambled()), identity=IDENTITY)
    async with tickets(client, task_queue) as desk:
        ticket = await desk.start("REQ-50", now=int(time.time()))
        assert (await ticket.send("start")).states == ("work",)
        stored = b"".join(event.SerializeToString() for event in (await ticket.workflow.fetch_history()).events)
        assert b"alice" not in stored
        assert b"begun" not in stored


async def test_a_ticket_of_a_newer_build_waits_for_it(desk: TicketClient) -> None:
    """A worker that does not know a ticket's interpreter fails the workflow task, never the ticket."""
    now = int(time.time())
    given = TicketInput(pinned(now=now), Open("REQ-51", ALICE, {"summary": "Help"}), interpreter=INTERPRETER + 1)
    handle = await desk.client.start_workflow("request", given, id=workflow_id("REQ-51"), task_queue=desk.task_queue)
    async with asyncio.timeout(60):
        # not by an event of the history, which has only the first failure, and none after a timeout
        while (described := await handle.describe()).raw_description.pending_workflow_task.attempt < 2:
            pass
    assert described.status is not None
    assert described.status.name == "RUNNING"
    await handle.terminate()


class Asked(Scrambled, WithSerializationContext):
    """A codec that needs the context of each payload, as a codec with a key for each ticket does."""

    def __init__(self, contexts: list[SerializationContext], own: SerializationContext | None = None) -> None:
        self.contexts = contexts
        self.own = own

    def with_context(self, context: SerializationContext) -> Asked:
        return Asked(self.contexts, context)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        if self.own is not None:
            self.contexts.append(self.own)
        return await super().encode(payloads)


async def test_a_codec_that_asks_for_contexts_gets_them(temporal_address: str, task_queue: str) -> None:
    """Workers skip the contexts of payloads only if the codec does not need them."""
    contexts: list[SerializationContext] = []
    codec = data_converter(Asked(contexts))
    client = await Client.connect(temporal_address, data_converter=codec, identity=IDENTITY)
    async with tickets(client, task_queue) as desk:
        ticket = await desk.start("REQ-52", now=int(time.time()))
        contexts.clear()
        assert (await ticket.send("start")).states == ("work",)
    activities = [one for one in contexts if isinstance(one, ActivitySerializationContext)]
    assert {one.workflow_id for one in activities} == {workflow_id("REQ-52")}


async def test_worker_versioning_needs_a_deployment_and_a_build(client: Client, task_queue: str) -> None:
    """A build id without a deployment is reported as a mistake at once."""
    with pytest.raises(ValueError, match="both a deployment and a build id"):
        worker(client, task_queue, Memory(), build_id="1")


async def test_a_versioned_worker_is_built(client: Client, task_queue: str) -> None:
    """With both, the worker takes part in worker deployment versioning."""
    built = worker(client, task_queue, Memory(), deployment="stanchion", build_id="1")
    version = built.config()["deployment_config"]
    assert version is not None
    assert version.version.to_canonical_string() == "stanchion.1"


def test_a_workflow_id_is_the_ticket_s_key() -> None:
    """Key and workflow id are derived from each other in one place."""
    assert ticket_key(workflow_id("CHG-7")) == "CHG-7"
    with pytest.raises(ValueError, match="not the workflow id of a ticket"):
        ticket_key("rollout:7")
