"""A small process, activities that answer from memory, and a worker: the base of the tests of the ticket's workflow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from definitions.digest import digest
from definitions.people.directory import Actor, AskedPerson
from definitions.pinned import DAY, HORIZON, Pinned, pin, pin_calendars, unpin_calendars
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from tests.servers.temporal import IDENTITY
from workflows.contracts import (
    DeliverRequest,
    DeliverResult,
    ExtendRequest,
    ExtendResult,
    RecordBatch,
    RecordedStep,
    RecordResult,
)
from workflows.engine.model.effects import AskApprovers, LookUpServices
from workflows.engine.model.events import Asked, Known, Migrate, Open, Send
from workflows.engine.model.interpreter import INTERPRETER
from workflows.ticket.messages import EventEnvelope, EventResult, Sent, TicketInput, TicketResult, TicketView
from workflows.ticket.names import EVENT, SNAPSHOT, workflow_id
from workflows.worker import WorkerSettings, build_worker

ORGANIZATION = Organization.model_validate(
    {
        "organization": {"name": "Example", "time_zone": "Europe/Berlin"},
        "people": {name: {"name": name.title(), "email": f"{name}@example.com"} for name in ("alice", "bob")},
    }
)

PROCESS = Process.model_validate(
    {
        "process": "request",
        "title": "Request",
        "practice": "service_request_management",
        "prefix": "REQ",
        "fields": {"summary": {"type": "text", "required": True}, "size": {"type": "integer"}},
        "initial": "new",
        "states": {
            "new": {
                "on": {
                    "start": {"to": "work", "by": "opener"},
                    "ask": {"to": "check", "by": "opener"},
                    "later": {"to": "parked", "by": "opener"},
                    "tell": {"by": "opener", "do": [{"notify": {"to": "opener", "message": "Told."}}]},
                },
                "after": [{"for": "30d", "to": "closed"}],
            },
            "parked": {"after": [{"for": "900d", "to": "closed"}]},
            "check": {
                "approval": {"from": ["person:bob"], "need": "any", "within": "3d"},
                "on": {
                    "approved": "work",
                    "rejected": "new",
                    "expired": "new",
                    "drop": {"to": "closed", "by": "opener"},
                },
            },
            "work": {
                "entry": [{"notify": {"to": "opener", "message": "Work has begun."}}],
                "on": {"done": {"to": "closed", "by": "opener"}, "back": {"to": "new", "by": "opener"}},
            },
            "closed": {"final": True},
        },
    }
)
ALICE = Actor("alice")
BOB = Actor("bob")


@dataclass
class Memory:
    """The services of a test: records that can be unavailable, a directory, a mail box."""

    away: bool = False
    broken: bool = False
    """Fails at once with what no retry helps against."""
    deaf: bool = False
    """Nobody says who approves."""
    carries: bool = False
    """A channel outside is configured."""
    bounces: bool = False
    rows: dict[str, RecordBatch] = field(default_factory=dict)
    steps: dict[str, list[RecordedStep]] = field(default_factory=dict)
    delivered: list[str] = field(default_factory=list)
    workflow_tasks: list[str] = field(default_factory=list)
    """Of what was recorded, in order."""
    calls: int = 0
    """How often something was to be recorded."""
    happened: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a condition that comes true by itself; raises TimeoutError where it does not."""
        async with asyncio.timeout(30), self.happened:
            await self.happened.wait_for(true)

    async def _tell(self) -> None:
        async with self.happened:
            self.happened.notify_all()

    @activity.defn(name="record")
    async def record(self, batch: RecordBatch) -> RecordResult:
        self.calls += 1
        await self._tell()
        if self.broken:
            raise ApplicationError("the table is gone", non_retryable=True)
        if self.away:
            raise ConnectionError("no route to the records")
        kept = self.steps.setdefault(batch.key, [])
        known = {step.revision for step in kept}
        kept += [step for step in batch.steps if step.revision not in known]
        self.rows[batch.key] = batch
        self.workflow_tasks.append(batch.workflow_task)
        await self._tell()
        ids = tuple(notice.id for step in batch.steps for notice in step.notices)
        return RecordResult(to_deliver=ids if self.carries else ())

    @activity.defn(name="ask_approvers")
    async def ask_approvers(self, asked: AskApprovers) -> Asked:
        if self.deaf:
            raise ConnectionError("no route to the directory")
        people = tuple(AskedPerson(one.removeprefix("person:")) for one in asked.from_)
        return Asked(asked.state, asked.visit, asked.round, asked.stage, people)

    @activity.defn(name="look_up_services")
    async def look_up_services(self, asked: LookUpServices) -> Known:
        return Known({})

    @activity.defn(name="extend_calendars")
    async def extend_calendars(self, asked: ExtendRequest) -> ExtendResult:
        start = unpin_calendars(asked.calendars)["always"].start
        return ExtendResult(pin_calendars(PROCESS, ORGANIZATION, start, asked.until + HORIZON))

    @activity.defn(name="deliver")
    async def deliver(self, asked: DeliverRequest) -> DeliverResult:
        if self.bounces:
            raise ApplicationError("mailbox full", non_retryable=True)
        self.delivered += asked.ids
        await self._tell()
        return DeliverResult(sent=asked.ids)

    @property
    def activities(self) -> tuple[Callable[..., Any], ...]:
        return (self.record, self.ask_approvers, self.look_up_services, self.extend_calendars, self.deliver)

    def revisions(self, key: str) -> list[int]:
        """The revisions on record, in the order in which they came."""
        return [step.revision for step in self.steps.get(key, [])]

    def timeline(self, key: str) -> list[str]:
        """The kinds of entries on record."""
        return [entry.kind for step in self.steps.get(key, []) for entry in step.audit]


