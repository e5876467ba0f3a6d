"""Which of several refusals is told: what the core decides before it looks at values wins over wrong values."""

from __future__ import annotations

from workflows.engine.compiled import Compiled
from workflows.engine.events import Event
from workflows.engine.result import Refusal, RefusalCode
from workflows.engine.snapshot import Instant, Snapshot
from workflows.engine.step import step

BEFORE_VALUES: frozenset[RefusalCode] = frozenset({
    "ended", "unknown_event", "not_permitted", "guard_failed", "not_open", "read_only_fields",
})  # fmt: skip


def refused_before_values(compiled: Compiled, snapshot: Snapshot, event: Event, now: Instant) -> Refusal | None:
    """The refusal of an event whatever its values are; None where only they can stand in its way.

    For values that only the edge can judge: people, teams and services that the organization does not have.
    """
    taken = step(compiled, snapshot, event, now)
    return taken if isinstance(taken, Refusal) and taken.code in BEFORE_VALUES else None
