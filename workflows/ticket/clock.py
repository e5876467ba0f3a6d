"""The clock of a ticket: the server's time in production, virtual time in a scenario."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import workflow

from definitions.times import Instant

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TicketClock:
    """The server's clock, moved by ``offset`` and slowed down by ``rate``; as it is (0 and 1) in production.

    A scenario starts at a time of its own, and the clock of a time-skipping server can't be set back: hence the offset.
    The server's time passes a little between two events of a scenario: the rate slows the clock down so that all events
    of one moment fall into the same second.
    """

    offset: int = 0
    """Seconds that are added to the server's."""
    rate: int = 1
    """Seconds of the server in one of the ticket's."""
    earliest: Instant = 0
    """The clock stands at this time until the server's clock has passed it.

    A ticket opens at the time of the machine that has tried out its opening. That machine's clock may be ahead.
    """

    def now(self) -> Instant:
        """UTC seconds. Only in a workflow."""
        return self.at(workflow.time_ns())

    def at(self, server_ns: int) -> Instant:
        """The ticket's time (UTC seconds) at a moment of the server's clock (nanoseconds)."""
        return max(server_ns // (NANOSECONDS * self.rate) + self.offset, self.earliest)

    def server_ns(self, instant: Instant) -> int:
        """The server's clock (nanoseconds) at a time of the ticket's: the reverse of ``at``."""
        return (instant - self.offset) * self.rate * NANOSECONDS


SERVER_CLOCK = TicketClock()
