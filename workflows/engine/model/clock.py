"""What a clock remembers. Instants are UTC seconds since the epoch, lengths are seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions.times import Instant

Kind = Literal["running", "paused", "away"]
Status = Literal["waiting", "running", "paused", "met", "breached", "canceled"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of one kind, [start, end); open while ``end`` is None. ``away``: outside ``during``, and come back."""

    kind: Kind
    start: Instant
    end: Instant | None
    cause: str = ""
    """What began it: ``start by bob``, ``task do by alice``."""
    revision: int = 0
    """The step that began it, by whose corrected time it moves; 0 in what was kept before steps were."""
    target: str | None = None
    """The run's target as this step left it: another target begins another interval. Unknown with revision 0."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock, from entering ``during``."""

    number: int
    start: Instant
    calendar: str
    target: str | None
    """A duration; None where no row fits: it counts and is never due."""
    key: str | None = None
    """The value of the target's ``by``."""
    intervals: tuple[Interval, ...] = ()
    fired: tuple[str, ...] = ()
    """Thresholds, as written; each fires once a run."""
    breached_at: Instant | None = None
    left: Instant | None = None
    """When it left ``during`` or was canceled; None while it goes on."""
    canceled: bool = False
    ended_in: int = 0
    """The step in which it was left; 0 while it goes on."""
    met: bool = False
    """Judged as met before its calendar was compiled anew: what is counted since then lifts no verdict."""

    @property
    def is_paused(self) -> bool:
        return self.left is None and bool(self.intervals) and self.intervals[-1].kind != "running"

    @property
    def status(self) -> Status:
        """What has become of it (LANGUAGE, section 6); a breach stays a breach."""
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
    """The next moment at which something happens to it; None while it is paused, over or never due."""
    barred: bool = False
    """In a state of ``cancel`` and in ``during`` at once: nothing begins until ``during`` is entered again."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock says at a moment, knowing only what has happened until then."""

    status: Status
    elapsed: int = 0
    """Working, unpaused seconds."""
    actual: int = 0
    """All seconds since the start, until it was left."""
    due: Instant | None = None
    """Of a paused clock a projection: as if it went on at that moment."""
    target_seconds: int | None = None
    """What 100 % is, in working seconds."""
    remaining: int | None = None
    breached_at: Instant | None = None
