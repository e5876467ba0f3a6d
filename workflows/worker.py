"""The composition root of a worker: the workflows, the activities, and how Temporal runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.converter import DataConverter, StorageDriverStoreContext, WithSerializationContext
from temporalio.worker import (
    Worker,
    WorkerConfig,
    WorkerDeploymentConfig,
    WorkflowInstance,
    WorkflowInstanceDetails,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from workflows.registry import SHIPPED, WorkflowsError
from workflows.scheduled import OpenScheduled
from workflows.ticket.names import TASK_QUEUE
from workflows.ticket.probe import Probe
from workflows.ticket.workflow import Ticket

SHARED = ("workflows", "definitions", "cel_expr_python", "re2", "yaml", "holidays", "tzdata")
"""Packages that neither read a clock nor do IO: passed through the sandbox, so that all tickets share compiled parts.

The module of the workflow class is among them. Loading it for each ticket would cost more than the rest of its opening,
and would protect nothing: all that it uses is shared anyway.
"""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The limits of a worker. Times in seconds."""

    task_queue: str = TASK_QUEUE
    identity: str | None = None
    """The worker's name in histories; by default its process id and host."""
    cached_tickets: int = 1_000
    """Workflows kept in memory between two events; any other is replayed from its history."""
    threads: int = 16
    """Local activities at the same time, and as many other activities beside them."""
    grace: float = 10.0
    """How long running activities may continue after the worker was told to stop."""
    deployment: str | None = None
    build_id: str | None = None
    """Worker deployment versioning, where several builds run: set both or neither."""


class _WithoutContexts(WorkflowInstance):
    """A sandboxed workflow whose payloads reach the codec without a context.

    For every payload that a workflow task sends, the SDK asks three times for the command to which the payload belongs,
    and enters the sandbox for each answer. This took a quarter of a worker's time.
    """

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: Any) -> Any:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: object) -> None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


class _Sandbox(SandboxedWorkflowRunner):
    """Temporal's sandbox for workers whose codec and storage need no contexts."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _WithoutContexts(super().create_instance(det))


def sandbox(converter: DataConverter) -> SandboxedWorkflowRunner:
    """Temporal's sandbox: while workflow code runs it may not open files, ask for input or block for long."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*SHARED)
    wants_contexts = converter.external_storage or isinstance(converter.payload_codec, WithSerializationContext)
    return (SandboxedWorkflowRunner if wants_contexts else _Sandbox)(restrictions=restrictions)


def build_worker(
    connected: WorkerConfig,
    activities: Sequence[Callable[..., Any]],
    settings: WorkerSettings | None = None,
    python: Collection[type[Any]] = SHIPPED,
) -> Worker:
    """A worker for tickets, and for the workflows that are written in ``python``.

    ``connected`` holds the ``client`` that the edge made. Raises ValueError where only one of deployment and build id
    is set, and WorkflowsError for a workflow that can't be loaded in Temporal's sandbox.
    """
    try:
        return _worker(connected, activities, settings or WorkerSettings(), python)
    except RuntimeError as error:
        raise WorkflowsError(f"{error}: {error.__cause__}" if error.__cause__ else str(error)) from error


def _worker(
    connected: WorkerConfig,
    activities: Sequence[Callable[..., Any]],
    chosen: WorkerSettings,
    python: Collection[type[Any]],
) -> Worker:
    deployment = _deployment(chosen)
    return Worker(
        connected["client"],
        task_queue=chosen.task_queue,
        identity=chosen.identity,
        workflows=[Ticket, OpenScheduled, Probe, *python],
        activities=activities,
        # Twice as many threads: a slow mail server must not keep a record waiting.
        activity_executor=ThreadPoolExecutor(2 * chosen.threads, thread_name_prefix="activity"),
        max_concurrent_activities=chosen.threads,
        max_concurrent_local_activities=chosen.threads,
        workflow_runner=sandbox(connected["client"].data_converter),
        max_cached_workflows=chosen.cached_tickets,
        graceful_shutdown_timeout=timedelta(seconds=chosen.grace),
        deployment_config=deployment,
        # Otherwise Temporal's library compiles every loaded module, for seconds, to make a digest of the build.
        build_id=None if deployment else version("stanchion"),
    )


def _deployment(settings: WorkerSettings) -> WorkerDeploymentConfig | None:
    if settings.deployment is None and settings.build_id is None:
        return None
    if not settings.deployment or not settings.build_id:
        raise ValueError("worker versioning needs both a deployment and a build id")
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def run_worker(worker: Worker, stop: asyncio.Event) -> None:
    """Runs until ``stop`` is set, then finishes running activities. Raises the error that stops the worker."""
    async with worker:
        await stop.wait()
