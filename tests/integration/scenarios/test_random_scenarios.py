"""Random scenarios on the pure core and on a real Temporal server in skipped time."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from api.scenarios.on_temporal import run_on_temporal, skipping_server
from tests.integration.scenarios.random_scenarios import scenario_of, setting
from workflows.engine.scenarios import run_scenario

SEEDS = range(8)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time, for all scenarios in turn."""
    async with skipping_server() as environment:
        yield environment


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_random_scenario_is_the_same_on_the_server_as_on_the_core(
    seed: int, server: WorkflowEnvironment
) -> None:
    """The ticket, its timeline, its notifications and its refusals are the same, to the second."""
    scenario = scenario_of(seed)
    there = setting(scenario)
    on_core = run_scenario(scenario, there)
    assert await run_on_temporal(scenario, there, {}, server) == on_core


def test_the_scenarios_have_every_kind_of_step() -> None:
    """Among the scenarios are all openings and all steps, and refusals of people beside what is taken."""
    found = [scenario_of(seed) for seed in SEEDS]
    steps = Counter(step.action for one in found for step in one.steps)
    wanted = {"send", "approve", "claim", "task", "edit", "trigger", "until", "schedule", "absent", "organization"}
    assert wanted <= set(steps)
    assert {"trigger", "schedule", "as_"} <= {
        name for one in found for name in ("trigger", "schedule", "as_") if getattr(one.given, name) is not None
    }
    assert 0.1 < sum(step.refused is not None for one in found for step in one.steps) / steps.total() < 0.9
