"""A scenario's ticket on a real Temporal server that skips time: the workflow, worker and activities of production."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from temporalio import activity
from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from activities.records.appending import Addition
from activities.records.outbox import Notification
from activities.records.store import Records
from activities.world import CurrentWorld, World
from api.idempotency import new_key
from api.tickets.after_end import addition
from definitions.people.directory import Actor
from definitions.pinned import unpin_calendars
from definitions.times import Instant
from workflows.contracts import BEYOND, BeyondAnswer, BeyondRequest
from workflows.engine.compiled import compile_pinned
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.events import ChildEnded, Comment, Correct, Migrate, Open, Renames
from workflows.engine.model.result import AuditEntry, Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios import Notice, Others, Sent, SentEvent, Setting, StartedTicket
from workflows.engine.waiting.availability import concerns
from workflows.engine.waiting.directory_answers import needs_a_check
from workflows.ticket.clock import NANOSECONDS, TicketClock
from workflows.ticket.messages import Carries, EventEnvelope, EventResult, TicketInput, TicketView, refusal_in
from workflows.ticket.names import CARRIES, CHILD_ENDED, EVENT, ORGANIZATION_CHANGED, SNAPSHOT, workflow_id

T = TypeVar("T")
RATE = 4
"""Seconds of the server for each second of a scenario, so that the machine's own time for a step never shows.

