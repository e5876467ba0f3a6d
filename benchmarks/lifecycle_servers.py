"""What the lifecycle benchmark runs on: one embedded server, workers and APIs as processes of their own."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from activities.records.migrate import migrate
from api.local.child_processes import ChildProcess
from api.local.embedded import temporal_server, wait_until_serving
from api.local.installation import environment
from api.local.ports import any_free
from api.settings import EdgeSettings
from definitions.loading.folders import SHIPPED
from definitions.text.source import Source, read_source

BY_HAND_QUEUE = "by-hand"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ours:
    """A worker and an API of Stanchion's, with records of their own."""

    settings: EdgeSettings
    worker: ChildProcess
    api: ChildProcess


@dataclass(frozen=True)
class Servers:
    address: str
    server: ChildProcess
    by_hand: ChildProcess
    mails: Ours
    outbox: Ours


def incident(folder: Path, prefix: str) -> Path:
    """The shipped incident that also tells its caller when work begins and when it is closed: one notice a step."""
    source = read_source((SHIPPED / "processes" / "incident.yaml").read_bytes(), "incident.yaml")
    assert isinstance(source, Source)
    process: dict[str, Any] = source.data
    process["prefix"] = prefix
    states = process["states"]
    start = states["new"]["on"]["start"]
    start["do"] = [*start["do"], {"notify": {"to": "caller", "message": "Work has begun."}}]
    states["closed"]["entry"] = [{"notify": {"to": "caller", "message": "Closed."}}]
    own = folder / "definitions" / "processes"
    own.mkdir(parents=True)
    (own / "incident.yaml").write_text(yaml.safe_dump(process, sort_keys=False))
    return own.parent


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used so far; of this one for 0."""
    fields = Path(f"/proc/{pid or os.getpid()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def serving(folder: Path) -> Iterator[Servers]:
    """Everything up and answering; ended whatever happens."""
    with ExitStack() as stack:

        def started(child: ChildProcess) -> ChildProcess:
            child.start()
            stack.callback(child.stop)
            return child

        temporal, smtp = any_free(), any_free()
        address = f"127.0.0.1:{temporal}"
        sink = ("-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{smtp}", "-c", "aiosmtpd.handlers.Sink")
        started(ChildProcess("mail sink", [sys.executable, *sink], folder / "smtp.log"))
        server = started(temporal_server(folder, temporal))
        asyncio.run(wait_until_serving(server, address))
        own = (
            "-m",
            "benchmarks.incident_by_hand_worker",
            address,
            BY_HAND_QUEUE,
            str(folder / "by_hand.db"),
            str(smtp),
        )
        by_hand = started(ChildProcess("worker by hand", [sys.executable, *own], folder / "by_hand.log"))
        configured = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(smtp), "SMTP_SECURITY": "none"}
        ours = []
        for name, more in (("mails", configured), ("outbox", {})):
            chosen = _settings(folder / name, name, address)
            world = {f"STANCHION_{setting}": value for setting, value in more.items()}
            ours.append(Ours(chosen, *(started(child) for child in _children(chosen, world))))
        for one in ours:
            _wait(one)
        yield Servers(address, server, by_hand, *ours)


def _settings(folder: Path, name: str, address: str) -> EdgeSettings:
    folder.mkdir()
    given = {
        "state_folder": folder,
        "temporal_address": address,
        "task_queue": name,
        "port": any_free(),
        "embedded": True,
        "identity": "development",
        "definitions": incident(folder, name.upper()),
    }
    settings = EdgeSettings().model_copy(update=given)
    migrate(settings.records)
    return settings


def _children(settings: EdgeSettings, world: dict[str, str]) -> tuple[ChildProcess, ChildProcess]:
    told = environment(settings) | world
    worker, api = (
        ChildProcess(name, [sys.executable, "-m", "api.cli", name], settings.state_folder / f"{name}.log", told)
        for name in ("worker", "api")
    )
    return worker, api


def _wait(ours: Ours) -> None:
    with httpx.Client(base_url=ours.settings.base_url, trust_env=False, timeout=30) as client:
        while not _answers(client):
            for child in (ours.worker, ours.api):
                if child.process is None or child.process.poll() is not None:
                    raise RuntimeError(f"{child.name} ended while it started\n{child.tail()}")
            time.sleep(0.1)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
