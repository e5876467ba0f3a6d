"""Moments as text and as UTC seconds. Text is RFC 3339 with any offset; inside, moments are whole seconds in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

Instant = int
"""UTC seconds since the epoch."""

LONGEST_SHOWN = 40
"""Characters of a wrong text that a message repeats."""
_DATETIME = "datetime such as 2026-03-14T20:00:00+01:00"


def to_text(instant: int) -> str:
    """``2026-03-14T19:00:00Z`` for UTC seconds since the epoch."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_instant(text: str) -> int:
    """UTC seconds for RFC 3339 text. A fraction of a second rounds up, so that a moment is never early.

    Raises ValueError for any other text, also for one without an offset, since its time zone is unknown, and
    OverflowError for a moment outside of the calendar's years.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # its text is about Python
        raise ValueError(f"{_shown(text)} is no {_DATETIME}") from None
    if len(text) < len("2026-03-14T20:00Z"):
        raise ValueError(f"{_shown(text)} is no {_DATETIME}")
    if moment.tzinfo is None:
        raise ValueError(f"{_shown(text)} needs its offset: 2026-03-14T20:00:00+01:00, or Z for UTC")
    seconds = moment.replace(microsecond=0).timestamp()
    return int(seconds) + (1 if moment.microsecond else 0)


def to_date(text: str) -> str:
    """A calendar date, ``YYYY-MM-DD``. Raises ValueError for anything else."""
    try:
        return date.fromisoformat(text if len(text) == len("2026-03-14") else "").isoformat()
    except ValueError:  # its text is about Python
        raise ValueError(f"{_shown(text)} is no date such as 2026-03-14") from None


def _shown(text: str) -> str:
    """The beginning of a wrong text, for the message about it."""
    return repr(text[:LONGEST_SHOWN])
