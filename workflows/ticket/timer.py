"""The one timer of a ticket."""

from __future__ import annotations

import asyncio

from temporalio import workflow

from workflows.engine.snapshot import Instant
from workflows.ticket.clock import NANOSECONDS, Clock


class OneTimer:
    """One Temporal timer, for the earliest instant at which the ticket has something to do.

    It is left alone while that instant stands: waking up for something else writes no timer event.
    """

    def __init__(self) -> None:
        self._at: Instant | None = None
        self._handle: asyncio.TimerHandle | None = None
        self.rang = False
        """True from when the time has come until it is looked at."""

    def set(self, at: Instant | None, clock: Clock) -> None:
        """Ring at ``at`` (UTC seconds); at once where that is past, never where it is None."""
        if at == self._at:
            return
        if self._handle is not None:
            self._handle.cancel()
        self._at = at
        self._handle = None
        if at is not None:
            delay = max(0, clock.server_ns(at) - workflow.time_ns())
            self._handle = asyncio.get_running_loop().call_later(delay / NANOSECONDS, self._ring)

    def _ring(self) -> None:
        self._at = None
        self._handle = None
        self.rang = True
