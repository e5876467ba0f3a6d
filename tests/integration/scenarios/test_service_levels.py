"""The shared cases of service levels as scenarios: on the core, and on a real server in skipped time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from api.scenarios.on_temporal import run_on_temporal, skipping_server
from tests.servers.clock_cases import CASES, cases, scenario_of, setting_of_case
from workflows.engine.scenarios import run_scenario

ROWS = cases()
beside = pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time, for all cases in turn."""
    async with skipping_server() as environment:
        yield environment


@beside
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", ROWS, ids=lambda case: case["id"])
async def test_a_shared_case_is_played_on_the_server_as_on_the_core(
    case: dict[str, Any], server: WorkflowEnvironment
) -> None:
    """Every reading is as the shared row states, and every threshold fires at its second and not one second earlier."""
    scenario, setting = scenario_of(case), setting_of_case(case)
    on_core = run_scenario(scenario, setting)
    assert [str(failure) for failure in on_core.failures] == []
    assert await run_on_temporal(scenario, setting, {}, server) == on_core


@beside
def test_every_case_says_something() -> None:
    """Every case checks its clock at least once."""
    assert len(ROWS) >= 20
    for case in ROWS:
        assert any(step.expect for step in scenario_of(case).steps), case["id"]
