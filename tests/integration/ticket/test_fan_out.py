"""A ticket that starts a great deal of work, beside tickets that take their next events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from definitions.schema.process import Process
from tests.servers.temporal import IDENTITY
from tests.servers.tickets import ALICE, Memory, TicketClient, TicketHandle
from workflows.contracts import AutomateRequest, AutomateResult
from workflows.engine.model.bounds import MOST_EFFECTS
from workflows.engine.model.events import Edit
from workflows.ticket.automation import MOST_PENDING
from workflows.worker import WorkerSettings, build_worker

PROCESS = Process.model_validate(
    {
        "process": "sweep",
        "title": "Sweep",
        "practice": "service_request_management",
        "prefix": "SWP",
        "fields": {
            "summary": {"type": "text"},
            "hosts": {"type": "text", "list": True},
            "host": {"type": "text", "pattern": "([a-z0-9]+-?)+[.]example[.]com"},
        },
        "may": {"edit": "everyone"},
        "initial": "open",
        "states": {
            "open": {
                "on": {
                    "sweep": {
                        "by": "everyone",
                        "do": [{"each": "ticket.hosts", "http": {"url": "https://example.com"}}],
                    },
                    "tell": {
                        "by": "everyone",
                        "do": [{"each": "ticket.hosts", "send": {"event": "tell", "to": "=each"}}],
                    },
                    "close": {"to": "closed", "by": "everyone"},
                }
            },
            "closed": {"final": True},
        },
    }
)


@dataclass
class Sweeper:
    """Requests that nobody answers before the gate is open."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: set[str] = field(default_factory=set)

    @activity.defn(name="automate")
    async def automate(self, request: AutomateRequest) -> AutomateResult:
        await self.gate.wait()
        self.asked.add(request.id)
        return AutomateResult()


@pytest.fixture
def sweeper() -> Sweeper:
    return Sweeper()


@pytest.fixture
async def desk(client: Client, task_queue: str, sweeper: Sweeper) -> AsyncIterator[TicketClient]:
    """Tickets with a worker whose requests wait for the gate."""
    memory = Memory()
    settings = WorkerSettings(task_queue=task_queue, identity=IDENTITY, grace=0.0)
    async with build_worker({"client": client}, (*memory.activities, sweeper.automate), settings):
        yield TicketClient(client, task_queue, memory)


async def started(desk: TicketClient, key: str, hosts: int) -> TicketHandle:
    ticket = await desk.start(key, now=int(time.time()), process=PROCESS)
    await ticket.event(Edit(ALICE, {"hosts": [f"SWP-9{number:05d}" for number in range(hosts)]}))
    return ticket


async def refusal(ticket: TicketHandle, event: str) -> str:
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await ticket.send(event)
    assert isinstance(error.value.cause, ApplicationError)
    return str(error.value.cause.type)


async def test_a_sweep_over_many_hosts_runs_in_portions(desk: TicketClient, sweeper: Sweeper) -> None:
    """As many requests as a step may start are scheduled fifty at a time, and the ticket takes events meanwhile."""
    ticket = await started(desk, "SWP-1", MOST_EFFECTS)
    await ticket.send("sweep")
    beside = [await started(desk, f"SWP-2{number}", 1) for number in range(3)]
    described = await ticket.workflow.describe()
    assert len(described.raw_description.pending_activities) == MOST_PENDING
    assert await refusal(ticket, "sweep") == "refused:too_many"
    for other in beside:
        assert (await other.send("close")).states == ("closed",)
    await ticket.event(Edit(ALICE, {"summary": "under way"}))
    sweeper.gate.set()
    assert (await ticket.send("close")).states == ("closed",)
    assert not (await ticket.ended()).failed
    assert len(sweeper.asked) == MOST_EFFECTS


async def test_a_sweep_over_too_many_hosts_is_refused(desk: TicketClient) -> None:
    """2,100 requests or events are refused before they are in history, while other tickets take their next events."""
    ticket = await started(desk, "SWP-3", 2_100)
    beside = [await started(desk, f"SWP-4{number}", 1) for number in range(3)]
    texts = {"host": "a" * 5_000, "summary": "x" * 400_000}
    for event, other in zip(("sweep", "tell", "sweep"), beside, strict=True):
        assert await refusal(ticket, event) == "refused:too_many"
        for name, text in texts.items():
            with pytest.raises(WorkflowUpdateFailedError):
                await ticket.event(Edit(ALICE, {name: text}))
        assert (await other.send("close")).states == ("closed",)
    assert (await ticket.send("close")).states == ("closed",)


async def test_events_to_many_tickets_go_out_in_portions(desk: TicketClient) -> None:
    """An event to more tickets than signals are sent at once is tried for each, and each refusal is on the timeline."""
    number = 3 * MOST_PENDING
    ticket = await started(desk, "SWP-5", number)
    await ticket.send("tell")
    await desk.memory.until(lambda: desk.memory.timeline("SWP-5").count("sent") == 2 * number)
    assert (await ticket.send("close")).states == ("closed",)
