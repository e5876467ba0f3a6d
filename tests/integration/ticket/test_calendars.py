"""A ticket whose calendars end before its deadline gets longer ones of the organization."""

from __future__ import annotations

import time
from pathlib import Path

from temporalio.client import Client

from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from definitions.calendars import compile_calendar
from definitions.loading.folders import SHIPPED, layers
from definitions.loading.loader import load
from definitions.pinned import HORIZON, pin, unpin_calendars
from definitions.schema.process import Process
from tests.servers.tickets import ALICE, TicketHandle
from workflows.engine.business_time import add
from workflows.engine.model.events import Open
from workflows.ticket.messages import TicketInput
from workflows.ticket.names import workflow_id
from workflows.worker import WorkerSettings, build_worker

DAY = 86_400
WORKING_DAYS = 30

PROCESS = Process.model_validate(
    {
        "process": "patience",
        "title": "Patience",
        "practice": "service_request_management",
        "prefix": "PAT",
        "initial": "new",
        "states": {
            "new": {
                "on": {"tell": {"by": "opener"}},
                "after": [{"for": f"{WORKING_DAYS}d", "calendar": "office", "to": "closed"}],
            },
            "closed": {"final": True},
        },
    }
)


async def test_a_deadline_beyond_the_calendars_is_known_at_once(
    client: Client, task_queue: str, tmp_path: Path
) -> None:
    """With calendars of the past a deadline is computed on longer ones, and is kept in every later run."""
    loaded = load(layers(SHIPPED, standalone=True)).or_raise()
    now = int(time.time())
    old = pin(PROCESS, "patience", loaded.organization, now - HORIZON + 10 * DAY)
    office = compile_calendar(loaded.organization, "office", now - 7 * DAY, now + 365 * DAY)
    assert unpin_calendars(old.calendars)["office"].end < add(office, now, f"{WORKING_DAYS}d")

    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    records = Records(url)
    activities = Activities(records, CurrentWorld(World(loaded.organization)), Settings()).all()
    async with build_worker({"client": client}, activities, WorkerSettings(task_queue=task_queue, grace=0.0)):
        given = TicketInput(old, Open("PAT-1", ALICE, {}), history_bound=20)
        started = await client.start_workflow("patience", given, id=workflow_id("PAT-1"), task_queue=task_queue)
        ticket = TicketHandle("PAT-1", client.get_workflow_handle(started.id), started)
        first = await ticket.run_id()
        while await ticket.run_id() == first:
            await ticket.send("tell")
        view = await ticket.view()
    assert view.next_deadline == add(office, view.snapshot.opened_at, f"{WORKING_DAYS}d")
    assert view.snapshot.problems == ()
    records.close()
