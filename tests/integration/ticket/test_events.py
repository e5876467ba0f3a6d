"""Events on a ticket that runs on a real server."""

from __future__ import annotations

import time
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from tests.servers.tickets import ALICE, BOB, TicketClient, TicketHandle
from workflows.engine.explain import Explanation
from workflows.engine.model.events import Comment, Send, Vote
from workflows.ticket.messages import EventEnvelope, ExplainQuestion, TicketResult
from workflows.ticket.names import EVENT, EXPLAIN


def now() -> int:
    return int(time.time())


async def refused(ticket: TicketHandle, name: str, key: str | None = None, **envelope: object) -> str | None:
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await ticket.send(name, key, **envelope)
    assert isinstance(error.value.cause, ApplicationError)
    return error.value.cause.type


async def test_an_event_moves_the_ticket_and_is_on_record_when_it_is_answered(desk: TicketClient) -> None:
    """An event is in the records store before it is answered."""
    ticket = await desk.start("REQ-1", now=now())
    result = await ticket.send("start")
    assert (result.states, result.revision) == (("work",), 2)
    assert desk.memory.revisions("REQ-1") == [1, 2]
    assert desk.memory.rows["REQ-1"].state == ("work",)
    assert desk.memory.rows["REQ-1"].see[0] == "person:alice"


async def test_a_refused_event_writes_nothing_to_history(desk: TicketClient) -> None:
    """A refusal leaves no trace, neither in history nor on the ticket."""
    ticket = await desk.start("REQ-2", now=now())
    await ticket.send("tell")
    before = await ticket.history()
    assert await refused(ticket, "done") == "refused:unknown_event"
    assert await ticket.history() == before
    assert (await ticket.view()).snapshot.revision == 2


async def test_a_stale_revision_is_refused(desk: TicketClient) -> None:
    """An event for an older revision than the ticket's is refused as stale."""
    ticket = await desk.start("REQ-3", now=now())
    await ticket.send("tell", expected_revision=1)
    assert await refused(ticket, "tell", expected_revision=1) == "refused:stale"


async def test_a_body_that_is_no_event_is_refused(desk: TicketClient) -> None:
    """An envelope whose body does not fit its kind is refused with the fields that are wrong."""
    ticket = await desk.start("REQ-4", now=now())
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await ticket.workflow.execute_update(
            EVENT, EventEnvelope("vote", {"actor": {"id": "bob"}, "decision": "maybe"})
        )
    assert isinstance(error.value.cause, ApplicationError)
    assert error.value.cause.details[0]["fields"] == ["decision"]


async def test_the_same_key_is_one_transition_and_one_answer(desk: TicketClient) -> None:
    """Ten senders with one key get one answer of one step."""
    import asyncio

    ticket = await desk.start("REQ-5", now=now())
    answers = await asyncio.gather(*(ticket.send("tell", "key-1", request_hash="a") for _ in range(10)))
    assert len(set(answers)) == 1
    assert (await ticket.view()).snapshot.revision == 2


async def test_an_answer_names_the_request_that_it_answers(desk: TicketClient) -> None:
    """Within a run the server answers a reused key itself: the edge recognizes it by the hash in the answer."""
    ticket = await desk.start("REQ-6", now=now())
    await ticket.send("tell", "key-1", request_hash="a")
    again = await ticket.send("start", "key-1", request_hash="b")
    assert (again.request_hash, again.states) == ("a", ("new",))


async def test_approvers_are_asked_before_the_event_is_answered(desk: TicketClient) -> None:
    """The approvers are known when the event that requests the approval is answered."""
    ticket = await desk.start("REQ-7", now=now())
    await ticket.send("ask")
    approval = (await ticket.view()).snapshot.approvals["check"]
    assert [request.person for request in approval.requests] == ["bob"]
    result = await ticket.event(Vote(BOB, "approve"))
    assert result.states == ("work",)


