"""The child processes of one command: started, watched, restarted with a line when they die, stopped cleanly."""

from __future__ import annotations

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 8.0
RESTART_SECONDS = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 30.0
"""A process that lived this long counts as started: its next restart is immediate again."""

LOOK_SECONDS = 2.0
"""The pause between two looks at whether a process is alive."""
HUNG_SECONDS = 30.0
"""A process that has answered before, and now does not for this long, is killed and started again."""
STARTING_SECONDS = 180.0
"""The same for a process that has not answered yet."""
LOG_BYTES = 20_000_000
"""A log that has grown beyond this becomes ``<name>.1``, in place of the one before."""

Say = Callable[[str], None]
Alive = Callable[[], Awaitable[bool]]


@dataclass(slots=True)
class ChildProcess:
    """One child process: its command, environment and log."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    alive: Alive | None = None
    """Whether the process answers now; without this, a process that runs is alive."""
    process: subprocess.Popen[bytes] | None = None
    _begins: int = 0
    """The position in the log at which the output of this run begins."""

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        """Starts the process in its own session: Ctrl-C reaches only the supervisor, which stops all in order."""
        with open(self.log, "ab", opener=_for_owner) as log:
            self._begins = log.tell()
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
                pass_fds=self.descriptors,
                umask=0o077,  # what it writes, databases and logs, is for its owner alone
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 one async-safe call
            )

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """SIGTERM, then SIGKILL after ``seconds``."""
        process = self.process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """SIGKILL, for a process that does not answer; nothing that was acknowledged is lost."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()

    def rotate_log(self) -> None:
        """Moves a long log's content to ``<name>.1``; the process continues to write to the same file.

        Raises OSError where there is no room for the copy.
        """
        if self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_name(f"{self.log.name}.1"))
            os.truncate(self.log, 0)
            self._begins = 0

    def tail(self, lines: int = 100) -> str:
        """The last lines of its log since it was started."""
        try:
            written = self.log.read_bytes()[self._begins :]
        except OSError:
            return ""
        return "\n".join(written.decode(errors="replace").splitlines()[-lines:])


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Between fork and exec: the kernel ends this process when its parent is killed."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def supervise(
    children: Sequence[ChildProcess], stop: asyncio.Event, say: Say, changed: Callable[[], None]
) -> None:
    """Restarts processes that die until ``stop`` is set, then stops all, last started first.

    ``say`` gets a line about every death and restart; ``changed`` is called after each restart.
    """

    def report(line: str) -> None:
        with suppress(OSError):  # no room for a line must not end the supervision
            say(line)

    watchers = [asyncio.create_task(_keep_alive(child, stop, report, changed)) for child in children]
    try:
        await asyncio.gather(*watchers)
    finally:
        for watcher in watchers:
            watcher.cancel()
        for child in reversed(children):
            await asyncio.to_thread(child.stop)


async def _keep_alive(child: ChildProcess, stop: asyncio.Event, say: Say, changed: Callable[[], None]) -> None:
    clock = asyncio.get_running_loop().time
    failures = 0
    while True:
        started = clock()
        code = await _end_of(child, stop, say)
        if code is None:
            return
        failures = 0 if clock() - started > STEADY_SECONDS else failures + 1
        say(f"{child.name} (process {child.pid}) {_ended(code)}; restarting it")
        if not await _restarted(child, failures, stop, say, changed):
            return
        say(f"{child.name} runs again (process {child.pid})")


async def _restarted(
    child: ChildProcess, failures: int, stop: asyncio.Event, say: Say, changed: Callable[[], None]
) -> bool:
    """Starts the process, again and again where the system does not let it; false once ``stop`` is set."""
    said = ""
    while not await _stopped(stop, RESTART_SECONDS[min(max(failures - 1, 0), len(RESTART_SECONDS) - 1)]):
        try:
            child.start()
            changed()
        except OSError as error:
            child.kill()
            failures += 1
            if said != str(error):
                said = str(error)
                say(f"{child.name} can't be started: {error}. It starts as soon as this is fixed")
        else:
            return True
    return False


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Whether ``stop`` is set within this time."""
    try:
        await asyncio.wait_for(stop.wait(), seconds or 0.001)
    except TimeoutError:
        return False
    return True


async def _end_of(child: ChildProcess, stop: asyncio.Event, say: Say) -> int | None:
    """The exit code once the process has ended; None once ``stop`` is set."""
    process = child.process
    watching = asyncio.create_task(_watch(child, say))
    try:
        while process is not None and process.poll() is None:
            if await _stopped(stop, 0.1):
                return None
    finally:
        watching.cancel()
    return None if stop.is_set() or process is None else process.returncode


async def _watch(child: ChildProcess, say: Say) -> None:
    """Kills a process that has stopped answering, and keeps its log short."""
    clock = asyncio.get_running_loop().time
    answered, patience = clock(), STARTING_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(OSError):  # a disk without room: the next look tries again
            await asyncio.to_thread(child.rotate_log)
        if child.alive is None or await child.alive():
            answered, patience = clock(), HUNG_SECONDS
        elif clock() - answered > patience:
            say(f"{child.name} (process {child.pid}) has not answered for {patience:g} s; killing it")
            child.kill()
            return


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
