"""Service levels (LANGUAGE, section 6): clocks that measure working time against a target, exact to the second.

Theory of operation. A ticket keeps one clock for each service level: the run that counts, and the earlier runs. A run
keeps only facts: its intervals (running, paused, away), each with the revision and the target that began it, and the
thresholds that have fired (``workflows.engine.model.clock``). Elapsed time, due time and status are computed from these
facts and a compiled calendar (``arithmetic``), so that a change of calendar or target needs no change of the facts.

After every step ``clocks.update`` compares the service levels with the ticket: it begins, pauses, resumes, retargets,
cancels and ends runs, and fires the thresholds that are reached, with their steps. The next threshold or due time of a
clock is a deadline of its ticket. A run is met if the ticket leaves ``during`` before the due time, and breached
otherwise; only a correction of times lifts a breach. ``replay`` computes the run anew with corrected times.

Reading order: arithmetic, clocks, replay; then standings (for people) and recorded_runs (for the records).
"""

from workflows.engine.model.clock import Clock, ClockReading, Interval, Run
from workflows.engine.service_levels.arithmetic import (
    Ledger,
    WorkingTime,
    breaches_at,
    change_target,
    due,
    elapsed,
    fire_through,
    lay,
    ledger,
    next_moment,
    paused_seconds,
    reading,
    target_seconds,
    threshold_moment,
)
from workflows.engine.service_levels.replay import replay, steps_of

__all__ = [
    "Clock",
    "ClockReading",
    "Interval",
    "Ledger",
    "Run",
    "WorkingTime",
    "breaches_at",
    "change_target",
    "due",
    "elapsed",
    "fire_through",
    "lay",
    "ledger",
    "next_moment",
    "paused_seconds",
    "reading",
    "replay",
    "steps_of",
    "target_seconds",
    "threshold_moment",
]
