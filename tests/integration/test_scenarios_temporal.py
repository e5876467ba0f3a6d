"""Shipped scenarios on a real Temporal server in skipped time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from api.scenarios import run_on_temporal, skipping_server
from definitions.folders import SHIPPED
from definitions.loader import Loaded, load
from workflows.engine.scenarios import run_scenario, setting_of

FILES = sorted(path.stem for path in (SHIPPED / "scenarios").glob("*.yaml"))


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    """The definitions that come with the product."""
    return load((SHIPPED,)).or_raise()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time, for all scenarios one after the other."""
    async with skipping_server() as environment:
        yield environment


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FILES)
async def test_a_scenario_gives_the_same_on_the_server_as_on_the_core(
    name: str, shipped: Loaded, server: WorkflowEnvironment
) -> None:
    """The ticket, its timeline and what people were told are the same, to the second."""
    file = shipped.scenarios[f"scenarios/{name}.yaml"]
    process = shipped.processes[file.scenario.process]
    setting = setting_of(file.scenario, process.process, process.digest, shipped.organization)
    on_core = run_scenario(file.scenario, setting, file.source)
    on_server = await run_on_temporal(file.scenario, setting, shipped.templates, server, file.source)
    assert [str(failure) for failure in on_server.failures] == []
    assert on_server == on_core
