"""Time on a ticket: deadlines fire by themselves, on one timer that is moved only when it would fire too late."""

from __future__ import annotations

import time

from temporalio.testing import WorkflowEnvironment

from tests.servers.tickets import TicketClient, tickets

DAY = 86_400


async def test_the_timer_is_left_alone_while_its_deadline_stands(desk: TicketClient) -> None:
    """Waking up for another reason writes no timer event."""
    ticket = await desk.start("REQ-40", now=int(time.time()))
    for _ in range(3):
        await ticket.send("tell")
    events = await ticket.history()
    assert [event for event in events if event.startswith("TIMER")] == ["TIMER_STARTED"]


async def test_an_earlier_deadline_replaces_the_timer(desk: TicketClient) -> None:
    """A timer that would fire after the next deadline is replaced."""
    ticket = await desk.start("REQ-41", now=int(time.time()))
    await ticket.view()
    await ticket.send("ask")
    assert [event for event in await ticket.history() if event.startswith("TIMER")] == [
        "TIMER_STARTED",
        "TIMER_CANCELED",
        "TIMER_STARTED",
    ]


async def test_a_timer_that_rings_too_early_is_left_alone(skipping: WorkflowEnvironment, task_queue: str) -> None:
    """A deadline that moves to a later time, or that the end removes, moves no timer: it fires once to no effect."""
    async with tickets(skipping.client, task_queue) as desk:
        ticket = await desk.start("REQ-46", now=int((await skipping.get_current_time()).timestamp()))
        await ticket.send("start")
        await skipping.sleep(DAY)
        await ticket.send("back")
        await ticket.ended()
        timers = [event for event in await ticket.history() if event.startswith("TIMER")]
        assert timers == ["TIMER_STARTED", "TIMER_FIRED", "TIMER_STARTED", "TIMER_FIRED"]
        row = desk.memory.rows["REQ-46"].snapshot
        assert row.ended_at == row.visits["new"].entered + 30 * DAY


async def test_a_run_of_the_first_interpreter_moves_its_timer_at_once(desk: TicketClient) -> None:
    """A run started before timers were left alone behaves as before, so that its history can be replayed."""
    ticket = await desk.start("REQ-47", now=int(time.time()), interpreter=1)
    await ticket.view()
    await ticket.send("start")
    assert [event for event in await ticket.history() if event.startswith("TIMER")] == [
        "TIMER_STARTED",
        "TIMER_CANCELED",
    ]


async def test_what_is_due_fires_at_its_own_time(skipping: WorkflowEnvironment, task_queue: str) -> None:
    """A timed transition is taken at its deadline, to the second, and ends the ticket."""
    async with tickets(skipping.client, task_queue) as desk:
        opened = int((await skipping.get_current_time()).timestamp())
        ticket = await desk.start("REQ-42", now=opened)
        assert (await ticket.ended()).states == ("closed",)
        row = desk.memory.rows["REQ-42"].snapshot
        assert row.ended_at == row.opened_at + 30 * DAY


async def test_an_approval_expires_and_the_ticket_goes_back(skipping: WorkflowEnvironment, task_queue: str) -> None:
    """Deadlines of approvals fire on the same timer."""
    async with tickets(skipping.client, task_queue) as desk:
        ticket = await desk.start("REQ-43", now=int((await skipping.get_current_time()).timestamp()))
        await ticket.send("ask")
        await skipping.sleep(4 * DAY)
        assert (await ticket.view()).snapshot.configuration == ("new",)


async def test_a_deadline_beyond_the_calendars_is_reached(skipping: WorkflowEnvironment, task_queue: str) -> None:
    """If a ticket waits for longer than its compiled calendars, they are extended."""
    async with tickets(skipping.client, task_queue) as desk:
        ticket = await desk.start("REQ-44", now=int((await skipping.get_current_time()).timestamp()))
        await ticket.send("later")
        parked = (await ticket.view()).snapshot.visits["parked"].entered  # not ``at``, which the next answer moves
        await ticket.ended()
        assert abs((desk.memory.rows["REQ-44"].snapshot.ended_at or 0) - parked - 900 * DAY) <= 3_600


async def test_four_hundred_days_and_many_events_are_one_ticket(skipping: WorkflowEnvironment, task_queue: str) -> None:
    """A long wait over several runs loses nothing: the deadline is absolute and is carried."""
    async with tickets(skipping.client, task_queue) as desk:
        opened = int((await skipping.get_current_time()).timestamp())
        ticket = await desk.start("REQ-45", now=opened, history_bound=30)
        await ticket.send("later")
        deadline = (await ticket.view()).next_deadline
        first = await ticket.run_id()
        for _ in range(20):
            await ticket.signal("nothing")
            await skipping.sleep(20 * DAY)
        assert await ticket.run_id() != first
        assert (await ticket.view()).next_deadline == deadline
        assert desk.memory.timeline("REQ-45").count("problem") == 20


async def test_a_ticket_opens_at_the_time_of_a_machine_whose_clock_is_ahead(desk: TicketClient) -> None:
    """The ticket's clock stands at the opening's time until the server's clock has passed it."""
    ahead = int(time.time()) + 3_600
    ticket = await desk.start("REQ-49", now=ahead, at=ahead)
    await ticket.send("tell")
    steps = desk.memory.steps["REQ-49"]
    assert [step.audit[0].at for step in steps] == [ahead, ahead]
