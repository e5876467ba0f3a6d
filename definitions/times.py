"""Moments as text and as UTC seconds. Text is RFC 3339 with any offset; inside, moments are whole seconds in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

Instant = int
"""UTC seconds since the epoch."""
FIRST = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
"""The first and the last moment that text can state."""


FIRST, LAST = -62_135_596_800, 253_402_300_799
"""The first second of the year 1 and the last one of the year 9999: the years that a text of RFC 3339 can name."""


def to_text(instant: int) -> str:
    """``2026-03-14T19:00:00Z`` for UTC seconds since the epoch.

    A moment beyond the calendar's years reads as their first or last second. Raises nothing, since a ticket that waits
    for such a moment must still be shown.
    """
    moment = datetime.fromtimestamp(min(max(instant, FIRST), LAST), UTC)
    return f"{moment.year:04d}{moment.strftime('-%m-%dT%H:%M:%SZ')}"


def to_instant(text: str) -> int:
    """UTC seconds for RFC 3339 text. A fraction of a second rounds up, so that a moment is never early.

    Raises ValueError for text without an offset, since its time zone is unknown, and for a moment outside the
    years 1 to 9999.
    """
    moment = datetime.fromisoformat(text)
    if len(text) < len("2026-03-14T20:00Z"):
        raise ValueError("a datetime is written as 2026-03-14T20:00:00+01:00")
    if moment.tzinfo is None:
        raise ValueError("a datetime needs its offset: 2026-03-14T20:00:00+01:00, or Z for UTC")
    seconds = int(moment.replace(microsecond=0).timestamp()) + (1 if moment.microsecond else 0)
    if not FIRST <= seconds <= LAST:
        raise ValueError("a datetime lies in the years 1 to 9999, in UTC")
    return seconds


def to_date(text: str) -> str:
    """A calendar date, ``YYYY-MM-DD``. Raises ValueError for anything else."""
    if len(text) != len("2026-03-14"):
        raise ValueError("a date is written as 2026-03-14")
    return date.fromisoformat(text).isoformat()


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of a name of the IANA database; None for every other text."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """The names of all zones on this machine, for suggestions."""
    return frozenset(available_timezones())
