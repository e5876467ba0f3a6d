"""The tickets that a firing of a schedule opens, by the current definitions."""

from __future__ import annotations

import logging
from zoneinfo import ZoneInfo

from activities.opening import SCHEDULE
from activities.world import World
from definitions.calendars.firings import firings, is_time
from definitions.calendars.zone import ZoneOffsets, zone_offsets
from definitions.cron import Cron, parse_cron
from definitions.expressions import EvaluationFailed
from definitions.schema.process import Schedule
from definitions.times import Instant, to_text
from workflows.contracts import OpenRequest, SchedulePlan, ScheduleRequest
from workflows.engine.compiled import compile_pinned
from workflows.engine.triggers import in_force, planned

LOG = logging.getLogger("stanchion.schedules")
IN_TIME = 600
"""A firing that is planned within so many seconds of its moment was not missed."""
_YEAR = 366 * 86_400


def plan_schedule(world: World, request: ScheduleRequest, at: Instant) -> SchedulePlan:
    """The tickets to open; ``at`` (UTC seconds) is now, whose calendars compute the fields.

    ``gone`` for a schedule that was removed from the process while its last firing was under way. A schedule that was
    edited opens its tickets by its new content (``in_force``). ``left_out`` for a moment that Temporal's schedule has
    and the cron text has not (see ``api.background.firing_times``), and for a missed firing that the rule of
    ``catch_up`` leaves out. At any other moment a person has fired the schedule by hand, and gets its tickets.
    """
    file = world.processes.get(request.process)
    written = Schedule.model_validate(dict(request.schedule))
    schedule = None if file is None else in_force(file.process.schedules, written)
    if schedule is None:
        return SchedulePlan(gone=True)
    zone = request.time_zone or written.time_zone or world.organization.organization.time_zone
    reason = _left_out(written.cron, zone, schedule.catch_up, request.at, at)
    if reason is not None:
        return SchedulePlan(left_out=reason)
    compiled = compile_pinned(world.pinned(request.process, at))
    try:
        found = planned(compiled, schedule, tuple(world.organization.services), request.at)
    except EvaluationFailed as failure:
        return SchedulePlan(problem=str(failure))
    return SchedulePlan(
        tuple(
            OpenRequest(f"{request.id}:{request.at}:{one.each or ''}", request.process, one.fields, SCHEDULE)
            for one in found
        )
    )


def _left_out(text: str, time_zone: str, catch_up: str, moment: Instant, now: Instant) -> str | None:
    """Why nothing is opened for a moment (UTC seconds) of a cron text; None if its tickets are opened."""
    cron = parse_cron(text)
    zone = zone_offsets(ZoneInfo(time_zone), moment - _YEAR, max(moment, now) + _YEAR)
    if not _fires(cron, zone, moment):
        named = any(is_time(cron, moment + offset) for offset in set(zone.offsets))
        return f"'{text}' does not fire at {to_text(moment)} in {time_zone}" if named else None
    reason = _not_made_good(cron, zone, catch_up, moment, now)
    if reason is not None:
        LOG.warning("a missed firing of '%s' in %s is left out: %s", text, time_zone, reason)
    elif now - moment > IN_TIME:
        LOG.info("a missed firing of '%s' in %s is made good: %s", text, time_zone, to_text(moment))
    return reason


def _fires(cron: Cron, zone: ZoneOffsets, moment: Instant) -> bool:
    return next(firings(cron, zone, moment - 1, moment), None) is not None


def _not_made_good(cron: Cron, zone: ZoneOffsets, catch_up: str, moment: Instant, now: Instant) -> str | None:
    if catch_up == "none" and now - moment > IN_TIME:
        return f"{to_text(moment)} is over, and 'catch_up' is none"
    if catch_up == "latest" and (later := next(firings(cron, zone, moment, now), None)) is not None:
        return f"{to_text(later)} is due as well, and 'catch_up' is latest"
    return None
