"""Plays stories on a real server with the real activities, and stores the histories of their runs."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowHistory, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from api.local.callback_key import callback_key
from api.local.embedded import temporal_server, wait_until_serving
from api.local.ports import any_free
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import Loaded, load
from definitions.people.directory import Actor, Directory
from definitions.pinned import pin, pin_again, unpin_calendars
from tests.histories.practices import PRACTICES
from tests.histories.stories import ANSWERING, STORIES, Deed, Reorganized, Story
from tests.servers.answering import answering_server
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.events import Migrate, Open
from workflows.engine.model.interpreter import INTERPRETER
from workflows.registry import load_workflows
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import Carries, EventEnvelope, TicketInput, TicketView
from workflows.ticket.names import (
    CARRIES,
    EVENT,
    ORGANIZATION_CHANGED,
    REFUSED,
    SNAPSHOT,
    TASK_QUEUE,
    workflow_id,
)
from workflows.worker import WorkerSettings, build_worker

FOLDER = Path(__file__).parent
IDENTITY = "worker"
ALL = {**STORIES, **PRACTICES}


def path_of(story: str, run: int) -> Path:
    """The path of the history of a story's ``run``-th run."""
    return FOLDER / f"{story}.v{INTERPRETER}.{run}.json"


async def record_missing(folder: Path) -> list[Path]:
    """Record the stories without a history; the server and the records live in ``folder``."""
    missing = [name for name in ALL if not path_of(name, 1).exists()]
    if not missing:
        return []
    port = any_free()
    server = temporal_server(folder, port)
    server.start()
    try:
        await wait_until_serving(server, f"127.0.0.1:{port}")
        client = await Client.connect(f"127.0.0.1:{port}", data_converter=data_converter(), identity=IDENTITY)
        kept: list[Path] = []
        for number, definitions in enumerate(dict.fromkeys(ALL[name].definitions for name in missing)):
            names = [name for name in missing if ALL[name].definitions == definitions]
            url = f"sqlite:///{folder / f'records{number}.sqlite3'}"
            kept += await _record_all(client, definitions, names, url)
        return kept
    finally:
        server.stop()


async def _record_all(client: Client, definitions: Path, names: list[str], records_url: str) -> list[Path]:
    loaded = load((definitions,)).or_raise()
    migrate(records_url)
    records = Records(records_url)
    world = CurrentWorld(World(loaded.organization, loaded.templates, loaded.processes))
    python = load_workflows()
    key = callback_key(Path(records_url.removeprefix("sqlite:///")).parent)
    settings = Settings(
        records_url=records_url,
        actions=("tests.servers.probing", "tests.servers.deploying"),
        outbound_hosts=("localhost:*",),
        outbound_plain_http=True,
        outbound_networks=("127.0.0.0/8", "::1/128"),
        callback_url="https://itsm.example.com",
        callback_keys=(f"file:{key}",),
    )
    activities = Activities(records, world, settings, workflows=python).all()
    kept: list[Path] = []
    try:
        with answering_server() as server:
            async with build_worker({"client": client}, activities, WorkerSettings(identity=IDENTITY)):
                for name in names:
                    kept += await _record(client, loaded, name, _answered(ALL[name], server.url), world)
    finally:
        records.close()
    return kept


def _answered(story: Story, url: str) -> Story:
    """The story with the address of the current server."""
    fields = {name: url if value == ANSWERING else value for name, value in story.fields.items()}
    return replace(story, fields=fields)


