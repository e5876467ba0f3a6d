"""The standing of each service level of a ticket, with the cause of its due time (LANGUAGE, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from definitions.times import Instant
from workflows.engine import business_time
from workflows.engine.compiled import Compiled
from workflows.engine.model.clock import ClockReading, Interval, Run, Status
from workflows.engine.model.snapshot import Correction, Snapshot
from workflows.engine.service_levels import steps_of, threshold_moment
from workflows.engine.service_levels.clocks import reading_of, time_of


@dataclass(frozen=True, slots=True)
class Standing:
    """One service level at a moment. Lengths are seconds, instants UTC seconds."""

    name: str
    title: str
    status: Status
    target: str | None = None
    """The present target, a duration; None if no row of the target matches."""
    elapsed: int | None = 0
    """None if the ticket's compiled calendar does not reach the present."""
    remaining: int | None = None
    due: Instant | None = None
    """For a paused clock, a projection: as if it resumed now."""
    breached_at: Instant | None = None
    threshold: str | None = None
    """The next threshold, as written in ``at``; ``due`` for the due time. None while the clock is paused or over."""
    threshold_at: Instant | None = None
    since: Instant | None = None
    """The moment since which it is running, paused or over."""
    cause: str = ""
    """The cause of the present interval: ``hold by alice``."""
    corrections: tuple[Correction, ...] = ()
    """The corrections of revisions of this run, in their order."""


def standings(compiled: Compiled, snapshot: Snapshot, at: Instant) -> Iterator[Standing]:
    """The standing of every service level of the process, in its order, started or not.

    After them come those that the ticket has begun under another definition, in which they had another name.
    """
    levels = compiled.process.service_levels
    known = {name: level.title for name, level in levels.items()}
    for name, written in {**known, **{name: None for name in snapshot.clocks if name not in known}}.items():
        title = written or name.replace("_", " ").capitalize()
        clock = snapshot.clocks.get(name)
        if name not in known and (clock is None or clock.run is None):
            continue
        if clock is None or clock.run is None:
            yield Standing(name, title, "waiting")
            continue
        try:
            reading = reading_of(compiled, clock.run, at)
        except business_time.BeyondHorizon:
            reading = None
        standing = _standing(compiled, name, title, clock.run, reading, at)
        yield replace(standing, corrections=corrections_of(snapshot, clock.run)) if snapshot.corrections else standing


def corrections_of(snapshot: Snapshot, run: Run) -> tuple[Correction, ...]:
    """The corrections of revisions that have changed this run."""
    moved = dict(steps_of(run))
    return tuple(one for one in snapshot.corrections if one.step in moved)


def _standing(
    compiled: Compiled, name: str, title: str, run: Run, reading: ClockReading | None, at: Instant
) -> Standing:
    """``reading`` is None if the compiled calendar does not reach ``at``."""
    threshold, moment = _next(compiled, name, run, at)
    last = _stretch(run)
    return Standing(
        name=name,
        title=title,
        status=reading.status if reading else run.status,
        target=run.target,
        elapsed=reading.elapsed if reading else None,
        remaining=reading.remaining if reading else None,
        due=reading.due if reading else None,
        breached_at=run.breached_at,
        threshold=threshold,
        threshold_at=moment,
        since=run.left if run.left is not None else (last.start if last else run.start),
        cause="" if run.left is not None or last is None else last.cause,
    )


def _stretch(run: Run) -> Interval | None:
    """The first interval of the present stretch: a new target begins a new interval, but continues the stretch."""
    kind = run.intervals[-1].kind if run.intervals else None
    return next(reversed(tuple(takewhile(lambda one: one.kind == kind, reversed(run.intervals)))), None)


def _next(compiled: Compiled, name: str, run: Run, at: Instant) -> tuple[str | None, Instant | None]:
    """The next threshold with its moment; of several at one moment, the first as written, and the due time last."""
    if run.is_paused or run.left is not None:
        return None, None
    level = compiled.process.service_levels.get(name)
    wanted = [one for one in level.at if one not in run.fired] if level else []
    if run.breached_at is None:
        wanted.append("100%")
    found: list[tuple[Instant, str]] = []
    for threshold in dict.fromkeys(wanted):
        try:
            moment = threshold_moment(time_of(compiled, run), run, threshold, at)
        except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
            continue
        if moment is not None:
            found.append((moment, "due" if threshold == "100%" else threshold))
    if not found:
        return None, None
    moment, threshold = min(found, key=lambda one: one[0])
    return threshold, moment
