"""An incident written by hand as a plain Temporal workflow: what a ticket of ours is measured against.

It gives the same guarantees where it can: an update is answered once its record is in a store that survives a power
cut, a notification is an activity that is retried, an incident that stays resolved for five days closes by itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

PATIENCE = timedelta(days=5)
MOVES = {
    ("new", "start"): "in_progress",
    ("in_progress", "resolve"): "resolved",
    ("resolved", "reopen"): "in_progress",
    ("resolved", "close"): "closed",
}
REQUIRED = {"resolve": ("resolution_code", "resolution")}


@dataclass(frozen=True)
class Opening:
    key: str
    caller: str
    service: str
    summary: str


@dataclass(frozen=True)
class Change:
    event: str
    actor: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    key: str
    revision: int
    state: str


@dataclass(frozen=True)
class Entry:
    """What the store is told of one change; ``told`` are the people to write to, and with ``mails`` somebody does."""

    answer: Answer
    event: str
    actor: str
    at: float
    fields: dict[str, str]
    told: str


@workflow.defn
class Incident:
    """One incident. ``mails``: notifications are sent by an activity of their own, not only kept with the record."""

    @workflow.init
    def __init__(self, opening: Opening, mails: bool) -> None:
        self._mails = mails
        self._key = opening.key
        self._caller = opening.caller
        self._state = "new"
        self._revision = 0
        self._fields = {"summary": opening.summary, "service": opening.service, "caller": opening.caller}
        self._sending: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, opening: Opening, mails: bool) -> str:
        await self._happened("opened", opening.caller)
        while self._state != "closed":
            if self._state != "resolved":
                await workflow.wait_condition(lambda: self._state in ("resolved", "closed"))
                continue
            try:
                await workflow.wait_condition(lambda: self._state != "resolved", timeout=PATIENCE)
            except TimeoutError:
                self._state = "closed"
                await self._happened("closed by time", "engine")
        await workflow.wait_condition(workflow.all_handlers_finished)
        await asyncio.gather(*self._sending)
        return self._state

    @workflow.update
    async def change(self, change: Change) -> Answer:
        self._state = MOVES[self._state, change.event]
        self._fields |= change.fields
        return await self._happened(change.event, change.actor)

    @change.validator
    def allowed(self, change: Change) -> None:
        if (self._state, change.event) not in MOVES:
            raise ApplicationError(f"{change.event} is not possible now", type="unknown_event")
        if any(not change.fields.get(name) for name in REQUIRED.get(change.event, ())):
            raise ApplicationError("something is missing", type="missing_fields")

    async def _happened(self, event: str, actor: str) -> Answer:
        self._revision += 1
        answer = Answer(self._key, self._revision, self._state)
        entry = Entry(answer, event, actor, workflow.now().timestamp(), dict(self._fields), self._caller)
        await workflow.execute_local_activity(
            "record",
            entry,
            schedule_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
        )
        if self._mails:
            self._sending.append(asyncio.create_task(self._notify(entry)))
        return answer

    async def _notify(self, entry: Entry) -> None:
        await workflow.execute_activity(
            "notify",
            entry,
            start_to_close_timeout=timedelta(minutes=5),
            schedule_to_close_timeout=timedelta(hours=6),
        )
