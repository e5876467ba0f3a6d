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


LONGEST_SHOWN = 40
"""Characters of a wrong text that a message repeats."""
_DATETIME = "datetime such as 2026-03-14T20:00:00+01:00"


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
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # its text is about Python
        raise ValueError(f"{_shown(text)} is no {_DATETIME}") from None
    if len(text) < len("2026-03-14T20:00Z"):
        raise ValueError(f"{_shown(text)} is no {_DATETIME}")
    if moment.tzinfo is None:
        raise ValueError(f"{_shown(text)} needs its offset: 2026-03-14T20:00:00+01:00, or Z for UTC")
    seconds = int(moment.replace(microsecond=0).timestamp()) + (1 if moment.microsecond else 0)
    if not FIRST <= seconds <= LAST:
        raise ValueError(f"{_shown(text)} lies outside the years 1 to 9999, in UTC: write a {_DATETIME}")
    return seconds


def to_date(text: str) -> str:
    """A calendar date, ``YYYY-MM-DD``. Raises ValueError for anything else."""
    try:
        return date.fromisoformat(text if len(text) == len("2026-03-14") else "").isoformat()
    except ValueError:  # its text is about Python
        raise ValueError(f"{_shown(text)} is no date such as 2026-03-14") from None


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


def _shown(text: str) -> str:
    """The beginning of a wrong text, for the message about it."""
    return repr(text[:LONGEST_SHOWN])
