"""A request that is repeated late, after its key has left the ticket's own table."""

from __future__ import annotations

import pytest

from api.cluster import Cluster
from api.problems import RequestRefused
from api.records import RecordsAtTheEdge
from api.settings import EdgeSettings
from api.tickets.sending import EventSender
from definitions.people.directory import Actor
from tests.servers.families import Household
from tests.servers.tickets import ALICE, TicketHandle
from workflows.engine.model.events import Comment, Send
from workflows.ticket.idempotency import BOUND
from workflows.ticket.messages import EventEnvelope, EventResult


def sender(home: Household) -> EventSender:
    """The edge's way to send events to the tickets of the household."""
    settings = EdgeSettings(task_queue=home.task_queue)
    return EventSender(RecordsAtTheEdge(home.records), Cluster(home.client, settings))


def comment(text: str, **envelope: object) -> EventEnvelope:
    return EventEnvelope.of(Comment(ALICE, text), request_hash=text, **envelope)  # type: ignore[arg-type]


async def continued(home: Household, edge: EventSender, requests: int, **envelope: object) -> TicketHandle:
    """A ticket in a later run, after ``requests`` requests under keys of their own."""
    ticket = await home.start("inquiry", history_bound=30)
    first = await ticket.run_id()
    await edge.send(ticket.key, comment("first"), "alice:first")
    for each in range(requests):
        await edge.send(ticket.key, comment(f"{each}", **envelope), f"alice:{each}")
    assert await ticket.run_id() != first
    return ticket


async def test_a_key_is_answered_after_more_requests_than_the_ticket_remembers(home: Household) -> None:
    """The same key has the same answer and makes no step, however many keys and runs have come since."""
    await home.work()
    edge = sender(home)
    ticket = await continued(home, edge, BOUND + 1)
    before = (await ticket.view()).snapshot.revision
    answer = await edge.send(ticket.key, comment("first"), "alice:first")
    assert (answer.revision, (await ticket.view()).snapshot.revision) == (2, before)
    with pytest.raises(RequestRefused) as error:
        await edge.send(ticket.key, comment("another"), "alice:first")
    assert error.value.code == "key_reused"
    closing = EventEnvelope.of(Send("close", Actor("alice")), request_hash="close")
    closed = await edge.send(ticket.key, closing, "alice:close")
    await home.rest()
    assert await edge.send(ticket.key, comment("first"), "alice:first") == answer, "and without a worker"
    assert closed.ended_at is not None


async def test_requests_without_a_key_leave_the_keys_of_others(home: Household) -> None:
    """A key that the edge has made pushes no key of a sender out of the table that a run carries."""
    await home.work()
    edge = sender(home)
    ticket = await continued(home, edge, 30, generated_key=True)
    answered = await ticket.workflow.query("answered", "alice:first", result_type=list[EventResult])
    forgotten = await ticket.workflow.query("answered", "alice:0", result_type=list[EventResult])
    assert ([each.revision for each in answered], forgotten) == ([2], [])


async def test_a_key_of_another_ticket_is_refused(home: Household) -> None:
    """A key that one ticket has answered is no key for a request to another ticket, which does not happen."""
    await home.work()
    edge = sender(home)
    one, other = await home.start("inquiry"), await home.start("inquiry")
    await edge.send(one.key, comment("hello"), "alice:once", one_ticket=True)
    with pytest.raises(RequestRefused, match="give each request its own key") as error:
        await edge.send(other.key, comment("hello"), "alice:once", one_ticket=True)
    assert error.value.code == "key_reused"
    assert (await other.view()).snapshot.revision == 1
