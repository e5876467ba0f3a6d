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
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleOverlapPolicy,
    SchedulePolicy,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.background.edited_schedules import missed_firings
from api.background.firing_times import spec_of
from api.clock import now
from api.cluster import NotRunningError, reaching_temporal
from api.definition_store.store import Definitions, DefinitionStore
from api.problems import Away
from definitions.times import to_text
from workflows.scheduled import OPEN_SCHEDULED, ScheduledOpening

LOG = logging.getLogger("stanchion.schedules")
VERSION = 2
"""Grows when the same YAML results in another schedule, so that it is created anew."""
PREFIX = "schedule:"
QUEUE = "stanchion_task_queue"
"""The memo by which an installation recognizes its schedules in a shared namespace."""
CATCH_UP = timedelta(days=7)
"""How far back Temporal catches up on firings that it missed while the server was away."""
RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Changes:
    """The ids of the schedules that were created and deleted, and of the workflows that make missed firings good."""

    made: tuple[str, ...]
    gone: tuple[str, ...]
    made_good: tuple[str, ...] = ()


class Schedules:
    """The schedules of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def keep_in_step(self, definitions: Definitions) -> Changes:
        """Creates the schedules that are defined and deletes those that no longer are. Raises Away.

        Firings that a deleted schedule missed while the server was away are started before it is deleted: the rule of
        ``catch_up`` decides on each, as on every other firing.
        """
        wanted = dict(self._wanted(definitions))
        async with reaching_temporal():
            there = [entry async for entry in await self._client.list_schedules() if entry.id.startswith(PREFIX)]
            ours = {entry.id for entry in there if (await entry.memo()).get(QUEUE) == self._task_queue}
        made = [id_ for id_ in wanted if id_ not in ours and await self._make(id_, wanted[id_])]
        gone = sorted(ours - set(wanted))
        made_good: list[str] = []
        for id_ in gone:
            made_good += await self._take_away(id_, definitions)
        return Changes(tuple(made), tuple(gone), tuple(made_good))

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
        year = datetime.fromtimestamp(now(), UTC).year
        for process, file in definitions.loaded.processes.items():
            for one in file.process.schedules:
                zone = one.time_zone or organization_zone
                written = one.model_dump(mode="json")
                spec = spec_of(one.cron, zone, year)
                id_ = schedule_id(process, VERSION, written, zone, repr(spec.calendars), self._task_queue)
                opening = ScheduledOpening(id_, process, written, zone)
                action = ScheduleActionStartWorkflow(OPEN_SCHEDULED, opening, id=id_, task_queue=self._task_queue)
                yield id_, Schedule(action=action, spec=spec, policy=_POLICY)

    async def _make(self, id_: str, schedule: Schedule) -> bool:
        try:
            async with reaching_temporal():
                await self._client.create_schedule(id_, schedule, memo={QUEUE: self._task_queue})
        except ScheduleAlreadyRunningError:
            return False  # another worker was faster, or the list was stale
        return True

    async def _take_away(self, id_: str, definitions: Definitions) -> list[str]:
        """Deletes a schedule; the ids of the workflows that make good what it missed."""
        started: list[str] = []
        with contextlib.suppress(NotRunningError):  # another worker was faster
            async with reaching_temporal():
                handle = self._client.get_schedule_handle(id_)
                for opening in await missed_firings(self._client, handle, definitions, CATCH_UP):
                    started += await self._make_good(opening)
                await handle.delete()
        return started

    async def _make_good(self, opening: ScheduledOpening) -> list[str]:
        id_ = firing_id(opening)
        with contextlib.suppress(WorkflowAlreadyStartedError):  # Temporal's schedule, or another worker, was faster
            await self._client.start_workflow(
                OPEN_SCHEDULED,
                opening,
                id=id_,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
            return [id_]
        return []


def _log(changes: Changes) -> None:
    for words, ids in (
        ("schedules made", changes.made),
        ("schedules taken away", changes.gone),
        ("firings started that an edited schedule had missed", changes.made_good),
    ):
        if ids:
            LOG.info("%s: %s", words, ", ".join(ids))


_POLICY = SchedulePolicy(overlap=ScheduleOverlapPolicy.ALLOW_ALL, catchup_window=CATCH_UP)
"""Two firings don't interfere: each opens tickets of its own."""


def firing_id(opening: ScheduledOpening) -> str:
    """The id that Temporal gives to the workflow of a firing: so each firing is started once, whoever starts it."""
    if opening.at is None:
        raise ValueError(f"{opening.id}: a missed firing has its moment")
    return f"{opening.id}-{to_text(opening.at)}"


def schedule_id(process: str, *content: object) -> str:
    """The id of a schedule, by its content, which can't be read from it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"{PREFIX}{process}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
