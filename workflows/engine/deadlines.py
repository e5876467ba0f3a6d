"""All that a shell must know about time."""

from __future__ import annotations

from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.model.events import Due
from workflows.engine.model.result import Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import step


def next_deadline(snapshot: Snapshot) -> Instant | None:
    """The earliest moment (UTC seconds) at which ``step`` wants a ``Due``; None where nothing waits for time."""
    if snapshot.ended_at is not None:
        return None
    return min((moment for moment in _moments(snapshot) if moment is not None), default=None)


def _moments(snapshot: Snapshot) -> list[Instant | None]:
    """Built in one list: this is asked twice for every step."""
    moments: list[Instant | None] = []
    if snapshot.timers:
        moments += [timer.at for timer in snapshot.timers if not timer.fired]
    for approval in snapshot.approvals.values():
        if approval.outcome is None:
            moments += (approval.expires, approval.remind_at)
            if approval.absences:
                moments += [absence.at for absence in approval.absences]
    for board in snapshot.tasks.values():
        moments += [task.due for task in board if task.status == "open" and not task.reminded]
        moments += [task.absent_at for task in board if task.status == "open"]
    for run in snapshot.runs.values():
        if run.callbacks:
            moments += [callback.until for callback in run.callbacks]
    for clock in snapshot.clocks.values():
        moments.append(clock.next_at)
    if snapshot.held:
        moments += [held.at for held in snapshot.held]
    return moments


MOST_STEPS = 1_000
"""At once; a shell that was away for longer goes on with the rest."""


def advance(compiled: Compiled, snapshot: Snapshot, now: Instant) -> tuple[Step, ...]:
    """Fires everything due up to and including ``now``, each at its own time; at most MOST_STEPS steps."""
    steps: list[Step] = []
    while len(steps) < MOST_STEPS:
        due = next_deadline(snapshot)
        if due is None or due > now:
            break
        taken = step(compiled, snapshot, Due(), due)
        if isinstance(taken, Refusal):
            raise AssertionError(f"time can't be refused: {taken.reason}")
        steps.append(taken)
        snapshot = taken.snapshot
    return tuple(steps)
