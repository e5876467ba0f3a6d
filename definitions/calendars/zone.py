"""The offsets of a time zone over a period, as numbers: wall-clock arithmetic without time zone data."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_SAMPLE = 6 * 3600
"""Seconds between two samples of an offset. No zone has ever changed twice in so short a time."""


@dataclass(frozen=True, slots=True)
class ZoneOffsets:
    """Offsets in seconds east of UTC: the first holds before the first change (UTC seconds), the next from then on.

    A wall time is a number of seconds: the time since the epoch of a UTC clock that shows this time.
    """

    changes: tuple[int, ...]
    offsets: tuple[int, ...]

    wall_changes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """The wall time of each change, by the larger of the offsets around it."""

    def __post_init__(self) -> None:
        around = zip(self.changes, self.offsets, self.offsets[1:], strict=False)
        walls = tuple(change + max(before, after) for change, before, after in around)
        object.__setattr__(self, "wall_changes", walls)

    def wall(self, instant: int) -> int:
        """The wall time at a UTC instant."""
        return instant + self.offsets[bisect_right(self.changes, instant)]

    def instant(self, wall: int) -> int:
        """The UTC instant of a wall time (RFC 5545, section 3.3.5).

        A wall time that a change skips is read with the offset before the change. A wall time that comes twice means
        the first. Both use the offset before the change, so the later of its two wall times is the border.
        """
        return wall - self.offsets[bisect_right(self.wall_changes, wall)]


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, UTC).astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101  (an aware datetime has one)
    return int(offset.total_seconds())


def _first_with_other_offset(zone: ZoneInfo, low: int, high: int) -> int:
    before = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def zone_offsets(zone: ZoneInfo, start: int, end: int) -> ZoneOffsets:
    """The offsets of ``zone`` from ``start`` to ``end`` (UTC seconds)."""
    changes: list[int] = []
    offsets = [_offset(zone, start)]
    for low in range(start, end, _SAMPLE):
        high = min(low + _SAMPLE, end)
        if (offset := _offset(zone, high)) != offsets[-1]:
            changes.append(_first_with_other_offset(zone, low, high))
            offsets.append(offset)
    return ZoneOffsets(tuple(changes), tuple(offsets))
