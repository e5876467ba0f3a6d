"""How the service levels of a ticket stand: for those who ask why something is due when it is (LANGUAGE, section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from definitions.times import Instant
from workflows.engine import business_time
from workflows.engine.compiled import Compiled
from workflows.engine.model.clock import Interval, Reading, Run, Status
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
    """The duration that counts now; None where no row of the target fits."""
    elapsed: int | None = 0
    """None where the calendar that the ticket carries does not reach until now."""
    remaining: int | None = None
    due: Instant | None = None
    """Of a paused clock a projection: as if it went on now."""
    breached_at: Instant | None = None
    threshold: str | None = None
    """What it reaches next, as written in ``at``; ``due`` for the due time itself. None while it stands still."""
    threshold_at: Instant | None = None
    since: Instant | None = None
    """Since when it runs, or is paused, or is over."""
    cause: str = ""
    """What began that: ``hold by alice``."""
    corrections: tuple[Correction, ...] = ()
    """The corrected steps of this run, in their order."""


def standings(compiled: Compiled, snapshot: Snapshot, at: Instant) -> Iterator[Standing]:
    """Every service level of the process, in its order, also those that have not started."""
    for name, level in compiled.process.service_levels.items():
        title = level.title or name.replace("_", " ").capitalize()
        clock = snapshot.clocks.get(name)
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
    """The corrections of steps that have moved this run."""
    moved = dict(steps_of(run))
    return tuple(one for one in snapshot.corrections if one.step in moved)


def _standing(compiled: Compiled, name: str, title: str, run: Run, reading: Reading | None, at: Instant) -> Standing:
    """``reading`` is None where the compiled calendar does not reach until ``at``."""
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
    """The beginning of what it does now: another target begins another interval, but no other stretch."""
    kind = run.intervals[-1].kind if run.intervals else None
    return next(reversed(tuple(takewhile(lambda one: one.kind == kind, reversed(run.intervals)))), None)


def _next(compiled: Compiled, name: str, run: Run, at: Instant) -> tuple[str | None, Instant | None]:
    """The next threshold with its moment; of several at one moment the first as written, the due time last."""
    if run.is_paused or run.left is not None:
        return None, None
    wanted = [one for one in compiled.process.service_levels[name].at if one not in run.fired]
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
