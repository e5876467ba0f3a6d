"""Scenarios on a real Temporal server in skipped time: the runner of the core, at another desk."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.testing import WorkflowEnvironment

from activities.records.migrate import migrate
from activities.records.store import Records
from activities.settings import Settings
from activities.temporal import Activities
from activities.world import CurrentWorld, World
from api.local.embedded import temporal_binary
from api.scenarios.temporal_desk import TemporalDesk
from definitions.schema.scenario import Scenario
from definitions.text.source import Source
from workflows.engine.scenarios import ScenarioResult, Setting, play
from workflows.ticket.converter import data_converter
from workflows.worker import WorkerSettings, build_worker


@asynccontextmanager
async def skipping_server() -> AsyncIterator[WorkflowEnvironment]:
    """A separate Temporal server that skips idle time. Raises FileNotFoundError."""
    binary = temporal_binary().with_name("temporal-test-server")
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter(), test_server_existing_path=str(binary), runtime=_quiet_runtime()
    )
    async with environment:
        yield environment


def _quiet_runtime() -> Runtime:
    """The test server lacks a capability that no ticket uses; every worker would warn about it."""
    logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    return Runtime(telemetry=TelemetryConfig(logging=logging))


async def run_on_temporal(
    scenario: Scenario,
    setting: Setting,
    templates: Mapping[str, str],
    environment: WorkflowEnvironment,
    source: Source | None = None,
) -> ScenarioResult:
    """Plays a scenario with the workflow, worker, activities and records of production; nothing is sent outside.

    One at a time on a server: scenarios share its clock. Raises RuntimeError where this machine is too slow.
    """
    with TemporaryDirectory(prefix="stanchion-scenario-") as folder:
        url = f"sqlite:///{Path(folder) / 'records.sqlite3'}"
        await asyncio.to_thread(migrate, url)
        records = Records(url)
        queue = f"scenario-{uuid.uuid4().hex}"
        world = CurrentWorld(World(setting.organization, dict(templates)))
        desk = TemporalDesk(setting, environment, records, queue, world)
        activities = Activities(records, world, Settings.model_construct(records_url=url), desk.server_time)
        worker = build_worker(
            {"client": environment.client},
            [*activities.all(), desk.beyond],
            WorkerSettings(task_queue=queue, grace=0.0),
        )
        try:
            async with worker:
                result = await asyncio.to_thread(play, scenario, setting, desk, source)
                await desk.close()
                return result
        finally:
            records.close()
