"""Extending a ticket's calendars: the compiled part stays, and the rest comes from today's organization."""

from __future__ import annotations

from dataclasses import replace

from activities.world import World
from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.calendars.zone import ZoneOffsets
from definitions.pinned import pack_calendars, unpin_calendars
from definitions.times import Instant
from workflows.contracts import ExtendRequest, ExtendResult

DAY = 86_400
AHEAD = 365 * DAY
"""How far past the deadline calendars are compiled, so that the next deadline needs no extension."""


def extend_calendars(world: World, request: ExtendRequest) -> ExtendResult:
    """The same calendars, extended to ``until`` at least.

    Raises ValueError where the organization can no longer compile one of them.
    """
    calendars = unpin_calendars(request.calendars)
    longer = {name: _extended(world, calendar, request.until) for name, calendar in calendars.items()}
    return ExtendResult(pack_calendars(longer))


def _extended(world: World, old: CompiledCalendar, until: Instant) -> CompiledCalendar:
    if until < old.end:
        return old
    fresh = compile_calendar(world.organization, old.name, old.end, until + AHEAD)
    known = set(old.days)
    days = [
        (day, hours)
        for day, hours in zip(fresh.days, fresh.hours, strict=True)
        if day not in known and hours[0][0] >= old.end
    ]
    return replace(
        fresh,
        start=old.start,
        days=(*old.days, *(day for day, _ in days)),
        hours=(*old.hours, *(hours for _, hours in days)),
        zone=_joined(old.zone, fresh.zone, old.end),
    )


def _joined(old: ZoneOffsets, fresh: ZoneOffsets, seam: Instant) -> ZoneOffsets:
    """The old offsets before ``seam``, the fresh ones from it on."""
    kept = [change for change in old.changes if change < seam]
    later = [index for index, change in enumerate(fresh.changes) if change > seam]
    changes, offsets = list(kept), list(old.offsets[: len(kept) + 1])
    at_seam = fresh.offsets[len(fresh.changes) - len(later)]
    if at_seam != offsets[-1]:
        changes.append(seam)
        offsets.append(at_seam)
    for index in later:
        changes.append(fresh.changes[index])
        offsets.append(fresh.offsets[index + 1])
    return ZoneOffsets(tuple(changes), tuple(offsets))
