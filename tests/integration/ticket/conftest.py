"""Servers and tickets for the tests of the workflow."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.servers.temporal import client, skipping, task_queue, temporal_address
from tests.servers.tickets import TicketClient, tickets

__all__ = ["client", "desk", "skipping", "task_queue", "temporal_address"]


@pytest.fixture
async def desk(client: Client, task_queue: str) -> AsyncIterator[TicketClient]:
    """Tickets on the real server, with a worker."""
    async with tickets(client, task_queue) as started:
        yield started
