"""The folder of one ``stanchion up``: locked while it or one of its processes lives."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LEFT_BEHIND_SECONDS = 15.0
"""How long processes whose ``up`` was killed may take to end. Those that hang are killed then."""


class FolderInUseError(Exception):
    """Another ``up`` uses this folder."""


class FolderUnusableError(Exception):
    """The state folder can't be made, or can't be written."""


class StateFolder:
    """A locked state folder. The lock is the operating system's: it can't outlive its holders.

    The processes that ``up`` starts inherit the lock's descriptor: a server left behind by a killed ``up`` keeps the
    folder locked, and two servers never write to one database. Such a server is about to end, so ``up`` waits for it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Raises FolderInUseError, FolderUnusableError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise FolderUnusableError(
                f"The state folder {self.path} can't be used: {error.strerror}. Name a folder that you may write with "
                "--state."
            ) from error
        end = time.monotonic() + LEFT_BEHIND_SECONDS
        last = end + LEFT_BEHIND_SECONDS
        while not _locked(descriptor):
            if self._has_owner() or time.monotonic() > last:
                os.close(descriptor)
                raise FolderInUseError(self._who())
            if time.monotonic() > end:
                self._kill_left_behind(descriptor)
            time.sleep(0.1)
        self._descriptor = descriptor
        self._keep_for_owner()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def descriptor(self) -> int:
        """The lock's file descriptor, for a process that holds it too. Raises RuntimeError where not locked."""
        if self._descriptor is None:
            raise RuntimeError("the state folder is not locked")
        return self._descriptor

    def write(self, facts: dict[str, Any]) -> None:
        """Writes what runs here and where, for people and for commands that look for the API; replaced as a whole."""
        draft = self.path / "running.json.new"
        draft.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(self.path / "running.json")

    def _keep_for_owner(self) -> None:
        """Takes the folder and what is in it from everybody but its owner: it may be of an older build."""
        with suppress(PermissionError):  # a folder of somebody else who lets this account write
            self.path.chmod(0o700)
            for file in self.path.iterdir():
                if file.is_file() and not file.is_symlink():
                    file.chmod(0o600)

    def _has_owner(self) -> bool:
        """Whether the ``up`` that wrote the folder last is alive."""
        pid = running(self.path).get("pids", {}).get("up")
        try:
            os.kill(int(pid), 0)
        except (TypeError, ValueError, ProcessLookupError):
            return False
        except PermissionError:
            return True
        return True

    def _kill_left_behind(self, lock: int) -> None:
        """Kills processes of an ``up`` that is gone: those that hold the lock, and so are certainly not others."""
        for name, pid in running(self.path).get("pids", {}).items():
            if name != "up" and isinstance(pid, int) and _holds(pid, lock):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)

    def _who(self) -> str:
        facts = running(self.path)
        left = [str(pid) for name, pid in facts.get("pids", {}).items() if name != "up"]
        if left and not self._has_owner():
            return (
                f"{self.path} is in use by processes whose `stanchion up` is gone, and which do not end. "
                f"Look at them with `ps -p {','.join(left)}`, and end those of Stanchion with `kill -9`."
            )
        pids = ", ".join(f"{name} {pid}" for name, pid in facts.get("pids", {}).items())
        where = f" ({pids})" if pids else ""
        return (
            f"{self.path} is in use by another `stanchion up`{where}. "
            "Stop it first, or give this one a folder of its own with --state."
        )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holds(pid: int, lock: int) -> bool:
    """Whether a process has the file of this descriptor open; false where the system does not say."""
    wanted = os.fstat(lock)
    try:
        return any(os.path.samestat(wanted, file.stat()) for file in Path(f"/proc/{pid}/fd").iterdir() if file.exists())
    except OSError:
        return False


def running(path: Path) -> dict[str, Any]:
    """What the last ``up`` of a state folder wrote; empty where there was none."""
    try:
        facts = json.loads((path / "running.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
