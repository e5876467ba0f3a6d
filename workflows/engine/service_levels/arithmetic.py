"""The arithmetic of one run: elapsed time, due time, thresholds and breach, as functions of its intervals and target.

Conventions (LANGUAGE, section 6): a run is met if it ends *before* its due time. A target in hours is due at the first
instant by which it has elapsed. A target in days is due at start + Nd, postponed by the working time of the pauses
before it; its 100 % is the working time from the start to that due time without pauses. A paused clock has no deadline,
and its due time is a projection. A breach is decided on exact seconds; only a correction of times lifts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Protocol

from definitions.times import Instant
from workflows.engine.model.clock import ClockReading, Interval, Kind, Run, Status


class WorkingTime(Protocol):
    """The arithmetic of one calendar; see ``workflows.engine.business_time``."""

    def add(self, start: Instant, duration: str) -> Instant:
        """The instant a duration after ``start``."""
        ...

    def add_seconds(self, start: Instant, seconds: int) -> Instant:
        """The first instant by which so many working seconds have passed since ``start``."""
        ...

    def working_seconds(self, start: Instant, end: Instant) -> int:
        """Working seconds in [start, end)."""
        ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """A line of the ledger: an interval with its working and its actual seconds until a moment."""

    interval: Interval
    end: Instant
    working: int
    actual: int


def lay(run: Run, kind: Kind, at: Instant, cause: str, revision: int = 0) -> Run:
    """Begins an interval at ``at`` if its kind or target differs from the present one; else returns the same run."""
    last = run.intervals[-1] if run.intervals else None
    if last is not None and last.kind == kind and last.end is None and not _is_retargeted(run, last):
        return run
    closed = (*run.intervals[:-1], replace(last, end=at)) if last and last.end is None else run.intervals
    return replace(run, intervals=(*closed, Interval(kind, at, None, cause, revision, run.target, run.key)))


def _is_retargeted(run: Run, last: Interval) -> bool:
    return last.revision != 0 and (last.target, last.key) != (run.target, run.key)


def ledger(time: WorkingTime, run: Run, at: Instant) -> tuple[Ledger, ...]:
    """Every stretch until ``at``: the actual seconds of all lines add up to the time since the start.

    A new target begins a new interval, but continues the stretch.
    """
    lines: list[Ledger] = []
    for interval in run.intervals:
        end = min(at, interval.end if interval.end is not None else at, run.left if run.left is not None else at)
        end = max(end, interval.start)
        goes_on = bool(lines) and interval.kind == lines[-1].interval.kind
        stretch = replace(lines.pop().interval, end=interval.end) if goes_on else interval
        lines.append(Ledger(stretch, end, time.working_seconds(stretch.start, end), end - stretch.start))
    return tuple(lines)


def elapsed(time: WorkingTime, run: Run, at: Instant) -> int:
    """Working, unpaused seconds until ``at``."""
    return sum(line.working for line in ledger(time, run, at) if line.interval.kind == "running")


def paused_seconds(time: WorkingTime, run: Run, at: Instant) -> int:
    """Working seconds of the pauses until ``at``."""
    return sum(line.working for line in ledger(time, run, at) if line.interval.kind != "running")


def target_seconds(time: WorkingTime, run: Run) -> int | None:
    """The length of 100 %, in working seconds; None for a run that is never due."""
    if run.target is None:
        return None
    return time.working_seconds(run.start, time.add(run.start, run.target))


def due(time: WorkingTime, run: Run, at: Instant) -> Instant | None:
    """The due time as known at ``at``; for a paused clock, as if it resumed at that moment."""
    if run.target is None:
        return None
    if run.target[-1] not in "dw":
        return reached(time, run, target_seconds(time, run) or 0, at)
    moment = time.add(run.start, run.target)
    pauses = [line for line in ledger(time, run, at) if line.interval.kind != "running"]
    moved = moment
    working = 0
    for line in pauses:
        if line.interval.start >= moved:
            break
        working += line.working
        moved = time.add_seconds(moment, working)
    return moved


def reached(time: WorkingTime, run: Run, seconds: int, at: Instant) -> Instant:
    """The first instant by which so many working, unpaused seconds have elapsed, as known at ``at``."""
    if seconds <= 0:
        return run.start
    gone = 0
    for line in ledger(time, run, at):
        if line.interval.kind != "running":
            continue
        if gone + line.working >= seconds:
            return time.add_seconds(line.interval.start, seconds - gone)
        gone += line.working
    last = run.intervals[-1] if run.intervals else None
    onwards = last.start if last is not None and last.kind == "running" and run.left is None else at
    gone -= time.working_seconds(onwards, max(at, onwards)) if onwards != at else 0
    return time.add_seconds(onwards, seconds - gone)


def threshold_moment(time: WorkingTime, run: Run, threshold: str, at: Instant) -> Instant | None:
    """When ``75%``, ``-1h``, ``100%`` or ``+2h`` is reached, as known at ``at``; None for a run that is never due."""
    whole = target_seconds(time, run)
    if whole is None:
        return None
    if threshold == "100%":
        return due(time, run, at)
    moment = reached(time, run, threshold_seconds(whole, threshold), at)
    return moment if threshold[0] != "+" else max(moment, due(time, run, at) or run.start)


def threshold_seconds(whole: int, threshold: str) -> int:
    """The working seconds at which a threshold of a target of ``whole`` seconds is reached."""
    if threshold.endswith("%"):
        share = Fraction(threshold[:-1]) * whole / 100
        return -(-share.numerator // share.denominator)
    length = _exact(threshold[1:])
    return whole - length if threshold[0] == "-" else whole + length


def _exact(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}[duration[-1]]


def breaches_at(time: WorkingTime, run: Run, at: Instant) -> bool:
    """Whether the run has been breached, or has reached its due time at ``at``."""
    if run.breached_at is not None:
        return True
    moment = due(time, run, at)
    return moment is not None and not run.is_paused and at >= moment


def fire_through(time: WorkingTime, run: Run, thresholds: Sequence[str], at: Instant) -> tuple[Run, tuple[str, ...]]:
    """Fires the thresholds reached by ``at``, each once a run, in order of time; none while paused. Marks a breach."""
    if run.is_paused or run.left is not None:
        return run, ()
    moments = [(threshold_moment(time, run, one, at), one) for one in thresholds if one not in run.fired]
    now = [(moment, one) for moment, one in moments if moment is not None and moment <= at]
    fired = tuple(one for _, one in sorted(now, key=lambda pair: pair[0]))
    if run.breached_at is None and breaches_at(time, run, at):
        run = replace(run, breached_at=at)
    return replace(run, fired=(*run.fired, *fired)), fired


def next_moment(time: WorkingTime, run: Run, thresholds: Sequence[str], at: Instant) -> Instant | None:
    """The next moment at which a threshold or the due time is reached; None while paused, over or never due."""
    if run.is_paused or run.left is not None:
        return None
    moments = [threshold_moment(time, run, one, at) for one in thresholds if one not in run.fired]
    if run.breached_at is None:
        moments.append(due(time, run, at))
    return min((moment for moment in moments if moment is not None), default=None)


def change_target(run: Run, target: str | None, key: str | None) -> Run:
    """Another target for the same run, which keeps its elapsed time, pauses, fired thresholds and breach."""
    return replace(run, target=target, key=key)


def reading(time: WorkingTime, run: Run | None, at: Instant) -> ClockReading:
    """The measurement of the clock at ``at``."""
    if run is None:
        return ClockReading("waiting")
    until = at if run.left is None else min(at, run.left)
    moment, whole = due(time, run, until), target_seconds(time, run)
    spent = elapsed(time, run, until)
    return ClockReading(
        status=_status(time, run, until),
        elapsed=spent,
        actual=until - run.start,
        due=moment,
        target_seconds=whole,
        remaining=None if whole is None else whole - spent,
        breached_at=run.breached_at,
    )


def _status(time: WorkingTime, run: Run, at: Instant) -> Status:
    if run.met:
        return "met"
    if breaches_at(time, run, at):
        return "breached"
    if run.canceled:
        return "canceled"
    if run.left is not None and run.left <= at:
        return "met"
    return "paused" if run.is_paused else "running"
