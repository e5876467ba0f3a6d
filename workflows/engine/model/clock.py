"""The clock of a service level: its runs and their intervals. Instants are UTC epoch seconds, lengths are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions.times import Instant

Kind = Literal["running", "paused", "away"]
Status = Literal["waiting", "running", "paused", "met", "breached", "canceled"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A period of one kind, [start, end); open while ``end`` is None. ``away``: outside ``during``, until a return."""

    kind: Kind
    start: Instant
    end: Instant | None
    cause: str = ""
    """The cause of its start: ``start by bob``, ``task do by alice``."""
    revision: int = 0
    """The revision that began the interval. A correction of its time moves the interval.

    0 in tickets of older versions, which did not record revisions.
    """
    target: str | None = None
    """The run's target after this revision; a new target begins a new interval. Unknown for revision 0."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock, from entering ``during``."""

    number: int
    start: Instant
    calendar: str
    target: str | None
    """A duration; None if no row matches: the run counts time, and is never due."""
    key: str | None = None
    """The value of the target's ``by``."""
    intervals: tuple[Interval, ...] = ()
    fired: tuple[str, ...] = ()
    """Thresholds, as written; each fires once a run."""
    breached_at: Instant | None = None
    left: Instant | None = None
    """The moment at which it left ``during`` or was canceled; None while it continues."""
    canceled: bool = False
    ended_in: int = 0
    """The revision in which it ended; 0 while it continues."""
    met: bool = False
    """Met by an earlier compilation of its calendar: later arithmetic does not change the verdict."""

    @property
    def is_paused(self) -> bool:
        return self.left is None and bool(self.intervals) and self.intervals[-1].kind != "running"

    @property
    def status(self) -> Status:
        """The status (LANGUAGE, section 6); a breach is final."""
        if self.breached_at is not None:
            return "breached"
        if self.left is not None:
            return "canceled" if self.canceled else "met"
        return "paused" if self.is_paused else "running"


@dataclass(frozen=True, slots=True)
class Clock:
    """A service level of one ticket: the run that counts, and the runs before it."""

    run: Run | None = None
    earlier: tuple[Run, ...] = ()
    next_at: Instant | None = None
    """The moment of its next threshold or due time; None while it is paused, over or never due."""
    barred: bool = False
    """In a state of ``cancel`` and in ``during`` at once: no run begins until the ticket enters ``during`` again."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The measurement of a clock at a moment, by the events until then."""

    status: Status
    elapsed: int = 0
    """Working, unpaused seconds."""
    actual: int = 0
    """All seconds from the start until the run ended."""
    due: Instant | None = None
    """For a paused clock, a projection: as if it resumed at that moment."""
    target_seconds: int | None = None
    """The length of 100 %, in working seconds."""
    remaining: int | None = None
    breached_at: Instant | None = None
