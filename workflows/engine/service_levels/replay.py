"""The replay of a run with corrected times: each of its revisions at its true time (LANGUAGE, section 6, corrections).

Every interval keeps the revision that began it and the target after this revision. These, and the times of the
revisions, determine the run: the thresholds that it has passed, its breach, and its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from definitions.times import Instant
from workflows.engine.model.clock import Interval, Run
from workflows.engine.service_levels.arithmetic import (
    WorkingTime,
    breaches_at,
    fire_through,
    next_moment,
    target_seconds,
    threshold_seconds,
)


def steps_of(run: Run) -> Iterator[tuple[int, Instant]]:
    """The revisions that have changed a run, with their times; a revision may occur twice."""
    for interval in run.intervals:
        yield interval.revision, interval.start
    if run.left is not None:
        yield run.ended_in, run.left


def replay(
    time: WorkingTime, run: Run, times: Mapping[int, Instant], thresholds: Sequence[str], now: Instant
) -> tuple[Run, tuple[str, ...]]:
    """The run as if its revisions had come at ``times``; a revision without an entry keeps its own time.

    Also returns the thresholds that this run has passed by ``now`` and that have not fired, in the order of passing;
    ``fired`` is unchanged. ``time`` covers every moment until ``now``.
    """
    intervals = tuple(replace(one, start=times.get(one.revision, one.start), end=None) for one in run.intervals)
    replayed = _Replayed(time, thresholds, run, intervals[0])
    for interval in intervals[1:]:
        replayed.go_on(interval)
    if run.left is None:
        again = replayed.until(now)
    else:
        again = replayed.end(times.get(run.ended_in, run.left), canceled=run.canceled)
    passed = tuple(one for one in again.fired if one not in run.fired)
    return replace(again, fired=run.fired, ended_in=run.ended_in), passed


class _Replayed:
    """A run during its replay, interval by interval."""

    def __init__(self, time: WorkingTime, thresholds: Sequence[str], run: Run, first: Interval) -> None:
        self._time = time
        self._thresholds = thresholds
        self._gone = 0
        """Working, unpaused seconds before the present interval."""
        begun = replace(run, start=first.start, fired=(), breached_at=None, left=None, intervals=())
        self._run = replace(begun, canceled=False, met=False)
        self._begin(first)

    def go_on(self, interval: Interval) -> None:
        """Begins the next interval, after all thresholds before it."""
        self.until(interval.start)
        if interval.kind == "away":
            self._judge(interval.start)
        self._begin(interval)

    def until(self, at: Instant) -> Run:
        """Lets time pass until ``at``: each threshold and the breach come at their own moments."""
        if self._run.is_paused:
            return self._run
        begun = self._run.intervals[-1].start
        self._gone += self._time.working_seconds(begun, at)
        for _ in range(len(self._thresholds) + 1):
            if self._least is None or self._least > self._gone:
                break
            moment = next_moment(self._time, self._run, self._thresholds, at)
            if moment is None or moment > at:
                break
            self._fire(max(moment, begun))
        return self._run

    def end(self, left: Instant, *, canceled: bool) -> Run:
        """The run at its end."""
        self.until(left)
        if not canceled:
            self._judge(left)
        return self._left(left, canceled=canceled)

    def _begin(self, interval: Interval) -> None:
        intervals = self._left(interval.start).intervals if self._run.intervals else ()
        self._run = replace(self._run, target=interval.target, key=interval.key, intervals=(*intervals, interval))
        self._fire(interval.start)

    def _judge(self, left: Instant) -> None:
        """Marks a breach if the run ended at or after its due time, even while paused."""
        if self._run.breached_at is None and breaches_at(self._time, self._left(left), left):
            self._run = replace(self._run, breached_at=left)

    def _left(self, left: Instant, *, canceled: bool = False) -> Run:
        *before, last = self._run.intervals
        return replace(self._run, left=left, canceled=canceled, intervals=(*before, replace(last, end=left)))

    def _fire(self, at: Instant) -> None:
        self._run, _ = fire_through(self._time, self._run, self._thresholds, at)
        self._least = self._least_seconds()

    def _least_seconds(self) -> int | None:
        """The elapsed time of the next threshold or due time: until then, an interval needs no search."""
        whole = target_seconds(self._time, self._run)
        if whole is None:
            return None
        wanted = [one for one in self._thresholds if one not in self._run.fired]
        seconds = [whole if one == "100%" else threshold_seconds(whole, one) for one in wanted]
        return min([*seconds, *([] if self._run.breached_at is not None else [whole])], default=None)