def pinned(process: Process = PROCESS, now: int = 0) -> Pinned:
    """The small process as a ticket opened at ``now`` (UTC seconds) carries it."""
    return pin(process, digest(process), ORGANIZATION, now)


@dataclass(frozen=True)
class TicketClient:
    """Starts tickets and acts on them, as the edge does."""

    client: Client
    task_queue: str
    memory: Memory

    async def start(
        self,
        key: str,
        *,
        now: int,
        process: Process = PROCESS,
        history_bound: int = 3_000,
        interpreter: int = INTERPRETER,
        at: int | None = None,
    ) -> TicketHandle:
        opening = Open(key, ALICE, {"summary": "Help"}, at=at)
        given = TicketInput(
            pinned(process, now - now % DAY), opening, history_bound=history_bound, interpreter=interpreter
        )
        handle = await self.client.start_workflow(
            process.process, given, id=workflow_id(key), task_queue=self.task_queue
        )
        return TicketHandle(key, self.client.get_workflow_handle(handle.id), handle)


@dataclass(frozen=True)
class TicketHandle:
    """One ticket."""

    key: str
    workflow: WorkflowHandle[Any, Any]
    """Of the newest run."""
    started: WorkflowHandle[Any, Any]
    """Of the first run; its result lets the skipping server skip."""

    async def ended(self) -> TicketResult:
        """Wait for the end of the ticket."""
        return TicketResult(**{**(result := await self.started.result()), "states": tuple(result["states"])})

    async def event(self, event: Sent | Migrate, key: str | None = None, **envelope: Any) -> EventResult:
        sent = EventEnvelope.of(event, **envelope)
        result: EventResult = await self.workflow.execute_update(EVENT, sent, id=key, result_type=EventResult)
        return result

    async def send(self, name: str, key: str | None = None, **envelope: Any) -> EventResult:
        return await self.event(Send(name, ALICE), key, **envelope)

    async def signal(self, name: str, **envelope: Any) -> None:
        await self.workflow.signal(EVENT, EventEnvelope.of(Send(name, ALICE), **envelope))

    async def view(self) -> TicketView:
        view: TicketView = await self.workflow.query(SNAPSHOT, result_type=TicketView)
        return view

    async def history(self) -> list[str]:
        """The names of the events of the newest run."""
        from temporalio.api.enums.v1 import EventType

        fetched = await self.workflow.fetch_history()
        return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in fetched.events]

    async def run_id(self) -> str:
        run_id = (await self.workflow.describe()).run_id
        assert run_id
        return run_id


def worker(client: Client, task_queue: str, memory: Memory, **settings: Any) -> Worker:
    """A worker as in production, with activities that answer from memory."""
    chosen = replace(WorkerSettings(task_queue=task_queue, identity=IDENTITY, grace=0.0), **settings)
    return build_worker({"client": client}, memory.activities, chosen)


@asynccontextmanager
async def tickets(client: Client, task_queue: str, **settings: Any) -> AsyncIterator[TicketClient]:
    """A running worker and a client for its tickets."""
    memory = Memory()
    async with worker(client, task_queue, memory, **settings):
        yield TicketClient(client, task_queue, memory)
