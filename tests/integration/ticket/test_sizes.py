"""A ticket of any size takes its events: what is too large is refused, and what is there already can shrink."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from definitions.pinned import DAY
from definitions.schema.process import Process
from tests.servers.tickets import ALICE, TicketClient, TicketHandle, pinned
from workflows.engine.model.events import Comment, Edit
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.converter import TicketPayloadConverter
from workflows.ticket.messages import Carried, EventResult, TicketInput
from workflows.ticket.names import workflow_id
from workflows.ticket.payloads import LIMIT

PROCESS = Process.model_validate(
    {
        "process": "notes",
        "title": "Notes",
        "practice": "service_request_management",
        "prefix": "NOT",
        "fields": {
            "host": {"type": "text", "pattern": "([a-z0-9]+-?)+[.]example[.]com"},
            **{name: {"type": "markdown"} for name in ("one", "two", "three")},
        },
        "may": {"edit": "everyone", "comment": "everyone"},
        "initial": "open",
        "states": {
            "open": {"on": {"close": {"to": "closed", "by": "everyone"}}},
            "closed": {"final": True},
        },
    }
)


async def started(desk: TicketClient, key: str, fields: dict[str, object], interpreter: int) -> TicketHandle:
    """A ticket that an earlier run has handed over with these fields."""
    now = int(time.time())
    snapshot = Snapshot(key, "notes", 1, now, now, "alice", ("open",), fields=fields)
    given = TicketInput(
        pinned(PROCESS, now - now % DAY), carried=Carried(snapshot), interpreter=interpreter, history_bound=20
    )
    handle = await desk.client.start_workflow("notes", given, id=workflow_id(key), task_queue=desk.task_queue)
    return TicketHandle(key, desk.client.get_workflow_handle(handle.id), handle)


async def edit(ticket: TicketHandle, key: str | None = None, **fields: object) -> EventResult:
    return await ticket.event(Edit(ALICE, fields), key)


async def refusal(ticket: TicketHandle, **fields: Any) -> str:
    """The type of the refusal of an edit."""
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await edit(ticket, **fields)
    assert isinstance(error.value.cause, ApplicationError)
    return str(error.value.cause.type)


async def test_a_ticket_that_is_too_large_recovers(desk: TicketClient) -> None:
    """A ticket of an earlier build that no payload holds takes events and, when smaller, continues as new."""
    base = TicketInput(pinned(PROCESS, 0), carried=Carried(Snapshot("NOT-1", "notes", 1, 0, 0, "alice", ("open",))))
    room = LIMIT - 2_000 - len(TicketPayloadConverter().to_payload(base).data)
    letters = random.Random(7).choices("abcdefghijklmnop", k=room // 3)
    text = "".join(letters)
    ticket = await started(desk, "NOT-1", {"one": text, "two": text, "three": text}, LAZY_TIMER)
    first = await ticket.run_id()
    for number in range(20):
        await ticket.event(Comment(ALICE, "one more"), f"{number}-{'k' * 900}")
    view = await ticket.view()
    assert await ticket.run_id() == first
    assert [problem.code for problem in view.snapshot.problems] == ["too_large"]
    assert "one, two, three" in view.snapshot.problems[0].text
    assert await refusal(ticket, one=text + "x") == "refused:too_large"
    await edit(ticket, one="short")
    while await ticket.run_id() == first:
        await edit(ticket, two=None)
    assert (await ticket.view()).interpreter > LAZY_TIMER
    assert (await ticket.send("close")).states == ("closed",)


async def test_large_fields_are_refused_and_the_ticket_continues_as_new(desk: TicketClient) -> None:
    """What fits together is carried into new runs; what does not is refused before it is in history."""
    ticket = await started(desk, "NOT-2", {}, interpreter=3)
    first = await ticket.run_id()
    for name in ("one", "two"):
        await edit(ticket, **{name: "x" * 99_000})
    assert await refusal(ticket, three="x" * 101_000) == "refused:invalid_fields"
    await edit(ticket, three="x" * 99_000)
    assert await refusal(ticket, host="x" * 100 + ".example.com", one="\u0001" * 99_000) == "refused:too_large"
    assert await refusal(ticket, **{f"unknown{number}": 1 for number in range(20_000)}) == "refused:invalid_fields"
    while await ticket.run_id() == first:
        await ticket.event(Comment(ALICE, "one more"))
    assert len(str((await ticket.view()).snapshot.fields["two"])) == 99_000


@pytest.mark.parametrize("interpreter", [LAZY_TIMER, 3])
async def test_a_pattern_holds_up_no_ticket(desk: TicketClient, interpreter: int) -> None:
    """A text that backtracking would not finish is refused by a run of each version, which takes the next event."""
    ticket = await started(desk, f"NOT-3{interpreter}", {}, interpreter)
    assert await refusal(ticket, host="a" * 41) == "refused:invalid_fields"
    assert await refusal(ticket, host="a" * 5_000) == "refused:invalid_fields"
    await edit(ticket, host="web-01.example.com")
    assert (await ticket.send("close")).states == ("closed",)
