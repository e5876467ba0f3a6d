"""Service-level clocks (LANGUAGE, section 6): pure arithmetic on what has happened to a clock, exact to the second."""

from workflows.engine.model.clock import Clock, Interval, Reading, Run
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
    "Interval",
    "Ledger",
    "Reading",
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
