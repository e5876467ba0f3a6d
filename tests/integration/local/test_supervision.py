"""The processes of one installation: replaced when they die or hang, with short logs, in a folder that comes free."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from api.local import child_processes, liveness, state_folder
from api.local.child_processes import ChildProcess, supervise
from api.local.liveness import heartbeat, serves_grpc
from api.local.state_folder import FolderInUseError, StateFolder
from tests.servers.temporal import temporal_address

__all__ = ["temporal_address"]

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
TALK = "import time\nfor n in range(6_000): print('x' * 50, flush=True); time.sleep(0.01)"


def child(folder: Path, *command: str) -> ChildProcess:
    return ChildProcess("sleeper", command or SLEEP, folder / "sleeper.log")


async def supervised(one: ChildProcess, begin: Callable[[], None], hear: Callable[[str], bool]) -> None:
    """Supervises a child, with a beginning, until ``hear`` is true of a line."""
    stop = asyncio.Event()

    def say(line: str) -> None:
        if hear(line):
            stop.set()

    one.start()
    watching = asyncio.create_task(supervise((one,), stop, say, lambda: None))
    begin()
    async with asyncio.timeout(30):
        await watching


async def test_a_process_that_can_not_be_started_is_started_later(tmp_path: Path) -> None:
    """While the system refuses to start a process, the supervision says so once, and tries again."""
    folder = tmp_path / "state"
    folder.mkdir()
    one, said = child(folder), list[str]()

    def disturb() -> None:
        one.log.unlink()
        folder.rmdir()
        one.kill()

    def hear(line: str) -> bool:
        said.append(line)
        if "can't be started" in line:
            folder.mkdir()
        return "runs again" in line

    await supervised(one, disturb, hear)
    assert [line for line in said if "can't be started" in line] == [
        f"sleeper can't be started: [Errno 2] No such file or directory: '{folder}/sleeper.log'. "
        "It starts as soon as this is fixed"
    ]


async def test_a_process_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that runs and does not answer any more is killed and started again."""
    monkeypatch.setattr(child_processes, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(child_processes, "HUNG_SECONDS", 0.0)
    one, said, answers = child(tmp_path), list[str](), iter([True])

    async def alive() -> bool:
        return next(answers, False)

    def hear(line: str) -> bool:
        said.append(line)
        return "runs again" in line

    one.alive = alive
    await supervised(one, lambda: None, hear)
    assert ["has not answered" in said[0], "SIGKILL" in said[1], len(said)] == [True, True, 3]


async def test_a_long_log_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log beyond its bound becomes the previous log, and the process writes on at the beginning of the file."""
    monkeypatch.setattr(child_processes, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(child_processes, "HUNG_SECONDS", 0.0)
    monkeypatch.setattr(child_processes, "LOG_BYTES", 1_000)
    one = child(tmp_path, sys.executable, "-c", TALK)
    previous = tmp_path / "sleeper.log.1"

    async def alive() -> bool:
        """Until the log was rotated and has grown again."""
        return not (previous.exists() and one.log.stat().st_size > 0)

    one.alive = alive
    await supervised(one, lambda: None, lambda line: "has not answered" in line)
    assert previous.stat().st_size > 1_000
    assert one.log.read_text().startswith("x"), "no hole is left in the file"


def test_a_folder_comes_free_from_a_hung_process_of_a_dead_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that holds the lock, and whose ``up`` is gone, is killed when it does not end by itself."""
    monkeypatch.setattr(state_folder, "LEFT_BEHIND_SECONDS", 0.2)
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    with StateFolder(tmp_path) as folder:
        hung = subprocess.Popen(
            [sys.executable, "-c", STUBBORN], pass_fds=[folder.descriptor], stdout=subprocess.PIPE, text=True
        )
        assert hung.stdout is not None
        hung.stdout.readline()
        folder.write({"pids": {"up": os.getpid(), "worker": hung.pid}})
    try:
        with pytest.raises(FolderInUseError, match=f"worker {hung.pid}"):
            StateFolder(tmp_path).__enter__()
        assert hung.poll() is None, "while its up lives, it is left alone"
        folder.write({"pids": {"up": int(gone.stdout), "worker": hung.pid}})
        with StateFolder(tmp_path):
            assert hung.wait(30) == -9
    finally:
        hung.kill()
        hung.wait()
        hung.stdout.close()


async def test_a_server_that_only_accepts_connections_is_not_alive(
    temporal_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gRPC server is alive when it answers the greeting, not when the system accepts a connection for it."""
    monkeypatch.setattr(liveness, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not await serves_grpc(f"127.0.0.1:{silent.getsockname()[1]}")
    monkeypatch.setattr(liveness, "ANSWER_SECONDS", 30.0)
    assert await serves_grpc(temporal_address)


async def test_a_heart_that_has_stopped(tmp_path: Path) -> None:
    """A process is alive while it touches its file, and not after."""
    one = heartbeat(tmp_path, "worker")
    (tmp_path / "worker.alive").touch()
    os.utime(tmp_path / "worker.alive", (0, 0))
    assert not await one.has_beaten(), "an old file shows nothing"
    beating = asyncio.create_task(heartbeat(tmp_path, "worker").beat())
    await asyncio.sleep(0)
    assert await one.has_beaten()
    beating.cancel()
    assert not await one.has_beaten()
