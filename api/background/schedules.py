"""Temporal Schedules, kept in step with the definitions.

The id of a schedule holds a digest of its content: another content is another schedule. So schedules are only created
and deleted, never changed, and any number of workers may do so at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)

from api.cluster import NotRunningError, reaching_temporal
from api.definition_store.store import Definitions, DefinitionStore
from api.problems import Away
from definitions.cron import CronField, parse_cron
from workflows.scheduled import OPEN_SCHEDULED, ScheduledOpening

LOG = logging.getLogger("stanchion.schedules")
VERSION = 1
"""Grows when the same YAML results in another schedule, so that it is created anew."""
PREFIX = "schedule:"
QUEUE = "stanchion_task_queue"
"""The memo by which an installation recognizes its schedules in a shared namespace."""
CATCH_UP = timedelta(days=7)
"""How far back Temporal catches up on firings that it missed while the server was away."""
RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Changes:
    """The ids of the schedules that were created and deleted."""

    made: tuple[str, ...]
    gone: tuple[str, ...]


class Schedules:
    """The schedules of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def keep_in_step(self, definitions: Definitions) -> Changes:
        """Creates the schedules that are defined and deletes those that no longer are. Raises Away."""
        wanted = dict(self._wanted(definitions))
        async with reaching_temporal():
            there = [entry async for entry in await self._client.list_schedules() if entry.id.startswith(PREFIX)]
            ours = {entry.id for entry in there if (await entry.memo()).get(QUEUE) == self._task_queue}
        made = [id_ for id_ in wanted if id_ not in ours and await self._make(id_, wanted[id_])]
        gone = sorted(ours - set(wanted))
        for id_ in gone:
            await self._take_away(id_)
        return Changes(tuple(made), tuple(gone))

    async def follow(self, store: DefinitionStore) -> None:
        """Follows every new set of definitions until it is cancelled; waits while Temporal is away."""
        changed = asyncio.Event()
        changed.set()
        store.on_change(lambda _: changed.set())
        while True:
            await changed.wait()
            changed.clear()
            try:
                changes = await self.keep_in_step(store.current)
            except Away as away:
                LOG.warning("schedules are not in step yet: %s", away)
            except Exception:  # a bug must not silence later definitions
                LOG.exception("schedules are not in step yet")
            else:
                _log(changes)
                continue
            changed.set()
            await asyncio.sleep(RETRY_SECONDS)

    def _wanted(self, definitions: Definitions) -> Iterator[tuple[str, Schedule]]:
        organization_zone = definitions.loaded.organization.organization.time_zone
        for process, file in definitions.loaded.processes.items():
            for one in file.process.schedules:
                zone = one.time_zone or organization_zone
                written = one.model_dump(mode="json")
                id_ = schedule_id(process, VERSION, written, zone, self._task_queue)
                action = ScheduleActionStartWorkflow(
                    OPEN_SCHEDULED, ScheduledOpening(id_, process, written), id=id_, task_queue=self._task_queue
                )
                yield id_, Schedule(action=action, spec=spec_of(one.cron, zone), policy=_POLICY)

    async def _make(self, id_: str, schedule: Schedule) -> bool:
        try:
            async with reaching_temporal():
                await self._client.create_schedule(id_, schedule, memo={QUEUE: self._task_queue})
        except ScheduleAlreadyRunningError:
            return False  # another worker was faster, or the list was stale
        return True

    async def _take_away(self, id_: str) -> None:
        with contextlib.suppress(NotRunningError):  # another worker was faster
            async with reaching_temporal():
                await self._client.get_schedule_handle(id_).delete()


def _log(changes: Changes) -> None:
    for word, ids in (("made", changes.made), ("taken away", changes.gone)):
        if ids:
            LOG.info("schedules %s: %s", word, ", ".join(ids))


_POLICY = SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=CATCH_UP)
"""Two firings don't interfere: each opens tickets of its own."""


def schedule_id(process: str, *content: object) -> str:
    """The id of a schedule, by its content, which can't be read from it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"{PREFIX}{process}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def spec_of(cron: str, time_zone: str) -> ScheduleSpec:
    """Temporal's firing times for a cron text, as ``definitions.cron`` reads it. Raises ValueError."""
    parsed = parse_cron(cron)
    calendar = ScheduleCalendarSpec(
        second=[ScheduleRange(0)],
        minute=_ranges(parsed.minute),
        hour=_ranges(parsed.hour),
        day_of_month=_ranges(parsed.day_of_month),
        month=_ranges(parsed.month),
        day_of_week=_ranges(parsed.day_of_week),
    )
    return ScheduleSpec(calendars=[calendar], time_zone_name=time_zone)


def _ranges(field: CronField) -> Sequence[ScheduleRange]:
    """Consecutive values as ranges."""
    ranges: list[ScheduleRange] = []
    for value in field.values:
        if ranges and ranges[-1].end == value - 1:
            ranges[-1] = ScheduleRange(ranges[-1].start, value)
        else:
            ranges.append(ScheduleRange(value, value))
    return ranges
