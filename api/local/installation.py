"""Everything on one machine: the embedded server, a worker and the API, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx

from api.local.callback_key import callback_key
from api.local.child_processes import ChildProcess, supervise
from api.local.embedded import ServerStartError, temporal_server
from api.local.liveness import heartbeat, serves_grpc, serves_http
from api.local.ports import any_free, check, free_from
from api.local.state_folder import StateFolder
from api.settings import EdgeSettings, is_loopback

Say = Callable[[str], None]
READY_SECONDS = 60.0
FOLLOW_SECONDS = 1.0
"""Between two looks at the complaint of the API about its definitions."""


class Installation:
    """One embedded installation in a locked state folder.

    Any of its processes may be killed at any time: it is restarted, and nothing that was acknowledged is lost.
    """

    def __init__(self, settings: EdgeSettings, folder: StateFolder, say: Say, *, ui: bool = False) -> None:
        """Chooses ports. Raises PortUnusableError for the API's host and port; Temporal takes the next free one."""
        self.folder = folder
        self._say = say
        check(settings.host, settings.port)
        port = settings.port or any_free(settings.host)
        temporal = free_from(settings.temporal_port)
        self.ui_port = free_from(temporal + 1000) if ui else None
        self.settings = settings.model_copy(
            update={
                "port": port,
                "temporal_address": f"127.0.0.1:{temporal}",
                "embedded": True,
                "state_folder": folder.path,
            }
        )
        self.server = temporal_server(folder.path, temporal, self.ui_port, (folder.descriptor,))
        self.server.alive = partial(serves_grpc, self.settings.temporal)
        self.worker = self._command("worker")
        self.worker.alive = heartbeat(folder.path, "worker").has_beaten
        self.api = self._command("api")
        self.api.alive = partial(serves_http, f"{self.url}/healthz")

    @property
    def children(self) -> tuple[ChildProcess, ...]:
        """In the order in which they start; they stop in reverse."""
        return (self.server, self.worker, self.api)

    @property
    def url(self) -> str:
        return self.settings.base_url

    def start(self) -> None:
        """Starts all processes, without waiting for them."""
        for child in self.children:
            child.start()
        self.write_down()

    def write_down(self) -> None:
        """Records in the state folder what runs where."""
        pids = {child.name: child.pid for child in self.children} | {"up": os.getpid()}
        self.folder.write({"url": self.url, "temporal": self.settings.temporal_address, "pids": pids})

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns once tickets can be started. Raises ServerStartError when that takes too long."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=15) as client:
            while not await self._answers(client):
                for child in self.children:
                    if child.process is not None and child.process.poll() is not None:
                        raise ServerStartError(f"{child.name} ended while it started\n{child.tail()}")
                if clock() > end:
                    raise ServerStartError(self._slow())
                await asyncio.sleep(0.05)

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps all processes alive until ``stop`` is set, then stops them; says what becomes of the definitions."""
        following = asyncio.create_task(follow(self.settings.not_in_use("api"), self._say))
        try:
            await supervise(self.children, stop, self._say, self.write_down)
        finally:
            following.cancel()

    def stop(self) -> None:
        """Stops all processes, the last started first."""
        for child in reversed(self.children):
            child.stop()

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    def _slow(self) -> str:
        tails = "\n".join(f"--- {child.log}\n{child.tail()}" for child in self.children)
        return f"not ready in time; the ends of the logs:\n{tails}"

    def _command(self, name: str) -> ChildProcess:
        return ChildProcess(
            name={"api": "API"}.get(name, name),
            command=[sys.executable, "-m", "api.cli", name],
            log=self.folder.path / f"{name}.log",
            environment=environment(self.settings) | self._called_back(),
            descriptors=(self.folder.descriptor,),
        )

    def _called_back(self) -> dict[str, str]:
        """Settings of callbacks from other systems on this machine, where none are given."""
        own = {"STANCHION_CALLBACK_KEYS": f"file:{callback_key(self.folder.path).resolve()}"}
        if is_loopback(self.settings.host):
            own["STANCHION_CALLBACK_URL"] = self.url
        return {name: value for name, value in own.items() if not os.environ.get(name)}


async def follow(complaint: Path, say: Say, seconds: float = FOLLOW_SECONDS) -> None:
    """Says why changed definitions are not in use, and when they are again, until it is cancelled."""
    said: str | None = None
    while True:
        try:
            text: str | None = await asyncio.to_thread(complaint.read_text, encoding="utf-8")
        except OSError:
            text = None
        if text != said:
            say(text if text is not None else "the definitions are good again, and in use")
        said = text
        await asyncio.sleep(seconds)


def environment(settings: EdgeSettings) -> dict[str, str]:
    """The settings as environment variables, for child processes."""
    found = {
        "STATE_FOLDER": str(settings.state_folder.resolve()),
        "TEMPORAL_ADDRESS": settings.temporal,
        "TEMPORAL_NAMESPACE": settings.temporal_namespace,
        "TASK_QUEUE": settings.task_queue,
        "EMBEDDED": str(settings.embedded).lower(),
        "RECORDS_URL": settings.records,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "STANDALONE": str(settings.standalone).lower(),
        "IDENTITY": settings.identity_mode,
        "CACHED_TICKETS": str(settings.cached_tickets),
        "RELOAD_SECONDS": str(settings.reload_seconds),
        "REQUEST_SECONDS": str(settings.request_seconds),
    }
    if settings.definitions is not None:
        found["DEFINITIONS"] = str(settings.definitions.resolve())
    return {f"STANCHION_{name}": value for name, value in found.items()}
