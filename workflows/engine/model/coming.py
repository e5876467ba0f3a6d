"""What time will bring to a ticket, for people."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Coming:
    """What time will do, if nobody does anything before."""

    at: Instant
    what: str
    state: str
    """Empty where it belongs to no one state, as a service level does."""
