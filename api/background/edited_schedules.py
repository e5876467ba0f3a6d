"""The firings that a schedule missed while the server was away, and that its edit must not lose."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from temporalio.api.common.v1 import Payload
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleDescription, ScheduleHandle

from api.clock import now
from api.definition_store.store import Definitions
from definitions.calendars.firings import firings
from definitions.calendars.zone import zone_offsets
from definitions.cron import parse_cron
from definitions.schema.process import Schedule
from workflows.engine.triggers import in_force
from workflows.scheduled import ScheduledOpening

LOG = logging.getLogger("stanchion.schedules")
_MARGIN = 2 * 86_400


async def missed_firings(
    client: Client, handle: ScheduleHandle, definitions: Definitions, catch_up: timedelta
) -> Sequence[ScheduledOpening]:
    """The firings of a schedule since its last one that its edited schedule makes good, none older than ``catch_up``.

    Temporal starts each firing at its moment while it runs. So those that it has not started are those that fell due
    while it was away. None for a schedule that the process no longer has.
    """
    described = await handle.describe()
    opening = await _opening(client, described)
    if opening is None:
        return ()
    file = definitions.loaded.processes.get(opening.process)
    written = Schedule.model_validate(dict(opening.schedule))
    edited = None if file is None else in_force(file.process.schedules, written)
    if edited is None:
        return ()
    zone_name = opening.time_zone or described.schedule.spec.time_zone_name or "UTC"
    until = now()
    after = max(_last(described), until - int(catch_up.total_seconds()))
    cron, zone = parse_cron(written.cron), zone_offsets(ZoneInfo(zone_name), after - _MARGIN, until + _MARGIN)
    missed = list(firings(cron, zone, after, until))
    moments = {"latest": missed[-1:], "all": missed, "none": []}[edited.catch_up]
    if len(missed) > len(moments):
        LOG.warning(
            "%s was edited while it could not fire: %d of %d missed firings are left out, since 'catch_up' is %s",
            opening.id, len(missed) - len(moments), len(missed), edited.catch_up,
        )  # fmt: skip
    return [replace(opening, time_zone=zone_name, at=moment) for moment in moments]


async def _opening(client: Client, described: ScheduleDescription) -> ScheduledOpening | None:
    action = described.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow):
        return None
    payloads = [argument for argument in action.args if isinstance(argument, Payload)]
    (opening,) = await client.data_converter.decode(payloads, [ScheduledOpening])
    return opening if isinstance(opening, ScheduledOpening) else None


def _last(described: ScheduleDescription) -> int:
    """The moment up to which Temporal has started every firing (UTC seconds)."""
    info = described.info
    moments = [info.created_at, *(action.scheduled_at for action in info.recent_actions)]
    return max(int(moment.timestamp()) for moment in moments)
