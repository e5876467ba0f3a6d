"""Tickets that act on others: real activities over a file of records, and processes that start, send and automate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from temporalio.client import Client
from temporalio.worker import Worker

from activities.records.counters import TicketStart
from activities.records.database import Database
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.records.tables import counters
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from api.cluster import Cluster
from api.settings import EdgeSettings
from api.worker import key_check
from definitions.loading.loader import Loaded, load
from definitions.schema.model import Json
from tests.paths import EXAMPLES
from tests.servers.probing import PROBE
from tests.servers.temporal import IDENTITY
from tests.servers.tickets import ALICE, TicketHandle
from workflows.engine.model.events import Open
from workflows.engine.model.interpreter import INTERPRETER
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import HISTORY_BOUND, TicketInput
from workflows.ticket.names import workflow_id
from workflows.worker import WorkerSettings, build_worker

_HOUSEHOLDS = count(1)
DEFINITIONS = EXAMPLES / "automation"


def definitions(folder: Path = DEFINITIONS) -> Loaded:
    """The processes of the tests; none has a problem."""
    return load((folder,)).or_raise()


@dataclass
class Household:
    """Tickets on a server, the records of them, and the workers that run them."""

    client: Client
    task_queue: str
    records: Records
    world: World
    settings: Settings
    running: Worker | None = None
    python: Mapping[str, type[Any]] = field(default_factory=dict)
    """Workflows in Python, which the workers run as well."""

    async def start(
        self,
        process: str,
        *,
        history_bound: int = HISTORY_BOUND,
        interpreter: int = INTERPRETER,
        task_timeout: timedelta | None = None,
        **fields: Json,
    ) -> TicketHandle:
        """Opens a ticket as alice."""
        now = int(time.time())
        file = self.world.processes[process]
        key = self.records.allocate(
            TicketStart(
                scope="tests",
                start_key=f"{process}-{time.time_ns()}",
                body_hash="",
                process=process,
                prefix=file.process.prefix,
                at=now,
            )
        ).key
        opening = Open(key, ALICE, {"summary": "Help", **fields})
        given = TicketInput(
            self.world.pinned(process, now), opening, history_bound=history_bound, interpreter=interpreter
        )
        handle = await self.client.start_workflow(
            process, given, id=workflow_id(key), task_queue=self.task_queue, task_timeout=task_timeout
        )
        return TicketHandle(key, self.client.get_workflow_handle(handle.id), handle)

    def ticket(self, key: str) -> TicketHandle:
        """A ticket that another ticket started."""
        handle = self.client.get_workflow_handle(workflow_id(key))
        return TicketHandle(key, handle, handle)

    async def work(self) -> None:
        """Starts a worker; a running worker is stopped first, with everything that it has in memory."""
        await self.rest()
        self.running = self._worker()
        await self.running.__aenter__()

    async def rest(self) -> None:
        """Stops the worker."""
        worker, self.running = self.running, None
        if worker is not None:
            await worker.__aexit__(None, None, None)

    def _worker(self) -> Worker:
        """A worker as in production."""
        activities = Activities(
            self.records,
            CurrentWorld(self.world),
            self.settings,
            workflows=self.python,
            key_use=key_check(Cluster(self.client, EdgeSettings(task_queue=self.task_queue))),
        )
        chosen = WorkerSettings(task_queue=self.task_queue, identity=IDENTITY, grace=0.0)
        return build_worker({"client": self.client}, activities.all(), chosen, self.python.values())

    async def until(self, ticket: TicketHandle, true: Callable[[Snapshot], bool]) -> Snapshot:
        """Waits until the condition holds; returns the ticket; raises TimeoutError if the condition never holds."""
        async with asyncio.timeout(60):
            return await self._until(ticket, true)

    async def _until(self, ticket: TicketHandle, true: Callable[[Snapshot], bool]) -> Snapshot:
        """Checks again at every event of the ticket's history."""
        while True:
            snapshot = (await ticket.view()).snapshot
            if true(snapshot):
                return snapshot
            run = self.client.get_workflow_handle(ticket.workflow.id, run_id=await ticket.run_id())
            known = (await ticket.view()).history_length
            seen = 0
            async for _ in run.fetch_history_events(wait_new_event=True):
                seen += 1
                if seen <= known:
                    continue
                snapshot = (await ticket.view()).snapshot
                if true(snapshot):
                    return snapshot

    async def until_in(self, ticket: TicketHandle, state: str) -> Snapshot:
        """Waits until the ticket is in a state; returns the ticket."""
        return await self.until(ticket, lambda snapshot: state in snapshot.configuration)

    async def until_recorded(self, ticket: TicketHandle) -> None:
        """Waits until the records have everything that has happened to the ticket."""
        async with asyncio.timeout(60):
            while (await ticket.view()).unrecorded:
                await self._until(ticket, lambda snapshot: True)

    def told(self, key: str, kind: str) -> list[dict[str, Any]]:
        """The entries of one kind in the recorded timeline of a ticket."""
        return [dict(entry.data) for entry in self.records.timeline(key, limit=500).items if entry.kind == kind]


def _count_from(url: str, number: int, loaded: Loaded) -> None:
    """Gives the tickets of a server numbers of their own, though each test has its own records."""
    database = Database(url)
    with database.write() as connection:
        rows = [{"prefix": file.process.prefix, "last": number} for file in loaded.processes.values()]
        connection.execute(insert(counters), rows)
    database.close()


@asynccontextmanager
async def household(
    client: Client,
    task_queue: str,
    folder: Path,
    *,
    processes: Path = DEFINITIONS,
    python: Mapping[str, type[Any]] | None = None,
    **settings: Any,
) -> AsyncIterator[Household]:
    """Records and a running worker."""
    url = f"sqlite:///{folder / 'records.sqlite3'}"
    migrate(url)
    loaded = definitions(processes)
    _count_from(url, 1_000 * next(_HOUSEHOLDS), loaded)
    records = Records(url)
    chosen = {"records_url": url, "actions": ("tests.servers.probing",), **settings}
    world = World(loaded.organization, loaded.templates, loaded.processes)
    home = Household(client, task_queue, records, world, Settings(**chosen), python=python or {})
    try:
        await home.work()
        yield home
    finally:
        PROBE.let_go.set()
        await home.rest()
        records.close()
