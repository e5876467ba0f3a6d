"""What actions ask of the records and are answered: plain values, without a database behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from definitions.schema.model import Json
from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Booking:
    """A window, half open, UTC seconds."""

    ticket: str
    service: str
    starts_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What stands against a booking."""

    bookings: Sequence[Booking] = ()
    """Windows of open tickets that overlap."""
    freezes: Sequence[tuple[str, tuple[str, ...]]] = ()
    """Ids of declared freezes, each with the services that it holds for here."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One ticket, as far as figures need it."""

    process: str
    opened_at: Instant
    ended_at: Instant | None
    failed: bool
    fields: dict[str, Json]
    breaches: tuple[Instant, ...] = ()
    """When runs of its service levels were breached."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ticket must be; what is None does not matter."""

    process: str | None = None
    keys: tuple[str, ...] | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Values of fields; a list: any of these; null: no value."""


@dataclass(frozen=True, slots=True)
class Match:
    """A ticket, and all states that it is in."""

    key: str
    process: str
    leaves: tuple[str, ...]
    configuration: tuple[str, ...]
    ended_at: Instant | None
