"""A ticket on which workers fail is shown as stuck; other tickets continue, and the next good worker continues it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest
from temporalio.client import Client

from api.background.failed_workflows import FailedWorkflows
from api.background.settlement import Settlement
from api.cluster import Cluster
from api.local.embedded import MARKED_AFTER, temporal_server, wait_until_serving
from api.local.ports import any_free
from api.records import RecordsAtTheEdge
from api.server import application
from api.settings import EdgeSettings
from api.workflow_failures import WorkflowFailures
from tests.servers.families import Household, household
from tests.servers.installations import problem
from tests.servers.tickets import ALICE, TicketHandle
from workflows.engine.model.events import Open
from workflows.engine.model.interpreter import INTERPRETER
from workflows.ticket import workflow as ticket_workflow
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import TicketInput
from workflows.ticket.names import FAILURES, workflow_id

NEWER = INTERPRETER + 1
ONE_SECOND = timedelta(seconds=1)
"""A workflow task that fails is tried again when its time is over."""


@pytest.fixture
async def api(home: Household, tmp_path: Path, temporal_address: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API of these tickets, used by alice, who is no operator."""
    settings = EdgeSettings(
        state_folder=tmp_path / "state",
        temporal_address=temporal_address,
        task_queue=home.task_queue,
        records_url=f"sqlite:///{tmp_path / 'records.sqlite3'}",
        definitions=tmp_path / "definitions",
        standalone=True,
        embedded=True,
        identity="development",
        request_seconds=3,
    )
    app = application(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers={"X-Actor": "alice"})
        yield await stack.enter_async_context(client)


async def begun(home: Household, interpreter: int) -> TicketHandle:
    """A ticket that a build with this interpreter has started."""
    return await home.start("inquiry", interpreter=interpreter, task_timeout=ONE_SECOND)


