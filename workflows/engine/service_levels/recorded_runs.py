"""Runs of service levels for the records: the values that stay valid until the next step, however time passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.times import Instant
from workflows.engine import business_time
from workflows.engine import service_levels as arithmetic
from workflows.engine.compiled import Compiled
from workflows.engine.model.clock import Clock, Run, Status
from workflows.engine.service_levels.clocks import time_of


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run of a service level. Instants are UTC seconds, lengths working seconds."""

    level: str
    run: int
    """The number of the run, from 1; the run with the greatest number counts."""
    kind: str
    """``sla``, ``ola`` or ``uc``."""
    status: Status
    target: str | None
    target_seconds: int | None
    started_at: Instant
    since: Instant
    """The moment since which it is running, paused or over."""
    elapsed: int | None
    """The elapsed time until ``since``; a running run also has the working time since then."""
    due_at: Instant | None
    """None while the run is paused, if it is never due, and if the compiled calendar does not reach its due time."""
    breached_at: Instant | None
    ended_at: Instant | None


def recorded_runs(compiled: Compiled, name: str, clock: Clock) -> Iterator[RecordedRun]:
    """Every run of a service level, in their order."""
    level = compiled.process.service_levels.get(name)
    for run in (*clock.earlier, *((clock.run,) if clock.run else ())):
        yield _recorded(compiled, name, level.kind if level else "sla", run)


def _recorded(compiled: Compiled, name: str, kind: str, run: Run) -> RecordedRun:
    last = run.intervals[-1] if run.intervals else None
    since = run.left if run.left is not None else last.start if last else run.start
    elapsed, whole, due = _lengths(compiled, run, since)
    return RecordedRun(
        level=name,
        run=run.number,
        kind=kind,
        status=run.status,
        target=run.target,
        target_seconds=whole,
        started_at=run.start,
        since=since,
        elapsed=elapsed,
        due_at=None if run.is_paused else due,
        breached_at=run.breached_at,
        ended_at=run.left,
    )


def _lengths(compiled: Compiled, run: Run, since: Instant) -> tuple[int | None, int | None, Instant | None]:
    time = time_of(compiled, run)
    try:
        elapsed = arithmetic.elapsed(time, run, since)
    except business_time.BeyondHorizon:
        return None, None, None
    try:
        return elapsed, arithmetic.target_seconds(time, run), arithmetic.due(time, run, since)
    except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
        return elapsed, None, None