The skipping server ends a workflow after ten years of its own time: a scenario may last about 900 days.
"""
TIMEOUT = timedelta(seconds=60)
POLL_SECONDS = 0.005
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _RefusedAfterEnd(Exception):
    """The core refused: nothing is written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class TemporalDesk:
    """One ticket. The runner calls from a thread of its own; everything happens on the event loop."""

    def __init__(
        self,
        setting: Setting,
        environment: WorkflowEnvironment,
        records: Records,
        task_queue: str,
        world: CurrentWorld,
    ) -> None:
        """``world`` is the world of the activities."""
        self._setting = setting
        self._environment = environment
        self._records = records
        self._task_queue = task_queue
        self._world = world
        self._loop = asyncio.get_running_loop()
        self._now: Instant = setting.now
        self._clock = TicketClock(0, RATE)
        self._handle: WorkflowHandle[Any, Any] | None = None
        self._key = ""
        self._after_end: Snapshot | None = None
        """The ticket in the records, once an event was added after its end."""
        self._others = Others(setting)

    def open(self, opening: Open) -> Refusal | None:
        return self._wait_for(self._open(opening))

    def take(self, event: Sent) -> Refusal | None:
        return self._wait_for(self._take(event))

    def migrate(self, actor: Actor, to: Setting, renames: Renames) -> Refusal | None:
        return self._wait_for(self._migrate(actor, to, renames))

    def child_ended(self, ended: ChildEnded) -> None:
        self._wait_for(self._child_ended(ended))

    def reorganize(self, setting: Setting) -> None:
        self._setting = setting
        self._world.replace(World(setting.organization, self._world.now.templates))
        self._wait_for(self._reorganize(OrganizationChanged(setting.directory.digest)))

    def advance_to(self, instant: Instant) -> None:
        self._wait_for(self._advance_to(instant))

    def snapshot(self) -> Snapshot:
        return self._after_end or self._wait_for(self._settled()).snapshot

    def notices(self) -> Sequence[Notice]:
        rows: list[Notification] = []
        cursor: str | None = None
        while True:
            page = self._records.outbox(ticket=self._key, limit=500, cursor=cursor)
            rows += page.items
            cursor = page.next
            if cursor is None:
                break
        rows.sort(key=lambda row: (row.revision, row.position))
        return [Notice(row.person, row.reason, row.template) for row in rows]

    def started(self) -> Sequence[StartedTicket]:
        return self._others.started

    def sent(self) -> Sequence[SentEvent]:
        return self._others.sent

    @activity.defn(name=BEYOND)
    def beyond(self, wanted: BeyondRequest) -> BeyondAnswer:
        """Answers the ticket in place of all other tickets."""
        for effect in wanted.sends:
            self._others.send(effect)
        return BeyondAnswer(tuple(self._others.start(effect, self._key, self._now) for effect in wanted.starts))

    def timeline(self) -> Sequence[AuditEntry]:
        entries: list[AuditEntry] = []
        cursor: str | None = None
        while True:
            page = self._records.timeline(self._key, limit=500, cursor=cursor)
            entries += [AuditEntry(row.kind, row.at, row.actor, row.data) for row in page.items]
            cursor = page.next
            if cursor is None:
                return entries

    def server_time(self) -> Instant:
        """The scenario's time by the server's clock, for activities; callable from any thread but the event loop's."""
        return self._clock.at(self._wait_for(self._server_ns()))

    async def close(self) -> None:
        """Ends the ticket's workflow, so that its timers don't disturb the next scenario."""
        if self._handle is not None:
            with contextlib.suppress(RPCError):
                await self._handle.terminate()

    async def _open(self, opening: Open) -> Refusal | None:
        self._key = opening.key
        self._clock = await self._aligned_clock()
        self._handle = await self._environment.client.start_workflow(
            self._setting.process.process,
            TicketInput(self._setting.pinned, opening, clock=self._clock, alone=True),
            id=workflow_id(opening.key),
            task_queue=self._task_queue,
        )
        try:
            await self._settled()
        except WorkflowQueryFailedError:
            return await self._refused_opening(self._handle)
        return None

    async def _refused_opening(self, handle: WorkflowHandle[Any, Any]) -> Refusal:
        try:
            await handle.result()
        except WorkflowFailureError as failure:
            return refusal_in(failure.cause)
        raise RuntimeError("a ticket that can't be asked was opened")

    async def _migrate(self, actor: Actor, to: Setting, renames: Renames) -> Refusal | None:
        now: Carries = await self._running.query(CARRIES, result_type=Carries, rpc_timeout=TIMEOUT)
        carried = unpin_calendars(now.pinned.calendars)
        pinned = to.pinned_again(carried, now.snapshot.opened_at, self._now)
        refusal = await self._take(Migrate.of(actor, pinned, renames))
        if refusal is None:
            self._setting = to
        return refusal

    async def _take(self, event: Sent | Migrate) -> Refusal | None:
        try:
            await self._running.execute_update(
                EVENT, EventEnvelope.of(event), result_type=EventResult, rpc_timeout=TIMEOUT
            )
        except WorkflowUpdateFailedError as failure:
            return refusal_in(failure.cause)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return await asyncio.to_thread(self._take_after_end, event)
        await self._settled()
        return None

    def _take_after_end(self, event: Sent | Migrate) -> Refusal | None:
        """Steps an event of an ended ticket on the records, as the edge does."""
        if not isinstance(event, Comment | Correct):
            return Refusal("ended", f"{self._key} has ended")

        def take(snapshot: Snapshot, calendars: str | None) -> Addition:
            pinned = self._setting.pinned
            carried = replace(pinned, calendars=calendars or pinned.calendars)
            added = addition(compile_pinned(carried), snapshot, event, self._now)
            if isinstance(added, Refusal):
                raise _RefusedAfterEnd(added)
            self._after_end = added.snapshot
            return added

        try:
            self._records.append(self._key, new_key(), "", take)
        except _RefusedAfterEnd as refused:
            return refused.refusal
        return None

    async def _child_ended(self, ended: ChildEnded) -> None:
        before = await self._settled()
        await self._running.signal(CHILD_ENDED, ended)
        await self._settled(after=before.snapshot.revision)

    async def _reorganize(self, changed: OrganizationChanged) -> None:
        before = (await self._settled()).snapshot
        if concerns(before, changed) and needs_a_check(self._setting.directory, before, self._now):
            await self._running.signal(ORGANIZATION_CHANGED, changed)
            await self._settled(after=before.revision)

    async def _advance_to(self, instant: Instant) -> None:
        ahead = self._clock.server_ns(instant) - await self._server_ns()
        if ahead > 0:
            await self._environment.sleep(ahead / NANOSECONDS)
        self._now = instant
        await self._settled()

    async def _settled(self, after: int = 0) -> TicketView:
        """The ticket past a revision, once everything due has fired and is on record.

        Raises RuntimeError where that takes too long.
        """
        give_up = time.monotonic() + TIMEOUT.total_seconds()
        while time.monotonic() < give_up:
            view: TicketView = await self._running.query(SNAPSHOT, result_type=TicketView, rpc_timeout=TIMEOUT)
            late = view.next_deadline is not None and view.next_deadline <= self._now
            if not late and view.unrecorded == 0 and view.snapshot.revision > after:
                await self._check_time()
                return view
            await asyncio.sleep(POLL_SECONDS)
        raise RuntimeError(f"{self._key} did not settle")

    async def _check_time(self) -> None:
        now = self._clock.at(await self._server_ns())
        if now != self._now:
            raise RuntimeError(f"this machine is too slow: it is {now - self._now} s later than in the scenario")

    async def _aligned_clock(self) -> TicketClock:
        """A clock at the start of its present second."""
        rest = -(await self._server_ns()) % (RATE * NANOSECONDS)
        await self._environment.sleep(rest / NANOSECONDS)
        present = TicketClock(0, RATE).at(await self._server_ns())
        return TicketClock(self._setting.now - present, RATE)

    async def _server_ns(self) -> int:
        return (await self._environment.get_current_time() - _EPOCH) // timedelta(microseconds=1) * 1_000

    @property
    def _running(self) -> WorkflowHandle[Any, Any]:
        if self._handle is None:
            raise RuntimeError("the ticket was not opened")
        return self._handle

    def _wait_for(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result()
