"""Rollouts of a small process, on the real server with the real activities."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.paths import EXAMPLES
from tests.servers.deploying import FLEET
from tests.servers.families import Household, household
from tests.servers.temporal import client, task_queue, temporal_address
from tests.servers.tickets import TicketHandle
from workflows.registry import load_workflows
from workflows.rollout import PROGRESS, Progress

DEFINITIONS = EXAMPLES / "rollout"
__all__ = ["client", "task_queue", "temporal_address"]


@pytest.fixture
async def home(client: Client, task_queue: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Tickets, records, and a worker that runs rollouts too."""
    FLEET.clear()
    actions = ("tests.servers.deploying",)
    opened = household(client, task_queue, tmp_path, processes=DEFINITIONS, python=load_workflows(), actions=actions)
    async with opened as started:
        try:
            yield started
        finally:
            FLEET.let_go.set()


async def rollout_of(home: Household, ticket: TicketHandle) -> TicketHandle:
    """The rollout of a launch, as soon as it is known."""
    snapshot = await home.until(ticket, lambda now: any(family.children[0].key for family in now.families.values()))
    return home.ticket(str(snapshot.families["rolling"].children[0].key))


async def progress(rollout: TicketHandle) -> Progress:
    """The progress of a rollout, after all events that it has received."""
    found: Progress = await rollout.workflow.query(PROGRESS, result_type=Progress)
    return found


async def end_of(home: Household, rollout: TicketHandle) -> Progress:
    """The result of a rollout, once it has ended."""
    found: Progress = await home.client.get_workflow_handle(rollout.workflow.id, result_type=Progress).result()
    return found


async def until_progress(rollout: TicketHandle, true: Callable[[Progress], bool]) -> Progress:
    """The rollout as soon as the condition holds; the condition is checked at every event of its history."""
    async with asyncio.timeout(60):
        async for _ in rollout.workflow.fetch_history_events(wait_new_event=True):
            now = await progress(rollout)
            if true(now):
                return now
    raise AssertionError(f"it is over: {await progress(rollout)}")


async def until_held() -> None:
    """Waits until one more action is done and hangs."""
    assert await asyncio.to_thread(FLEET.holding.acquire, timeout=60)
