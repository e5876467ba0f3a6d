"""A calendar as numbers: all that arithmetic needs, and nothing that could change under a replay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from definitions.calendars.hours import DAY, Period, merged
from definitions.calendars.zone import ZoneOffsets

EPOCH_ORDINAL = 719_163
"""The proleptic Gregorian ordinal of 1970-01-01."""


@dataclass(frozen=True)
class CompiledCalendar:
    """Working time within a horizon, ``start`` ≤ t < ``end``. All instants are UTC epoch seconds."""

    name: str
    time_zone: str
    start: int
    end: int
    days: tuple[int, ...]
    """The working days that reach into the horizon, as ordinals of their local dates: none between them is left out."""
    hours: tuple[tuple[Period, ...], ...]
    """Of each working day, whole even where the horizon cuts it; sorted and merged."""
    zone: ZoneOffsets
    always: bool = False
    """24x7: no working days, exact hours, wall-clock days."""
    closed_after: int | None = None
    """An instant by which the last of its hours has ended for good; None where they recur every week."""

    @cached_property
    def _spans(self) -> tuple[Period, ...]:
        periods = [(self.start, self.end)] if self.always else [period for day in self.hours for period in day]
        return merged((max(begin, self.start), min(end, self.end)) for begin, end in periods)

    @cached_property
    def opens(self) -> tuple[int, ...]:
        """Openings of the merged working spans, clipped to the horizon."""
        return tuple(begin for begin, _ in self._spans)

    @cached_property
    def closes(self) -> tuple[int, ...]:
        """Closings of the spans of ``opens``."""
        return tuple(end for _, end in self._spans)

    @cached_property
    def worked(self) -> tuple[int, ...]:
        """Working seconds from the start of the horizon to each closing."""
        return tuple(accumulate(end - begin for begin, end in self._spans))

    @cached_property
    def first_openings(self) -> tuple[int, ...]:
        """The first opening of each working day."""
        return tuple(day[0][0] for day in self.hours)

    @cached_property
    def reaches(self) -> tuple[int, ...]:
        """The latest closing of all working days before each one: past its opening only where shifts overlap."""
        return tuple(accumulate((day[-1][1] for day in self.hours), max, initial=self.start))

    @cached_property
    def midnights(self) -> tuple[int, ...]:
        """The wall time of each working day's midnight."""
        return tuple((day - EPOCH_ORDINAL) * DAY for day in self.days)
