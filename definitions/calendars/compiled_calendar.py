"""A calendar as numbers: all that arithmetic needs, and nothing that can change before a replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from definitions.calendars.hours import DAY, Period, merged
from definitions.calendars.zone import ZoneOffsets

EPOCH_ORDINAL = 719_163
"""The proleptic Gregorian ordinal of 1970-01-01."""


@dataclass(frozen=True, slots=True)
class CompiledCalendar:
    """Working time within a horizon, ``start`` ≤ t < ``end``. All instants are UTC epoch seconds."""

    name: str
    time_zone: str
    start: int
    end: int
    days: tuple[int, ...]
    """The working days that reach into the horizon, as ordinals of their local dates, without gaps."""
    hours: tuple[tuple[Period, ...], ...]
    """The hours of each working day, sorted and merged; whole even if the horizon cuts the day."""
    zone: ZoneOffsets
    always: bool = False
    """24x7: no working days, exact hours, wall-clock days."""
    closed_after: int | None = None
    """An instant after which the calendar never opens again; None if its hours recur every week."""

    opens: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Openings of the merged working spans, clipped to the horizon."""
    closes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Closings of the spans of ``opens``."""
    worked: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """Working seconds from the start of the horizon to each closing."""
    first_openings: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """The first opening of each working day."""
    reaches: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """For each working day, the latest closing of all days before; after its first opening only if shifts overlap."""
    midnights: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """The wall time of midnight of each working day."""

    def __post_init__(self) -> None:
        # Computed once, into slots, for millions of deadlines: property access took half of the time of the arithmetic.
        periods = [(self.start, self.end)] if self.always else [period for day in self.hours for period in day]
        spans = merged((max(begin, self.start), min(end, self.end)) for begin, end in periods)
        self._keep("opens", (begin for begin, _ in spans))
        self._keep("closes", (end for _, end in spans))
        self._keep("worked", accumulate(end - begin for begin, end in spans))
        self._keep("first_openings", (day[0][0] for day in self.hours))
        self._keep("reaches", accumulate((day[-1][1] for day in self.hours), max, initial=self.start))
        self._keep("midnights", ((day - EPOCH_ORDINAL) * DAY for day in self.days))

    def _keep(self, name: str, numbers: Iterable[int]) -> None:
        object.__setattr__(self, name, tuple(numbers))
