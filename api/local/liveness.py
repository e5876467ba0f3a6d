"""Liveness: whether a process of an installation answers now, rather than only exists."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import httpx

ANSWER_SECONDS = 5.0
BEAT_SECONDS = 1.0
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
"""How a client of HTTP/2, and so of gRPC, greets a server, with empty settings (RFC 9113, section 3.4)."""


async def serves_http(url: str) -> bool:
    """Whether the server answers a request at ``url``."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as client:
            return (await client.get(url)).is_success
    except httpx.HTTPError:
        return False


async def serves_grpc(address: str) -> bool:
    """Whether a gRPC server at ``host:port`` answers the greeting of HTTP/2.

    A connection alone shows nothing: the system accepts it for a process that hangs.
    """
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                writer.write(_PREFACE)
                return bool(await reader.read(1))
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


class Heartbeat:
    """A file that a process touches while its event loop runs."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: int | None = None

    async def beat(self) -> None:
        """Touches the file every second until cancelled; a touch needs no room on the disk."""
        while True:
            with contextlib.suppress(OSError):
                self._file.touch()
                os.utime(self._file)
            await asyncio.sleep(BEAT_SECONDS)

    async def has_beaten(self) -> bool:
        """Whether the file was touched since the last call; the first call only looks."""
        try:
            now = self._file.stat().st_mtime_ns
        except OSError:
            return False
        before, self._seen = self._seen, now
        return before is not None and now != before


def heartbeat(folder: Path, process: str) -> Heartbeat:
    """The heartbeat of a process of the installation in this state folder."""
    return Heartbeat(folder / f"{process}.alive")
