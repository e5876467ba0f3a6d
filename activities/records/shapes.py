"""Arguments and results of the records for actions: plain values, free of the database."""

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
    """The conflicts of a booking."""

    bookings: Sequence[Booking] = ()
    """Overlapping bookings of open tickets."""
    freezes: Sequence[tuple[str, tuple[str, ...]]] = ()
    """Ids of declared freezes, each with the services concerned."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One ticket, as figures need it."""

    process: str
    opened_at: Instant
    ended_at: Instant | None
    failed: bool
    fields: dict[str, Json]
    breaches: tuple[Instant, ...] = ()
    """When runs of its service levels were breached."""


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """The conditions of a lookup; None means any value."""

    process: str | None = None
    keys: tuple[str, ...] | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)
    """Field values; a list matches any of its values, null matches a field without a value, or with an empty list."""


@dataclass(frozen=True, slots=True)
class Match:
    """A ticket with its active states."""

    key: str
    process: str
    leaves: tuple[str, ...]
    configuration: tuple[str, ...]
    ended_at: Instant | None
