"""What time it is for a ticket: in production the server's time, in a scenario a virtual one."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import workflow

from definitions.times import Instant

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The server's clock, moved by ``offset`` and slowed down by ``rate``; as it is (0 and 1) in production.

    A scenario has its own present, and the clock of a server that skips time can't be set back: hence the offset. While
    a scenario is played the server's time goes on a little between two events: on a slow clock all that happens at one
    moment of the scenario has one and the same second.
    """

    offset: int = 0
    """Seconds that are added to the server's."""
    rate: int = 1
    """Seconds of the server in one of the ticket's."""

    def now(self) -> Instant:
        """UTC seconds. Only in a workflow."""
        return self.at(workflow.time_ns())

    def at(self, server_ns: int) -> Instant:
        """The ticket's time (UTC seconds) at a moment of the server's clock (nanoseconds)."""
        return server_ns // (NANOSECONDS * self.rate) + self.offset

    def server_ns(self, instant: Instant) -> int:
        """When the server's clock (nanoseconds) comes to a time of the ticket's: the reverse of ``at``."""
        return (instant - self.offset) * self.rate * NANOSECONDS


SERVER_CLOCK = Clock()
