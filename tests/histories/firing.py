"""Records the history of a schedule's firing, as ``recording`` records those of tickets."""

from __future__ import annotations

import re
import time
from pathlib import Path

from temporalio.client import Client

from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from api.local.embedded import temporal_server, wait_until_serving
from api.local.ports import any_free
from definitions.loading.loader import Loaded, load
from workflows.scheduled import OPEN_SCHEDULED, ScheduledOpening
from workflows.ticket.converter import data_converter
from workflows.worker import WorkerSettings, build_worker

FOLDER = Path(__file__).parent / "scheduled"
PATH = FOLDER / "open_scheduled.v1.json"
IDENTITY = "worker"
FILES = {
    "organization/example.yaml": """\
organization: {name: Example}
people: {alice: {name: Alice Ng}}
services: {email: {title: E-mail}, directory: {title: Directory}, web: {title: Web}}
""",
    "processes/review.yaml": """\
process: review
title: Review
practice: service_level_management
prefix: REV
initial: new
fields:
  summary: {type: text, required: true}
  service: {type: service}
states:
  new: {on: {close: {to: closed, by: everyone}}}
  closed: {final: true}
schedules:
  - {cron: "0 9 1 * *", each: services, start: {summary: Monthly review, service: =each}}
""",
}


async def record_missing_firing(folder: Path) -> list[Path]:
    """Records a firing unless one is recorded; the server and the records live in ``folder``."""
    if PATH.exists():
        return []
    port = any_free()
    server = temporal_server(folder, port)
    server.start()
    try:
        await wait_until_serving(server, f"127.0.0.1:{port}")
        client = await Client.connect(f"127.0.0.1:{port}", data_converter=data_converter(), identity=IDENTITY)
        return [await _record(client, folder)]
    finally:
        server.stop()


def _loaded(folder: Path) -> Loaded:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return load((folder,)).or_raise()


async def _record(client: Client, folder: Path) -> Path:
    loaded, url = _loaded(folder), f"sqlite:///{folder / 'firing.sqlite3'}"
    migrate(url)
    records = Records(url)
    world = CurrentWorld(World(loaded.organization, loaded.templates, loaded.processes))
    activities = Activities(records, world, Settings(records_url=url)).all()
    schedule = loaded.processes["review"].process.schedules[0].model_dump(mode="json")
    try:
        async with build_worker({"client": client}, activities, WorkerSettings(identity=IDENTITY)):
            handle = await client.start_workflow(
                OPEN_SCHEDULED,
                ScheduledOpening("schedule:review:0", "review", schedule),
                id=f"schedule:review:0-{int(time.time())}",
                task_queue=WorkerSettings().task_queue,
            )
            await handle.result()
            history = await handle.fetch_history()
    finally:
        records.close()
    FOLDER.mkdir(exist_ok=True)
    # Sticky queues are named after their worker and a random number: neither is of use in a replay.
    PATH.write_text(re.sub(rf'"{IDENTITY}-[0-9a-f]{{32}}"', f'"{IDENTITY}-sticky"', history.to_json()) + "\n")
    return PATH
