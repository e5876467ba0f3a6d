"""Services around a ticket are away for a while: nothing is lost, nothing waits needlessly, and people see it."""

from __future__ import annotations

import time

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.servers.tickets import BOB, TicketClient, tickets
from workflows.engine.model.events import Vote


async def test_events_are_taken_while_the_records_are_away_and_recorded_in_order_later(desk: TicketClient) -> None:
    """Steps wait for the records store; the ticket does not."""
    ticket = await desk.start("REQ-30", now=int(time.time()))
    await ticket.send("tell")
    desk.memory.away = True
    await ticket.send("tell")
    assert (await ticket.send("start")).states == ("work",)
    assert (await ticket.view()).unrecorded >= 2
    desk.memory.away = False
    await desk.memory.until(lambda: len(desk.memory.revisions("REQ-30")) == 4)
    assert desk.memory.revisions("REQ-30") == [1, 2, 3, 4]


async def test_an_ended_ticket_lives_until_it_is_on_record(desk: TicketClient) -> None:
    """A workflow never completes before its last step is recorded."""
    ticket = await desk.start("REQ-31", now=int(time.time()))
    await ticket.send("start")
    desk.memory.away = True
    await ticket.send("done")
    desk.memory.away = False
    await ticket.ended()
    assert desk.memory.revisions("REQ-31") == [1, 2, 3]


async def test_a_call_that_fails_for_good_shows_on_the_ticket_and_is_tried_again(
    skipping: WorkflowEnvironment, task_queue: str
) -> None:
    """After a bounded retry people see a problem, and later the same call is repeated."""
    async with tickets(skipping.client, task_queue) as desk:
        ticket = await desk.start("REQ-32", now=int((await skipping.get_current_time()).timestamp()))
        await desk.memory.until(lambda: desk.memory.revisions("REQ-32") == [1])
        desk.memory.broken = True
        await ticket.send("tell")
        await desk.memory.until(lambda: desk.memory.calls == 3)
        desk.memory.broken = False
        await ticket.ended()
        problem = next(entry for step in desk.memory.steps["REQ-32"] for entry in step.audit if entry.kind == "problem")
        assert problem.data == {"code": "records_away", "text": "record: the table is gone"}
        assert desk.memory.revisions("REQ-32") == [1, 2, 3, 4]


async def test_a_ticket_whose_approvers_are_unknown_takes_events_and_asks_until_it_knows(desk: TicketClient) -> None:
    """An unavailable directory delays the approval request, not the ticket."""
    ticket = await desk.start("REQ-33", now=int(time.time()))
    desk.memory.deaf = True
    assert (await ticket.send("ask")).states == ("check",)
    assert desk.memory.revisions("REQ-33") == [1, 2]
    desk.memory.deaf = False
    await desk.memory.until(lambda: len(desk.memory.revisions("REQ-33")) == 3)
    assert (await ticket.event(Vote(BOB, "approve"))).states == ("work",)


async def test_an_answer_that_is_not_wanted_any_more_keeps_no_ticket_open(desk: TicketClient) -> None:
    """A ticket that ends before its approvers are known does not wait for them."""
    ticket = await desk.start("REQ-37", now=int(time.time()))
    desk.memory.deaf = True
    await ticket.send("ask")
    await ticket.send("drop")
    assert (await ticket.ended()).states == ("closed",)
    assert "problem" not in desk.memory.timeline("REQ-37")


async def test_what_a_channel_must_carry_is_delivered(desk: TicketClient) -> None:
    """A notification for an external channel is sent by its own activity."""
    desk.memory.carries = True
    ticket = await desk.start("REQ-34", now=int(time.time()))
    await ticket.send("tell")
    await desk.memory.until(lambda: len(desk.memory.delivered) == 1)


async def test_the_deliveries_of_a_dead_worker_are_given_up_soon(desk: TicketClient) -> None:
    """A delivery without heartbeats is tried again within half a minute, long before its own time is over."""
    desk.memory.carries = True
    ticket = await desk.start("REQ-38", now=int(time.time()))
    await ticket.send("tell")
    await desk.memory.until(lambda: len(desk.memory.delivered) == 1)
    events = (await ticket.workflow.fetch_history()).events
    (scheduled,) = (
        event.activity_task_scheduled_event_attributes
        for event in events
        if event.HasField("activity_task_scheduled_event_attributes")
    )
    assert (scheduled.activity_type.name, scheduled.heartbeat_timeout.seconds) == ("deliver", 20)


async def test_a_message_that_can_not_be_delivered_shows_on_the_ticket(desk: TicketClient) -> None:
    """A failed notification never fails the ticket, and is always visible."""
    desk.memory.carries = desk.memory.bounces = True
    ticket = await desk.start("REQ-35", now=int(time.time()))
    await ticket.send("start")
    await desk.memory.until(lambda: "problem" in desk.memory.timeline("REQ-35"))
    assert (await ticket.view()).snapshot.problems[0].code == "not_delivered"
    await ticket.send("done")
    assert (await ticket.ended()).states == ("closed",)


async def test_a_restarted_worker_goes_on_where_the_last_one_was(client: Client, task_queue: str) -> None:
    """A worker that has never seen a ticket rebuilds it from its history."""
    async with tickets(client, task_queue) as desk:
        ticket = await desk.start("REQ-36", now=int(time.time()))
        await ticket.send("ask")
    async with tickets(client, task_queue):
        assert (await ticket.event(Vote(BOB, "reject", "Not now."))).states == ("new",)
