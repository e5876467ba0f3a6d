"""Compares every ticket on record with its history, and mends what can be mended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from temporalio.client import Client

from activities.records.counters import KEY_FORM
from activities.records.inspecting import OnRecord, highest
from activities.records.outbox import ByRevision, Notification
from activities.records.restoring import Batches, NewerRecordError
from activities.records.store import Records
from api.reconciliation.divergences import NO_HISTORY, Comparison, Divergence, compared, revisions
from api.reconciliation.replayed import Delivery, Replayed, replayed
from api.tickets.histories import BadHistoryError, NoHistoryError, runs_of
from workflows.contracts import RecordBatch
from workflows.ticket.names import SETTLE, ticket_key, workflow_id

Mode = Literal["verify", "reconcile", "rebuild"]
PAGE = 500
TRIES = 3
"""How often a ticket is looked at that goes on meanwhile."""
UNKNOWN_DELIVERY = "the records were restored, and nobody knows whether this was sent"


class Reconciliation:
    """The records of one installation beside its Temporal server.

    ``notify`` renders the notifications of a batch. ``keep`` is false for a dry run.
    """

    def __init__(
        self,
        client: Client,
        records: Records,
        task_queue: str,
        notify: Callable[[RecordBatch], ByRevision],
        *,
        seconds: float = 10.0,
        mode: Mode = "verify",
        keep: bool = True,
    ) -> None:
        self._client = client
        self._records = records
        self._task_queue = task_queue
        self._notify = notify
        self._patience = timedelta(seconds=seconds)
        self._mode = mode
        self._keep = keep and mode != "verify"
        self.looked_at = 0
        """The number of tickets that were compared."""

    async def all(self) -> AsyncIterator[Divergence]:
        """The divergences of all tickets, and of the counters. Raises what the client and the records raise."""
        running = await self._running()
        for divergence in self._counters(running):
            yield divergence
        known = {*running, *self._recorded()}
        async for divergence in self.of(sorted(known, key=_place)):
            yield divergence

    async def of(self, keys: Sequence[str]) -> AsyncIterator[Divergence]:
        """The divergences of these tickets."""
        for key in keys:
            self.looked_at += 1
            for divergence in await self._ticket(key):
                yield divergence

    async def _running(self) -> set[str]:
        """The keys of the tickets whose workflow Temporal still keeps."""
        found: set[str] = set()
        async for one in self._client.list_workflows(f"TaskQueue = '{self._task_queue}'"):
            try:
                key = ticket_key(one.id)
            except ValueError:
                continue
            if KEY_FORM.fullmatch(key):  # others are workflows in Python
                found.add(key)
        return found

    def _recorded(self) -> set[str]:
        found: set[str] = set()
        after = ""
        while page := self._records.keys(after, PAGE):
            found.update(page)
            after = page[-1]
        return found

    def _counters(self, running: set[str]) -> list[Divergence]:
        """Numbers that would be given out again."""
        known = self._records.numbers()
        above = highest([*running, *(f"{prefix}-{last}" for prefix, last in known.tickets.items())])
        found = []
        for prefix, number in sorted(above.items()):
            last = known.counters.get(prefix, 0)
            if last < number:
                if self._keep:
                    self._records.raise_counter(f"{prefix}-{number}")
                what = f"the last number given out is {last}, and {prefix}-{number} exists"
                found.append(self._mendable(prefix, what, f"raised to {number}"))
        return found

    async def _ticket(self, key: str) -> list[Divergence]:
        for tried in range(1, TRIES + 1):
            try:
                histories = await runs_of(self._client, key, self._patience)
                history: Replayed | None = await replayed(histories)
            except NoHistoryError:
                history = None
            except BadHistoryError:
                return []  # the workflow of another program has this id
            recorded = self._records.on_record(key)
            comparison = compared(recorded, history)
            if comparison.ahead and tried < TRIES:
                continue  # the ticket may have gone on between the two looks
            try:
                return await self._judged(key, recorded, history, comparison)
            except NewerRecordError:
                continue
        return [Divergence(key, "it goes on while it is compared", "not mended: repeat the command")]

    async def _judged(
        self, key: str, recorded: OnRecord | None, history: Replayed | None, comparison: Comparison
    ) -> list[Divergence]:
        if history is None:
            return self._without_history(key, recorded, comparison)
        if history.failure:
            return [Divergence(key, f"this build can't replay its history ({history.failure})", "not compared")]
        if history.revision == 0 and recorded is None:
            return []  # its process has refused the opening
        found = _unmendable(key, recorded, history, comparison)
        if recorded is not None and not recorded.chain.holds and self._mode != "rebuild":
            what = f"the chain of its timeline is broken at entry {recorded.chain.broken_at}"
            return [*found, Divergence(key, what, f"left as it is: `stanchion records rebuild {key}` replaces it")]
        if comparison.ahead:
            return [*found, await self._settled(key, comparison)]
        if history.batches:
            return [*found, *self._restored(key, recorded, history, comparison)]
        if recorded is None and not comparison.unrecorded:
            return [*found, await self._asked(key, "it is not on record", "asked the ticket to record itself as it is")]
        if self._mode == "rebuild":
            found.append(Divergence(key, "its history has no step", "left as it is"))
        return found

    def _without_history(self, key: str, recorded: OnRecord | None, comparison: Comparison) -> list[Divergence]:
        if recorded is None:
            return [Divergence(key, "there is no such ticket", "nothing done")]
        found = []
        if not recorded.chain.holds:
            what = f"the chain of its timeline is broken at entry {recorded.chain.broken_at}"
            found.append(Divergence(key, what, f"not mended: {NO_HISTORY}"))
        if comparison.lost:
            what = f"{revisions(comparison.lost)} missing"
            found.append(Divergence(key, what, f"not mended: {NO_HISTORY}"))
        if recorded.ended_at is None:
            found.append(Divergence(key, "it is open on record, and has no workflow", f"not mended: {NO_HISTORY}"))
        return found

    def _restored(
        self, key: str, recorded: OnRecord | None, history: Replayed, comparison: Comparison
    ) -> list[Divergence]:
        anew = self._mode == "rebuild"
        again = None if anew else set(comparison.missing)
        batches: Batches = [(batch, self._notifications(batch, history, again)) for batch in history.batches]
        restored = self._records.restore(
            batches, booked=history.booked, start=history.start, anew=anew, keep=self._keep
        )
        if anew:
            of = revisions(restored.revisions)
            return [self._mendable(key, f"{of} as the history has them", "written again")]
        if recorded is None:
            of = revisions(restored.revisions)
            return [self._mendable(key, f"it is not on record, and its history has {of}", "written again")]
        found = []
        if comparison.different:
            what = f"{revisions(comparison.different)} on record differ from the history"
            found.append(Divergence(key, what, f"left as it is: `stanchion records rebuild {key}` replaces it"))
        if restored.revisions:
            found.append(self._mendable(key, f"{revisions(restored.revisions)} missing", "written again"))
        elif restored.rows:
            found.append(self._mendable(key, "its rows besides the timeline differ from the ticket", "written again"))
        return found

    async def _settled(self, key: str, comparison: Comparison) -> Divergence:
        what = f"the records have {revisions(comparison.ahead)}, which the ticket has not"
        return await self._asked(key, what, "asked the ticket to take them back")

    async def _asked(self, key: str, what: str, done: str) -> Divergence:
        """Has the ticket record itself as it is."""
        if self._keep:
            await self._client.get_workflow_handle(workflow_id(key)).signal(SETTLE, rpc_timeout=self._patience)
        return self._mendable(key, what, done)

    def _mendable(self, thing: str, what: str, done: str) -> Divergence:
        if self._mode == "verify":
            return Divergence(thing, what, "`stanchion records reconcile` mends it")
        return Divergence(thing, what, done if self._keep else f"to be {done}", mended=self._keep)

    def _notifications(self, batch: RecordBatch, history: Replayed, again: set[int] | None) -> ByRevision:
        """The notifications of a batch, with what the history knows of their delivery: none is sent again.

        Only batches with a step of ``again`` have any; None means all of them.
        """
        of_batch = {step.revision for step in batch.steps}
        if self._mode == "verify" or (again is not None and again.isdisjoint(of_batch)):
            return {}
        return {
            revision: [delivered(one, history.deliveries.get(one.id)) for one in rows]
            for revision, rows in self._notify(batch).items()
        }


def _unmendable(key: str, recorded: OnRecord | None, history: Replayed, comparison: Comparison) -> list[Divergence]:
    found = []
    if comparison.lost:
        why = (
            "its history begins with a later revision"
            if history.complete
            else "Temporal no longer keeps the run that made them"
        )
        found.append(Divergence(key, f"{revisions(comparison.lost)} missing", f"not mended: {why}"))
    if history.stopped and recorded is not None and recorded.ended_at is None:
        what = f"it is open on record, and its workflow was {history.stopped}"
        found.append(Divergence(key, what, "not mended: start it again by hand"))
    if comparison.unrecorded and not history.stopped:
        what = f"{revisions(comparison.unrecorded)} not recorded yet"
        found.append(Divergence(key, what, "the ticket itself records them when a worker and the records answer"))
    return found


def delivered(one: Notification, delivery: Delivery | None) -> Notification:
    """A rendered notification with the status that the history knows."""
    if one.status != "pending":
        return one
    if delivery is None:  # the channel was configured later
        return replace(one, status="outbox")
    if not delivery.over:
        return one
    if delivery.sent_at is None:
        return replace(one, status="failed", error=UNKNOWN_DELIVERY)
    return replace(one, status="sent", delivered_at=delivery.sent_at)


def _place(key: str) -> tuple[str, int]:
    """The order of keys: by prefix and number."""
    match = KEY_FORM.fullmatch(key)
    return (match[1], int(match[2])) if match else (key, 0)
