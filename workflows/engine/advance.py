"""Letting time pass: what is due fires at its own moment, never at the moment somebody looked."""

from __future__ import annotations

from workflows.engine.compiled import Compiled
from workflows.engine.deadlines import next_deadline
from workflows.engine.events import Due
from workflows.engine.result import Refusal, Step
from workflows.engine.snapshot import Instant, Snapshot
from workflows.engine.step import step

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