async def _record(client: Client, loaded: Loaded, name: str, story: Story, world: CurrentWorld) -> list[Path]:
    usual = world.now
    process = loaded.processes[story.process]
    now = int(time.time())
    key = f"{process.process.prefix}-1-{name}"
    given = TicketInput(
        pin(process.process, process.digest, loaded.organization, now),
        Open(key, Actor(story.opener), story.fields, organization=usual.directory.digest),
        history_bound=story.history_bound,
    )
    started = await client.start_workflow(story.process, given, id=workflow_id(key), task_queue=TASK_QUEUE)
    await started.query(SNAPSHOT)  # so that every recording begins alike: the opening is a workflow task of its own
    newest = client.get_workflow_handle(started.id)
    child: str | None = None
    for deed in story.deeds:
        if isinstance(deed, Reorganized):
            await _reorganize(newest, deed, world)
        else:
            await _act(newest, deed, loaded)
        if story.with_child or story.definitions != SHIPPED:
            await _at_rest(newest)  # other people can decide what comes next
            child = child or await _child_of(newest)
    world.replace(usual)
    kept = [_keep(path_of(name, number), history) for number, history in enumerate(await _runs(client, started), 1)]
    if story.with_child and child:
        own = client.get_workflow_handle(workflow_id(child))
        kept.append(_keep(path_of(f"{name}_child", 1), await _at_rest(own)))
    return kept


async def _child_of(ticket: WorkflowHandle[Any, Any]) -> str | None:
    """The key of the first child, as soon as there is one."""
    view: TicketView = await ticket.query(SNAPSHOT, result_type=TicketView)
    keys = [child.key for family in view.snapshot.families.values() for child in family.children]
    return keys[0] if keys else None


async def _reorganize(ticket: WorkflowHandle[Any, Any], deed: Reorganized, world: CurrentWorld) -> None:
    before = world.now
    world.replace(World(deed.of(before.organization), before.templates, before.processes))
    await ticket.signal(ORGANIZATION_CHANGED, OrganizationChanged(world.now.directory.digest))
    await _at_rest(ticket)


async def _act(ticket: WorkflowHandle[object, object], deed: Deed, loaded: Loaded) -> None:
    moves = deed.name == "migrate"
    event = EventEnvelope.of(await _migration(ticket, deed, loaded) if moves else deed.event(loaded.organization))
    if deed.refused is None:
        await ticket.execute_update(EVENT, event)
        return
    try:
        await ticket.execute_update(EVENT, event)
    except WorkflowUpdateFailedError as failure:
        if not isinstance(failure.cause, ApplicationError) or failure.cause.type != REFUSED + deed.refused:
            raise
    else:
        raise AssertionError(f"{deed} was not refused")


async def _migration(ticket: WorkflowHandle[Any, Any], deed: Deed, loaded: Loaded) -> Migrate:
    """To the version that the scenario of these definitions migrates to."""
    (file,) = loaded.scenarios.values()
    to = file.destinations["versions/door.yaml"]
    now: Carries = await ticket.query(CARRIES, result_type=Carries)
    carried = unpin_calendars(now.pinned.calendars)
    pinned = pin_again(to.process, to.digest, loaded.organization, carried, now.snapshot.opened_at, now.snapshot.at)
    actor = Actor(**asdict(Directory(loaded.organization).actor(deed.who)))
    return Migrate(actor, pinned, {old: str(new) for old, new in deed.fields.items()})


async def _runs(client: Client, started: WorkflowHandle[object, object]) -> list[WorkflowHistory]:
    """The histories of every run, oldest first, once the ticket is at rest."""
    histories = []
    run_id = started.first_execution_run_id
    while run_id:
        run = client.get_workflow_handle(started.id, run_id=run_id)
        history = await _at_rest(run)
        histories.append(history)
        run_id = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return histories


async def _at_rest(run: WorkflowHandle[object, object]) -> WorkflowHistory:
    """A run's history once two reads, a moment apart, are equal: a timer may still be set after an answer."""
    before = await run.fetch_history()
    while True:
        await asyncio.sleep(0.5)
        after = await run.fetch_history()
        if len(after.events) == len(before.events):
            return after
        before = after


def _keep(path: Path, history: WorkflowHistory) -> Path:
    """Stores a history without what no replay needs: sticky queues hold a random number, stack traces hold folders."""
    text = re.sub(rf'"{IDENTITY}-[0-9a-f]{{32}}"', f'"{IDENTITY}-sticky"', history.to_json())
    text = re.sub(r'("stackTrace": )"(?:[^"\\]|\\.)*"', r'\1""', text)
    path.write_text(text + "\n")
    return path
