"""Everything that the program around the engine must know about time."""

from __future__ import annotations

from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.due_order import next_moment
from workflows.engine.model.events import Due
from workflows.engine.model.result import Refusal, Step
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import step


def next_deadline(snapshot: Snapshot) -> Instant | None:
    """The earliest moment (UTC seconds) at which ``step`` wants a ``Due``; None where nothing waits for time."""
    return next_moment(snapshot)


MOST_STEPS = 1_000
"""The limit of one call of ``advance``. A shell that was away for longer calls it again for the rest."""


def advance(compiled: Compiled, snapshot: Snapshot, now: Instant) -> tuple[Step, ...]:
    """Fires everything that is due up to and including ``now``, each at its own time; at most MOST_STEPS steps."""
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
