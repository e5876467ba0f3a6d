"""Requests with callbacks, on the real server: across new runs and workers, and out of order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from api.local.callback_key import callback_key
from tests.servers.answering import Answering, answering_server
from tests.servers.families import Household, household
from tests.servers.probing import PROBE
from workflows.engine.model.automation import Place
from workflows.engine.model.events import CalledBack
from workflows.engine.model.snapshot import Snapshot

DONE = CalledBack(Place("handing", 1, 0), {"text": "It is done"})


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering_server() as started:
        yield started


@pytest.fixture
async def home(client: Client, task_queue: str, tmp_path: Path) -> AsyncIterator[Household]:
    """An installation that may send requests to this machine, and receives callbacks."""
    allowed: dict[str, Any] = {
        "outbound_hosts": ("localhost:*",),
        "outbound_plain_http": True,
        "outbound_networks": ("127.0.0.0/8", "::1/128"),
        "callback_url": "https://itsm.example.com",
        "callback_keys": (f"file:{callback_key(tmp_path)}",),
    }
    PROBE.clear()
    async with household(client, task_queue, tmp_path, **allowed) as started:
        yield started


def is_waiting(snapshot: Snapshot) -> bool:
    """The other side has accepted the request."""
    return any(one.answered for run in snapshot.runs.values() for one in run.callbacks)


async def test_a_ticket_waits_through_new_runs_and_new_workers(home: Household, server: Answering) -> None:
    """No activity is open while a ticket awaits a callback: the ticket continues in a new run, and knows it there."""
    ticket = await home.start("errand", how=server.url, history_bound=20)
    first = await ticket.run_id()
    await ticket.send("hand")
    await home.until(ticket, is_waiting)
    for _ in range(6):
        await ticket.send("tick")
    assert await ticket.run_id() != first
    await home.work()
    await ticket.event(DONE, "engine:callback:x")
    assert (await ticket.ended()).states == ("finished",)
    snapshot = (await ticket.view()).snapshot
    assert snapshot.fields["answer"] == "It is done"
    assert snapshot.runs["handing"].saved["after"] == {"text": f"{ticket.key}: answer"}
    assert len(server.asked) == 1


async def test_a_callback_may_be_faster_than_the_answer(home: Household, server: Answering) -> None:
    """The request that still waits is canceled, and the run's next step is performed."""
    server.stalls = True
    ticket = await home.start("errand", how=server.url)
    await ticket.send("hand")
    await ticket.event(DONE)
    assert (await ticket.ended()).states == ("finished",)
    server.over.set()
    assert PROBE.attempts == {f"{ticket.key}:handing:1:1": 1}


async def test_a_callback_that_nothing_waits_for_writes_nothing(home: Household, server: Answering) -> None:
    """The callback is refused before anything is written: the ticket's history is as long as before."""
    ticket = await home.start("errand", how=server.url)
    await home.until_recorded(ticket)
    before = await ticket.history()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await ticket.event(DONE)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "refused:not_open"
    assert await ticket.history() == before


async def test_a_request_that_is_refused_is_not_waited_for(home: Household, server: Answering) -> None:
    """If the other side refuses at once, the run has failed, with that answer as the reason."""
    server.answers = [(422, {}, b"")]
    ticket = await home.start("errand", how=server.url)
    await ticket.send("hand")
    snapshot = await home.until_in(ticket, "stuck")
    assert snapshot.problems[0].text == f"POST {server.url}: localhost answered 422 Unprocessable Entity"
