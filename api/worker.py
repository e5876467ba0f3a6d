"""Composition of the worker: from settings to a process that runs tickets."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Mapping
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError

from activities.opening import KeyCheck
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings as WorldSettings
from activities.temporal import Activities
from activities.world import CurrentWorld
from api.background.announcements import Announcer
from api.background.failed_workflows import FailedWorkflows
from api.background.organization_changes import OrganizationChanges
from api.background.schedules import Schedules
from api.background.settlement import Settlement
from api.cluster import Cluster
from api.definition_store.store import Definitions, DefinitionStore
from api.inbound.intake import Intake
from api.local.liveness import heartbeat
from api.records import RecordsAtTheEdge, location
from api.settings import EdgeSettings
from definitions.loading.folders import layers
from workflows.contracts import KeyUse, OpenAnswer, OpenRequest
from workflows.registry import WorkflowsError, clash, load_workflows
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import TicketInput
from workflows.worker import WorkerSettings, build_worker, run_worker

LOG = logging.getLogger("stanchion.worker")
RETRY_SECONDS = 0.2
GARBAGE = 20_000
"""New objects after which the garbage collector examines the youngest objects."""


async def work(settings: EdgeSettings) -> None:
    """Runs tickets until SIGTERM or Ctrl-C; waits for a Temporal server that is not up yet.

    Raises DefinitionError where the definitions have errors, ActionsError or WorkflowsError where actions or workflows
    in Python can't be loaded.
    """
    told = WorldSettings().model_copy(update={"records_url": settings.records})
    python = load_workflows(told.workflows)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if settings.embedded:
        migrate(location(settings))  # deployments migrate on their own, once, before they start workers
    store = DefinitionStore(layers(settings.definitions, standalone=settings.standalone), settings.last_good("worker"))
    world = CurrentWorld(store.current.world)
    if clashing := clash(python, store.current.loaded.processes):
        raise WorkflowsError(clashing)
    store.on_change(lambda definitions: _replace(world, definitions, python))
    records = Records(location(settings))
    beside = [asyncio.create_task(store.watch(settings.reload_seconds, LOG.warning))]
    if settings.embedded:
        beside.append(asyncio.create_task(heartbeat(settings.state_folder, "worker").beat()))
    try:
        client = await _connected(settings, stop)
        if client is not None:
            beside.append(asyncio.create_task(Schedules(client, settings.task_queue).follow(store)))
            at_the_edge = RecordsAtTheEdge(records)
            beside.append(asyncio.create_task(OrganizationChanges(client, at_the_edge, world).follow(store)))
            cluster = Cluster(client, settings)
            beside.append(asyncio.create_task(Settlement(client, at_the_edge, cluster).follow()))
            beside.append(asyncio.create_task(FailedWorkflows(client, settings.task_queue).follow()))
            inbound = Intake(store, at_the_edge, cluster)
            beside.append(asyncio.create_task(Announcer(inbound, at_the_edge, settings.reload_seconds).follow(store)))
            activities = Activities(records, world, told, workflows=python, key_use=key_check(cluster)).all()
            _spare_what_stays()
            chosen = WorkerSettings(task_queue=settings.task_queue, cached_tickets=settings.cached_tickets)
            worker = build_worker({"client": client}, activities, chosen, python.values())
            await run_worker(worker, stop)
    finally:
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        records.close()


def _spare_what_stays() -> None:
    """Excludes modules and definitions from garbage collection, and makes collections rarer.

    A worker that replays tickets makes many objects that stay. By default, Python examines all objects of a process
    again and again meanwhile, which took a tenth of the worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)


def key_check(cluster: Cluster) -> KeyCheck:
    """A check that asks Temporal which start, if any, has begun a workflow of the key of a new ticket."""

    async def key_use(request: OpenRequest, answer: OpenAnswer) -> KeyUse:
        if answer.key is None or answer.pinned is None:
            return "free"
        given = TicketInput(answer.pinned, answer.opening)
        return await cluster.key_use(request.process, answer.key, given, request.numbered)

    return key_use


def _replace(world: CurrentWorld, definitions: Definitions, python: Mapping[str, type[Any]]) -> None:
    clashing = clash(python, definitions.loaded.processes)
    if clashing:
        LOG.error("definitions not taken: %s", clashing)
        return
    world.replace(definitions.world)


async def _connected(settings: EdgeSettings, stop: asyncio.Event) -> Client | None:
    """A client, as soon as Temporal answers; None where ``stop`` is set before."""
    said = False
    while not stop.is_set():
        try:
            return await Client.connect(
                settings.temporal, namespace=settings.temporal_namespace, data_converter=data_converter()
            )
        except (RPCError, RuntimeError) as error:
            if not said:
                LOG.warning("waiting for Temporal at %s: %s", settings.temporal, error)
                said = True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
    return None
