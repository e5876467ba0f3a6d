"""Tickets that wait for people, on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.servers.families import Household, household
from tests.servers.inquiries import write_definitions
from tests.servers.temporal import client, task_queue, temporal_address

__all__ = ["client", "home", "task_queue", "temporal_address"]


@pytest.fixture
async def home(client: Client, task_queue: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Tickets, records and a worker."""
    async with household(client, task_queue, tmp_path, processes=write_definitions(tmp_path)) as started:
        yield started
