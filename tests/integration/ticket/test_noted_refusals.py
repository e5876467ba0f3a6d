"""Events from senders that can't act on a refusal: machines, through the process's triggers."""

from __future__ import annotations

import time

import pytest
from temporalio.client import WorkflowUpdateFailedError

from tests.servers.tickets import TicketClient


async def test_a_noted_refusal_is_told_on_the_timeline(desk: TicketClient) -> None:
    """The refusal is the answer, the timeline has it once however often it is sent, and the ticket does not change."""
    ticket = await desk.start("REQ-860", now=int(time.time()))
    first = await ticket.send("done", "k1", note_refusal=True)
    assert (first.refused, first.states) == ("unknown_event", ("new",))
    assert await ticket.send("done", "k1", note_refusal=True) == first
    await ticket.send("start", "k2", note_refusal=True)
    await desk.memory.until(lambda: "problem" in desk.memory.timeline("REQ-860"))
    (told,) = [entry for step in desk.memory.steps["REQ-860"] for entry in step.audit if entry.kind == "problem"]
    assert told.data["code"] == "unknown_event"
    assert told.data["text"].startswith("done: ")
    assert told.actor == "alice"
    assert (await ticket.view()).snapshot.configuration == ("work",)


async def test_a_reused_key_is_an_error_even_where_refusals_are_noted(desk: TicketClient) -> None:
    """Another request under a used key is the sender's mistake, and is never noted on the ticket."""
    ticket = await desk.start("REQ-861", now=int(time.time()))
    await ticket.signal("start", key="k1", request_hash="one")
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await ticket.send("done", "k1", request_hash="two", note_refusal=True)
    assert getattr(error.value.cause, "type", None) == "refused:key_reused"
