"""The one timer of a ticket."""

from __future__ import annotations

import asyncio

from temporalio import workflow

from definitions.times import Instant
from workflows.ticket.clock import NANOSECONDS, TicketClock


class OneTimer:
    """One Temporal timer, for the earliest instant at which the ticket has something to do, or for an earlier instant.

    The timer is left alone while it does not fire too late. Where the instant moves to a later time, as those of
    service levels do at nearly every step, the timer fires once without effect and is set again (ADR 7). With
    ``eager``, the behaviour of interpreter version 1, the timer moves at once; runs that started so keep doing so.
    """

    def __init__(self, *, eager: bool) -> None:
        self._eager = eager
        self._at: Instant | None = None
        self._handle: asyncio.TimerHandle | None = None
        self.rang = False
        """True from the moment when the timer fires until the workflow has handled it."""

    def set(self, at: Instant | None, clock: TicketClock) -> None:
        """Fires at ``at`` (UTC seconds): at once where that is past, never where it is None."""
        if at == self._at or (not self._eager and self._rings_before(at)):
            return
        if self._handle is not None:
            self._handle.cancel()
        self._at = at
        self._handle = None
        if at is not None:
            delay = max(0, clock.server_ns(at) - workflow.time_ns())
            self._handle = asyncio.get_running_loop().call_later(delay / NANOSECONDS, self._ring)

    def _rings_before(self, at: Instant | None) -> bool:
        return self._at is not None and (at is None or self._at < at)

    def _ring(self) -> None:
        self._at = None
        self._handle = None
        self.rang = True