@asynccontextmanager
async def newer_build(home: Household) -> AsyncIterator[None]:
    """Workers that know the newer interpreter, for a while; afterwards workers of this build."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ticket_workflow, "INTERPRETER", NEWER)
        await home.work()
        yield
        await home.rest()
    await home.work()


async def until_stuck(home: Household, *tickets: TicketHandle) -> None:
    """Waits until Temporal lists these tickets as stuck."""
    failures = WorkflowFailures(home.client, home.task_queue)
    async with asyncio.timeout(60):
        while not {one.workflow.id for one in tickets} <= await failures.marked():
            pass  # each look is a request of its own


async def until_moving(home: Household, ticket: TicketHandle) -> None:
    """Waits until Temporal no longer lists this ticket as stuck."""
    failures = WorkflowFailures(home.client, home.task_queue)
    async with asyncio.timeout(60):
        while ticket.workflow.id in await failures.marked():
            pass  # each look is a request of its own


async def failures_of(api: httpx.AsyncClient, **query: int) -> Any:
    answer = await api.get("/v1/failures", params=query, headers={"X-Actor": "carol"})
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_ticket_on_which_workers_fail(home: Household, api: httpx.AsyncClient) -> None:
    """Requests say since when workers fail on a ticket; operators see the cause; a good worker continues it."""
    ticket, neighbour = await two_begun(home)
    asked = problem(await api.get(f"/v1/tickets/{ticket.key}/explain"), 503, "ticket_stuck")
    assert asked["detail"].startswith(f"A worker could not answer a query about {ticket.key}. ")
    assert not (await api.get(f"/v1/tickets/{ticket.key}")).json()["stuck"]
    await ticket.signal("work")  # the older build fails on it from now on
    await until_stuck(home, ticket)

    refused = problem(await api.post(f"/v1/tickets/{ticket.key}/events/work", json={}), 503, "ticket_stuck")
    assert f"Workers have failed on {ticket.key} " in refused["detail"]
    assert problem(await api.get(f"/v1/tickets/{ticket.key}/explain"), 503, "ticket_stuck")
    shown = (await api.get(f"/v1/tickets/{ticket.key}")).json()
    assert (shown["stuck"], shown["state"]) == (True, ["new"])
    listed = {one["key"]: one["stuck"] for one in (await api.get("/v1/tickets")).json()["items"]}
    assert listed == {ticket.key: True, neighbour.key: False}
    moved = await api.post(f"/v1/tickets/{neighbour.key}/events/work", json={})
    assert (moved.status_code, moved.json()["states"]) == (200, ["work"])

    found = await failures_of(api)
    (stuck,) = found["stuck"]
    assert (stuck["ticket"], stuck["process"], stuck["since"]) == (ticket.key, "inquiry", shown["stuck_since"])
    assert stuck["failures"] >= 2
    assert "a newer build has started this ticket" in stuck["cause"]
    assert (found["stuck_total"], found["failed_total"], found["incomplete"]) == (1, 0, None)

    async with newer_build(home):
        await until_moving(home, ticket)
        await home.until_in(ticket, "work")
        assert (await failures_of(api))["stuck"] == []
        assert not (await api.get(f"/v1/tickets/{ticket.key}")).json()["stuck"]


async def two_begun(home: Household) -> tuple[TicketHandle, TicketHandle]:
    """A ticket of a newer build, on which the workers of this build fail, and its neighbour; both are on record."""
    async with newer_build(home):
        ticket, neighbour = await begun(home, NEWER), await begun(home, INTERPRETER)
        await home.until_recorded(ticket)
        await home.until_recorded(neighbour)
    return ticket, neighbour


async def test_an_event_from_outside_reaches_the_neighbours(home: Household, api: httpx.AsyncClient) -> None:
    """An event for many tickets waits for stuck tickets, and reaches each ticket once, however often it is sent."""
    ticket, neighbour = await two_begun(home)
    await ticket.signal("nonsense")  # refused by workers that can carry out the task
    await until_stuck(home, ticket)
    event = {"specversion": "1.0", "id": "1", "source": "/m", "type": "alarm.raised", "data": None}
    headers = {"X-Actor": "source:m", "Content-Type": "application/cloudevents+json"}

    async def results() -> dict[str, str]:
        answer = await api.post("/v1/inbound/m", content=json.dumps(event), headers=headers)
        assert answer.is_success, answer.text
        return {one["ticket"]: one["result"] for one in answer.json()["items"][0]["triggers"]}

    assert await results() == {ticket.key: "waits", neighbour.key: "sent"}
    async with newer_build(home):
        await until_moving(home, ticket)
        await home.until_in(ticket, "work")
        assert await results() == {ticket.key: "sent", neighbour.key: "sent"}
        await home.until_recorded(ticket)
        assert [one["name"] for one in home.told(ticket.key, "event")] == ["work"]


async def test_a_stuck_ticket_keeps_no_record_in_doubt(home: Household) -> None:
    """After a crash, workers that fail on one ticket do not delay the settlement of other records."""
    ticket, neighbour = await two_begun(home)
    await ticket.signal("work")
    await until_stuck(home, ticket)
    cluster = Cluster(home.client, EdgeSettings(task_queue=home.task_queue))
    assert await Settlement(home.client, RecordsAtTheEdge(home.records), cluster).settle(doubt=True) == 0
    assert [one.key for one in home.records.unsettled(2**40, "", 10)] == [ticket.key]
    found = home.records.get(neighbour.key)
    assert found is not None
    assert not found.row.in_doubt


async def test_failures_are_for_operators(api: httpx.AsyncClient) -> None:
    """Only the operators whom the organization names see failures, since causes may have values of tickets."""
    refused = problem(await api.get("/v1/failures"), 403, "not_permitted")
    assert refused["detail"] == "only operators may list failures: person:carol"


async def test_a_ticket_without_a_worker(home: Household, api: httpx.AsyncClient) -> None:
    """If Temporal answers and no worker does, requests say so, and no ticket counts as stuck."""
    ticket = await begun(home, INTERPRETER)
    await home.until_recorded(ticket)
    await home.rest()
    answer = await api.post(f"/v1/tickets/{ticket.key}/events/work", json={})
    assert problem(answer, 503, "worker_unavailable")["title"] == "No worker answers"
    assert (await failures_of(api))["stuck"] == []


async def test_a_ticket_whose_worker_dies_over_it(home: Household, api: httpx.AsyncClient) -> None:
    """Workflow tasks that time out again and again tell of workers that died, and not of a ticket that is stuck."""
    ticket = await begun(home, INTERPRETER)
    await home.until_recorded(ticket)
    await home.rest()
    await ticket.signal("work")
    attempts = [await taken_by_nobody(home) for _ in range(FAILURES + 2)]
    assert attempts[-1] > FAILURES
    answer = await api.post(f"/v1/tickets/{ticket.key}/events/work", json={})
    assert problem(answer, 503, "worker_unavailable")
    assert (await failures_of(api))["stuck"] == []
    failures = WorkflowFailures(home.client, home.task_queue)
    assert await failures.marked() == frozenset()
    assert await failures.of(ticket.workflow.id) is None
    await home.work()
    async with asyncio.timeout(60):
        while not (shown := await api.get(f"/v1/tickets/{ticket.key}/explain")).is_success:
            problem(shown, 503, "worker_unavailable")  # each look is a request of its own
    await home.until_in(ticket, "work")


async def taken_by_nobody(home: Household) -> int:
    """Takes the next workflow task as a worker that dies over it, and returns which attempt it is."""
    asked = PollWorkflowTaskQueueRequest(
        namespace=home.client.namespace,
        task_queue=TaskQueue(name=home.task_queue),
        identity="a worker that dies",
    )
    async with asyncio.timeout(60):
        while not (task := await home.client.workflow_service.poll_workflow_task_queue(asked)).task_token:
            pass  # a poll without a task ends by itself
    return task.attempt


async def test_a_server_that_marks_nothing(task_queue: str, tmp_path: Path) -> None:
    """If Temporal marks no stuck workflows, only the newest open workflows are examined, and the list says so."""
    port = any_free()
    server = temporal_server(tmp_path, port)
    server.command = [word.replace(f"{MARKED_AFTER}=2", f"{MARKED_AFTER}=0") for word in server.command]
    server.start()
    try:
        await wait_until_serving(server, f"127.0.0.1:{port}")
        client = await Client.connect(f"127.0.0.1:{port}", data_converter=data_converter())
        async with household(client, task_queue, tmp_path) as home:
            ticket = await home.start("errand", interpreter=NEWER, task_timeout=ONE_SECOND)
            failures = WorkflowFailures(client, task_queue)
            async with asyncio.timeout(60):
                while not (found := await failures.stuck(10)).items:
                    pass  # each look is a request of its own
        assert ([one.id for one in found.items], found.total, found.marked) == ([ticket.workflow.id], 1, False)
        assert await failures.marked() == {ticket.workflow.id}, "a request has found it"
    finally:
        server.stop()


async def test_the_worker_reports_stuck_tickets_once(home: Household) -> None:
    """The worker logs each stuck ticket once with its cause, and logs when the ticket continues."""
    ticket = await begun(home, NEWER)
    reported = FailedWorkflows(home.client, home.task_queue)
    await until_stuck(home, ticket)
    stuck, moving = await reported.look_at_stuck()
    assert ([one.id for one in stuck], moving) == ([ticket.workflow.id], [])
    assert await reported.look_at_stuck() == ([], [])
    async with newer_build(home):
        await until_moving(home, ticket)
        assert await reported.look_at_stuck() == ([], [ticket.workflow.id])


async def test_the_list_is_bounded(home: Household, api: httpx.AsyncClient) -> None:
    """A list has at most the requested number of failures of each kind, and the number of all."""
    tickets = [await begun(home, NEWER) for _ in range(3)]
    for _ in range(3):
        await (await home.start("inquiry")).workflow.terminate(reason="by hand")
    await until_stuck(home, *tickets)
    found = await failures_of(api, limit=2)
    assert (len(found["stuck"]), found["stuck_total"]) == (2, 3)
    assert (len(found["failed"]), found["failed_total"]) == (2, 3)
    kinds = {(one["kind"], one["process"], one["reason"]) for one in found["failed"]}
    assert kinds == {("ticket", "inquiry", "by hand")}


async def test_a_ticket_that_could_not_be_opened_is_listed(home: Household, api: httpx.AsyncClient) -> None:
    """A workflow whose opening was refused is listed with its key and the reason."""
    given = TicketInput(home.world.pinned("inquiry", int(time.time())), Open("INQ-1", ALICE, {}))
    id_ = workflow_id(f"INQ-1-{home.task_queue}")
    await home.client.start_workflow("inquiry", given, id=id_, task_queue=home.task_queue)
    async with asyncio.timeout(30):
        while not (failed := (await failures_of(api))["failed"]):
            pass  # each look is a request of its own
    assert [(one["workflow"], one["kind"]) for one in failed] == [(id_, "ticket")]
    assert "summary" in failed[0]["reason"]
