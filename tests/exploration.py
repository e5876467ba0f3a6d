"""A long exploration of the API: ``python -m tests.exploration [EXAMPLES] [SEED]``.

The regular test, ``tests/integration/api/test_openapi.py``, sends fewer requests of the same kind.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.servers.explored_world import explored_world
from tests.servers.exploring import Explored, explore

ACTORS = ("felix", "alice", "carol", "dora")
"""A requester, a member of the service desk, the change manager, and a process owner who is a manager."""


def main(examples: int = 100, seed: int = 1) -> int:
    """Explores as each actor in turn, and returns the number of faults."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder, explored_world(Path(folder)) as world:
        for who in ACTORS:
            began = time.monotonic()
            explored = explore(world.url, who, world.known, examples=examples, seed=seed)
            print(f"{who}: {explored.cases.total():,} requests in {time.monotonic() - began:.0f}s", flush=True)
            report(explored)
            faults += len(explored.wrong)
    return faults


def report(explored: Explored) -> None:
    """Prints the answers of each operation by status, then the faults."""
    for operation, cases in sorted(explored.cases.items()):
        answers = sorted((status, times) for (name, status), times in explored.answers.items() if name == operation)
        print(f"  {operation}: {cases}: " + ", ".join(f"{status} × {times}" for status, times in answers))
    for fault, example in explored.wrong.items():
        print(f"\n{fault}\n{example}", flush=True)


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:3]))))
