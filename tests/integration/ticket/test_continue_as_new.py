"""A ticket whose history has become long continues in a new run, invisibly to its callers."""

from __future__ import annotations

import asyncio
import time

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from definitions.digest import digest
from tests.servers.tickets import PROCESS, TicketClient, TicketHandle, tickets
from workflows.ticket.idempotency import IdempotencyKeys
from workflows.ticket.messages import EventResult


async def crossed(desk: TicketClient, key: str) -> tuple[TicketHandle, EventResult]:
    """A ticket in its second run or a later one, and the answer to ``key-1`` from its first run."""
    ticket = await desk.start(key, now=int(time.time()), history_bound=20)
    first = await ticket.run_id()
    answer = await ticket.send("tell", "key-1", request_hash="a")
    while await ticket.run_id() == first:
        await ticket.send("tell")
    return ticket, answer


async def test_a_new_run_carries_all_of_the_ticket(desk: TicketClient) -> None:
    """Snapshot, definition and deadline are the same in the new run, and every step is on record once."""
    ticket, _ = await crossed(desk, "REQ-20")
    view = await ticket.view()
    revision = view.snapshot.revision
    assert desk.memory.revisions("REQ-20") == list(range(1, revision + 1))
    assert view.next_deadline == view.snapshot.timers[0].at
    assert view.digest == digest(PROCESS)
    assert (await ticket.send("start")).states == ("work",)


async def test_the_same_key_has_the_same_answer_in_a_new_run(desk: TicketClient) -> None:
    """A request repeated after continue-as-new is answered from the carried table, and makes no step."""
    ticket, answer = await crossed(desk, "REQ-21")
    before = (await ticket.view()).snapshot.revision
    assert await ticket.send("tell", "key-1", request_hash="a") == answer
    assert (await ticket.view()).snapshot.revision == before


async def test_a_reused_key_is_refused_in_a_new_run(desk: TicketClient) -> None:
    """Another request under a key of an earlier run is refused, and makes no step."""
    ticket, _ = await crossed(desk, "REQ-22")
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await ticket.send("start", "key-1", request_hash="b")
    assert isinstance(error.value.cause, ApplicationError)
    assert error.value.cause.type == "refused:key_reused"


async def test_the_same_key_has_the_same_answer_of_another_worker(client: Client, task_queue: str) -> None:
    """Ten requests at once under a key of an earlier run and worker get the same answer, and make no step."""
    async with tickets(client, task_queue) as desk:
        ticket, answer = await crossed(desk, "REQ-24")
        before = (await ticket.view()).snapshot.revision
    async with tickets(client, task_queue):
        again = await asyncio.gather(*(ticket.send("tell", "key-1", request_hash="a") for _ in range(10)))
        assert again == [answer] * 10
        assert (await ticket.view()).snapshot.revision == before


async def test_events_that_arrive_while_a_ticket_goes_on_are_taken_once(desk: TicketClient) -> None:
    """Each event sent at once with others across several runs is one step, recorded in order."""
    ticket = await desk.start("REQ-23", now=int(time.time()), history_bound=15)
    answers: list[EventResult] = []
    for burst in range(6):
        answers += await asyncio.gather(*(ticket.send("tell", f"key-{burst}-{one}") for one in range(5)))
    assert sorted(answer.revision for answer in answers) == list(range(2, 32))
    assert desk.memory.revisions("REQ-23") == list(range(1, 32))


def test_the_oldest_key_makes_room() -> None:
    """The table of handled keys is bounded: the oldest is forgotten first."""
    result = EventResult("REQ-1", 1, 0, (), None, None, False, "")
    keys = IdempotencyKeys(bound=2)
    for key in ("a", "b", "c"):
        keys.keep(key, result)
    assert [each.key for each in IdempotencyKeys(keys.all()).all()] == ["b", "c"]


def test_keys_of_the_edge_make_room_for_each_other_alone() -> None:
    """The edge's own keys have a bound of their own, and drop no key of a sender."""
    result = EventResult("REQ-1", 1, 0, (), None, None, False, "")
    keys = IdempotencyKeys(bound=2, generated_bound=1)
    keys.keep("a", result)
    for key in ("made", "made later"):
        keys.keep(key, result, generated=True)
    carried = IdempotencyKeys(keys.all()).all()
    assert [(each.key, each.generated) for each in carried] == [("a", False), ("made later", True)]


async def test_workflow_tasks_sort_in_their_order_over_all_runs(desk: TicketClient) -> None:
    """The records of each task name the task, so that a later task can be told from a lost one."""
    ticket = await desk.start("REQ-56", now=int(time.time()), history_bound=20)
    first = await ticket.run_id()
    while await ticket.run_id() == first:
        await ticket.send("tell")
    await ticket.send("tell")
    told = desk.memory.workflow_tasks
    assert len(told) > 3
    assert told == sorted(set(told))
