"""Entries about service levels and their clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions.schema.model import Json
from workflows.engine.model.clock import Status
from workflows.engine.model.timeline.shape import EntryShape

ClockChange = Literal["paused", "resumed", "breached", "breach lifted", "met", "ended", "canceled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted(EntryShape):
    """The clock of a service level started a run."""

    kind = "clock"
    level: str
    """The id of the service level."""
    what: Literal["started"] = "started"
    target: str | None = None
    """The target. Absent where no target fits: the clock counts and is never due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChanged(EntryShape):
    """The clock of a service level changed."""

    kind = "clock"
    level: str
    """The id of the service level."""
    what: ClockChange
    """`paused`: the clock stands still. `resumed`: it counts again. `breached`: its target passed. `breach lifted`: a
    correction showed that the target was kept. `met`: it ended in time. `ended`: it ended after its breach.
    `canceled`: the service level does not apply any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRetargeted(EntryShape):
    """The target of a service level changed while its clock ran."""

    kind = "clock"
    level: str
    """The id of the service level."""
    what: Literal["retargeted"] = "retargeted"
    from_: str | None = None
    """The target before. Absent where there was none."""
    to: str | None = None
    """The target from now on. Absent where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanged(EntryShape):
    """A migration gave a service level another calendar. Its time is counted by that calendar from the start."""

    kind = "clock"
    level: str
    """The id of the service level."""
    what: Literal["calendar"] = "calendar"
    from_: str
    """The calendar before."""
    to: str
    """The calendar from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdReached(EntryShape):
    """The clock of a service level reached a threshold, and the steps of the threshold ran."""

    kind = "clock"
    level: str
    """The id of the service level."""
    what: Literal["threshold"] = "threshold"
    at: str
    """The threshold as the process writes it: `75%`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRejudged(EntryShape):
    """The verdict on one run of a service level, before and after a correction."""

    level: str
    """The id of the service level."""
    run: int
    """The number of the run."""
    was: Status
    """The verdict before."""
    is_: Status
    """The verdict from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCorrected(EntryShape):
    """The actor corrected the time of a revision. Service levels are judged by it; nothing that happened is undone."""

    kind = "corrected"
    step: int
    """The revision whose time is corrected."""
    recorded: str
    """When the revision was recorded."""
    effective: str
    """When it really happened."""
    comment: str
    """Why the actor corrected it."""
    levels: tuple[LevelRejudged, ...]
    """Every run of a service level that the revision moved: `level`, `run`, and the verdicts `was` and `is`."""

    def data(self) -> dict[str, Json]:
        levels: list[Json] = [one.data() for one in self.levels]
        return {
            "step": self.step,
            "recorded": self.recorded,
            "effective": self.effective,
            "comment": self.comment,
            "levels": levels,
        }


ClockEntry = ClockStarted | ClockChanged | ClockRetargeted | CalendarChanged | ThresholdReached | TimeCorrected
