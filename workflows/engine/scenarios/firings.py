"""Firings of schedules in a scenario: the moment is checked, and the tickets are those that production opens."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from definitions.calendars.firings import firings
from definitions.calendars.zone import zone_offsets
from definitions.cron import parse_cron
from definitions.expressions import EvaluationFailed
from definitions.schema.scenario import Firing
from definitions.times import Instant, to_text
from workflows.engine.scenarios.setting import Setting
from workflows.engine.triggers import PlannedTicket, planned

SCHEDULE = "schedule"
"""The actor who opens the tickets of schedules."""
_MARGIN = 2 * 86_400
_AHEAD = 366 * 86_400
"""How far a failure looks for the next firing."""


def fired_by(setting: Setting, firing: Firing, at: Instant) -> Sequence[PlannedTicket] | str:
    """The tickets that the schedule opens at ``at`` (UTC seconds), or the reason why it opens none."""
    schedule = setting.process.schedules[firing.number - 1]
    zone_name = schedule.time_zone or setting.organization.organization.time_zone
    cron, zone = parse_cron(schedule.cron), zone_offsets(ZoneInfo(zone_name), at - _MARGIN, at + _AHEAD + _MARGIN)
    following = next(firings(cron, zone, at - 1, at + _AHEAD), None)
    if following != at:
        then = "it does not fire within a year" if following is None else f"it fires next at {to_text(following)}"
        return f"'{schedule.cron}' does not fire at {to_text(at)} in {zone_name}: {then}"
    try:
        found = planned(setting.compiled, schedule, tuple(setting.organization.services), at)
    except EvaluationFailed as failure:
        return str(failure)
    return found or "the organization has no service: the schedule opens no ticket"


def of_the_scenario(fired: Sequence[PlannedTicket], firing: Firing) -> PlannedTicket:
    """The ticket of the scenario among those that a firing opens."""
    return next((one for one in fired if firing.each in (None, one.each)), fired[0])
