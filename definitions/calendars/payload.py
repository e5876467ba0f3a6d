"""A compiled calendar as a small JSON value, for the payloads of tickets.

Hours repeat: a year of office hours has a handful of different days (two seasons, a short Friday). Each kind of day is
written once, relative to midnight UTC of its date. A day is its distance from the day before and the number of its
kind.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from definitions.calendars.compiled_calendar import EPOCH_ORDINAL, CompiledCalendar
from definitions.calendars.hours import DAY, Period
from definitions.calendars.zone import ZoneOffsets

_FORMAT = 1


def _gaps(numbers: tuple[int, ...], origin: int) -> list[int]:
    return [after - before for before, after in pairwise((origin, *numbers))]


def _edges(day: int, hours: tuple[Period, ...]) -> tuple[int, ...]:
    midnight = (day - EPOCH_ORDINAL) * DAY
    return tuple(_gaps(tuple(edge for period in hours for edge in period), midnight))


def _hours(day: int, edges: list[int]) -> tuple[Period, ...]:
    instants = list(accumulate(edges, initial=(day - EPOCH_ORDINAL) * DAY))[1:]
    return tuple(zip(instants[::2], instants[1::2], strict=True))


def pack(calendar: CompiledCalendar) -> dict[str, Any]:
    """A plain JSON value. ``unpack`` makes an equal calendar of it."""
    written = [_edges(day, hours) for day, hours in zip(calendar.days, calendar.hours, strict=True)]
    kinds = {edges: number for number, edges in enumerate(dict.fromkeys(written))}
    return {
        "format": _FORMAT,
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "horizon": [calendar.start, calendar.end],
        "always": calendar.always,
        "closed_after": calendar.closed_after,
        "offsets": list(calendar.zone.offsets),
        "changes": _gaps(calendar.zone.changes, calendar.start),
        "kinds": [list(edges) for edges in kinds],
        "days": _gaps(calendar.days, 0),
        "kind": [kinds[edges] for edges in written],
    }


def unpack(value: dict[str, Any]) -> CompiledCalendar:
    """The calendar that was packed. Raises ValueError for a value of another format."""
    if value.get("format") != _FORMAT:
        raise ValueError(f"a packed calendar of format {_FORMAT} is expected, not {value.get('format')!r}")
    start, end = value["horizon"]
    days = tuple(accumulate(value["days"]))
    changes = tuple(accumulate(value["changes"], initial=start))[1:]
    return CompiledCalendar(
        name=value["name"],
        time_zone=value["time_zone"],
        start=start,
        end=end,
        days=days,
        hours=tuple(_hours(day, value["kinds"][kind]) for day, kind in zip(days, value["kind"], strict=True)),
        zone=ZoneOffsets(changes, tuple(value["offsets"])),
        always=value["always"],
        closed_after=value["closed_after"],
    )
