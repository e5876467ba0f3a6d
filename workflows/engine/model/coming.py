"""Future moments of a ticket, worded for people."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Coming:
    """A moment at which time changes the ticket, unless an event comes first."""

    at: Instant
    what: str
    state: str
    """Empty where the moment belongs to no single state, as that of a service level."""
