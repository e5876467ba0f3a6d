"""The folder of one ``stanchion up``: locked while it or one of its processes lives."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LEFT_BEHIND_SECONDS = 15.0
"""How long processes whose ``up`` was killed may take to end."""


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
        while not _locked(descriptor):
            if self._has_owner() or time.monotonic() > end:
                os.close(descriptor)
                raise FolderInUseError(self._who())
            time.sleep(0.1)
        self._descriptor = descriptor
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
        draft.replace(self.path / "running.json")

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

    def _who(self) -> str:
        facts = running(self.path)
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


def running(path: Path) -> dict[str, Any]:
    """What the last ``up`` of a state folder wrote; empty where there was none."""
    try:
        facts = json.loads((path / "running.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
