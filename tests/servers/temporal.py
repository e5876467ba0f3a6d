"""Temporal servers for tests: the real one, and the one that skips time; both from installed wheels, on free ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from api.local.embedded import temporal_binary, temporal_server, wait_until_serving
from api.local.ports import any_free
from workflows.ticket.converter import data_converter

IDENTITY = "worker"
"""Who signs in histories, in place of process and machine."""


@pytest.fixture(scope="session")
def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Temporal server with a file database, for the whole session."""
    port = any_free()
    server = temporal_server(tmp_path_factory.mktemp("temporal"), port)
    server.start()
    try:
        asyncio.run(wait_until_serving(server, f"127.0.0.1:{port}"))
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()


@pytest.fixture
async def client(temporal_address: str) -> Client:
    """A client of the real server."""
    return await Client.connect(temporal_address, data_converter=data_converter(), identity=IDENTITY)


@pytest.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips the time in which nothing happens."""
    binary = temporal_binary().with_name("temporal-test-server")
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter(), identity=IDENTITY, test_server_existing_path=str(binary)
    )
    async with environment:
        yield environment


@pytest.fixture
def task_queue() -> str:
    """A task queue that no other test uses."""
    return f"tests-{uuid4().hex[:12]}"


__all__ = ["IDENTITY", "client", "skipping", "task_queue", "temporal_address"]
