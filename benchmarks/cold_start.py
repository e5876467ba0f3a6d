"""The CPU time of a worker for open tickets after a restart: ``python -m benchmarks.cold_start [--tickets 1000]``.

Opens tickets of several shipped processes and sends some of them events. Then it kills the worker and starts another
worker, which must replay every ticket when the next event of the ticket comes. Every ticket gets a comment while the
worker is *cold*, and another comment while the worker is *warm* and has every ticket in memory. The difference is the
cost of a restart.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from api.local.child_processes import ChildProcess
from api.local.installation import Installation
from api.local.state_folder import StateFolder
from api.settings import EdgeSettings
from benchmarks.lifecycle_servers import cpu_seconds

AT_ONCE = 8
AIM = 20.0
"""The aim for a ticket that must be replayed, in milliseconds of the worker's CPU time."""


@dataclass(frozen=True)
class Life:
    """A ticket of one process: how it is opened, and its events before the restart."""

    process: str
    actor: str
    fields: dict[str, object]
    events: tuple[tuple[str, str, dict[str, object]], ...]
    """The actor, the event and its fields."""


LIVES = (
    Life(
        "incident",
        "alice",
        {"summary": "Mail does not arrive", "service": "email", "impact": "high", "urgency": "high"},
        (("alice", "start", {}),),
    ),
    Life(
        "request",
        "alice",
        {"summary": "A laptop", "item": "laptop", "service": "wifi", "justification": "New colleague"},
        (("alice", "submit", {}),),
    ),
    Life(
        "change",
        "alice",
        {
            "summary": "Swap core switch",
            "service": "email",
            "impact": "high",
            "likelihood": "high",
            "planned_start": "2034-01-08T19:00:00Z",
            "planned_end": "2034-01-08T21:00:00Z",
            "backout_plan": "Put the old one back",
        },
        (("alice", "submit", {}), ("carol", "assessed", {})),
    ),
    Life("problem", "alice", {"summary": "Mail is slow on Mondays", "service": "email"}, ()),
)


class Edge:
    """The API of the installation, called from several threads."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=120, trust_env=False)

    def post(self, actor: str, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = self.http.post(path, json=body, headers={"X-Actor": actor})
        if not answer.is_success:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        found: dict[str, object] = answer.json()
        return found

    def open(self, number: int) -> str:
        """Opens a ticket, sends it its events and two comments, and returns its key."""
        life = LIVES[number % len(LIVES)]
        key = str(self.post(life.actor, "/v1/tickets", {"process": life.process, "fields": life.fields})["key"])
        for actor, event, fields in life.events:
            self.post(actor, f"/v1/tickets/{key}/events/{event}", {"fields": fields})
        for text in ("Looked at it.", "Nothing new."):
            self.comment(key, text)
        return key

    def comment(self, key: str, text: str) -> None:
        self.post("alice", f"/v1/tickets/{key}/comments", {"text": text})


@contextmanager
def installed(folder: Path, tickets: int) -> Iterator[Installation]:
    """An installation on free ports whose worker keeps all tickets in memory."""
    settings = EdgeSettings().model_copy(
        update={
            "port": 0,
            "temporal_port": 0,
            "state_folder": folder,
            "identity": "development",
            "cached_tickets": tickets + 100,
        }
    )
    with StateFolder(folder) as locked:
        installation = Installation(settings, locked, print)
        try:
            installation.start()
            yield installation
        finally:
            installation.stop()


def each(keys: list[str], work: Callable[[str], None]) -> float:
    """Does the work for each ticket, several tickets at a time. Returns the seconds that this took."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(work, keys):
            pass
    return time.perf_counter() - began


def round_of(name: str, worker: ChildProcess, keys: list[str], edge: Edge) -> float:
    """Sends each ticket a comment. Prints and returns the worker's CPU time for a comment, in milliseconds."""
    assert worker.pid is not None
    before = cpu_seconds(worker.pid)
    took = each(keys, lambda key: edge.comment(key, f"A comment to a {name} worker."))
    spent = (cpu_seconds(worker.pid) - before) * 1000 / len(keys)
    print(f"  {name}: {spent:5.1f} ms of CPU a ticket in the worker, {len(keys) / took:5.1f} tickets/s")
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=1_000)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="stanchion-cold-") as folder, installed(Path(folder), given.tickets) as installation:
        asyncio.run(installation.ready())
        edge = Edge(installation.url)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            keys = list(threads.map(edge.open, range(given.tickets)))
        print(f"{len(keys)} open tickets of {len(LIVES)} processes")
        worker = installation.worker
        assert worker.process is not None
        worker.process.kill()
        worker.process.wait()
        worker.start()
        asyncio.run(installation.ready())
        cold = round_of("cold", worker, keys, edge)
        warm = round_of("warm", worker, keys, edge)
        print(f"  a replay: {cold - warm:.1f} ms of CPU (aim: {AIM:g} ms for a cold ticket)")


if __name__ == "__main__":
    main()