async def test_a_signal_is_taken_and_a_refused_one_is_told_on_the_timeline(desk: TicketClient) -> None:
    """An event from a sender that waits for no answer is handled too; a refusal is an entry, not a failure."""
    ticket = await desk.start("REQ-8", now=now())
    await ticket.signal("done")
    await ticket.signal("start")
    await ticket.send("back")
    assert desk.memory.timeline("REQ-8").count("problem") == 1
    problem = next(entry for step in desk.memory.steps["REQ-8"] for entry in step.audit if entry.kind == "problem")
    assert (problem.actor, problem.data["code"]) == ("alice", "unknown_event")


async def test_a_signal_with_a_key_is_taken_once(desk: TicketClient) -> None:
    """A signal that is repeated with its key changes nothing."""
    ticket = await desk.start("REQ-9", now=now())
    await ticket.signal("tell", key="s-1", request_hash="a")
    await ticket.signal("tell", key="s-1", request_hash="a")
    assert (await ticket.send("start")).revision == 3


async def test_an_ended_ticket_completes_with_a_small_result(desk: TicketClient) -> None:
    """After its end and its last record, the workflow completes."""
    ticket = await desk.start("REQ-10", now=now())
    await ticket.send("start")
    ended = await ticket.send("done", "last", request_hash="z")
    assert ended.ended_at is not None
    result = await ticket.ended()
    assert result == TicketResult("REQ-10", 3, ("closed",), False)
    assert desk.memory.timeline("REQ-10")[-1] == "ended"
    assert await ticket.send("done", "last", request_hash="z") == ended


async def test_a_ticket_explains_itself(desk: TicketClient) -> None:
    """The query returns the ticket's state and the events that its opener may send."""
    ticket = await desk.start("REQ-11", now=now())
    why: Explanation = await ticket.workflow.query(EXPLAIN, ExplainQuestion(ALICE), result_type=Explanation)
    assert why.where[0].state == "new"


async def test_a_comment_is_taken_in_any_state(desk: TicketClient) -> None:
    """A comment is an event like any other."""
    ticket = await desk.start("REQ-12", now=now())
    await ticket.event(Comment(ALICE, "Any news?"))
    assert "comment" in desk.memory.timeline("REQ-12")


async def test_an_opening_that_the_process_refuses_fails_for_good(desk: TicketClient) -> None:
    """A ticket that can't be opened does not exist: its workflow fails and is not retried."""
    from temporalio.client import WorkflowFailureError

    from tests.servers.tickets import pinned
    from workflows.engine.model.events import Open
    from workflows.ticket.messages import TicketInput
    from workflows.ticket.names import workflow_id

    given = TicketInput(pinned(now=now()), Open("REQ-13", ALICE, {}))
    handle = await desk.client.start_workflow("request", given, id=workflow_id("REQ-13"), task_queue=desk.task_queue)
    with pytest.raises(WorkflowFailureError) as error:
        await handle.result()
    assert isinstance(error.value.cause, ApplicationError)
    assert error.value.cause.type == "refused:missing_fields"


async def test_start_and_act_is_one_call(desk: TicketClient) -> None:
    """An update with start reaches a ticket that is opened in the same workflow task."""
    from temporalio.client import WithStartWorkflowOperation
    from temporalio.common import WorkflowIDConflictPolicy

    from tests.servers.tickets import pinned
    from workflows.engine.model.events import Open
    from workflows.ticket.messages import EventResult, TicketInput
    from workflows.ticket.names import workflow_id

    given = TicketInput(pinned(now=now()), Open("REQ-14", ALICE, {"summary": "Help"}))
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "request",
        given,
        id=workflow_id("REQ-14"),
        task_queue=desk.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    result = await desk.client.execute_update_with_start_workflow(
        EVENT, EventEnvelope.of(Send("start", ALICE)), start_workflow_operation=start, result_type=EventResult
    )
    assert (result.revision, result.states) == (2, ("work",))
