"""Compares every ticket on record with its history, and repairs what can be repaired."""

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
"""How often the comparison of a ticket is tried if the ticket changes meanwhile."""
UNKNOWN_DELIVERY = "the records were restored, and it is unknown whether this notification was sent"


class Reconciliation:
    """Compares the records of one installation with its Temporal server, and repairs them.

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
        """The counters by which numbers of existing tickets would be given out again."""
        known = self._records.numbers()
        above = highest([*running, *(f"{prefix}-{last}" for prefix, last in known.tickets.items())])
        found = []
        for prefix, number in sorted(above.items()):
            last = known.counters.get(prefix, 0)
            if last < number:
                if self._keep:
                    self._records.raise_counter(f"{prefix}-{number}")
                what = f"the last number given out is {last}, but {prefix}-{number} exists"
                found.append(self._repairable(prefix, what, f"raised to {number}"))
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
        return [
            Divergence(key, "the ticket kept changing during the comparison", "not compared: run the command again")
        ]

    async def _judged(
        self, key: str, recorded: OnRecord | None, history: Replayed | None, comparison: Comparison
    ) -> list[Divergence]:
        if history is None:
            return self._without_history(key, recorded, comparison)
        if history.failure:
            what = f"this build can't replay the history ({history.failure})"
            return [Divergence(key, what, "not compared: run the command with the build that runs the ticket")]
        if history.revision == 0 and recorded is None:
            return []  # the process has refused the opening
        found = _unmendable(key, recorded, history, comparison)
        if recorded is not None and not recorded.chain.holds and self._mode != "rebuild":
            return [*found, Divergence(key, _broken(recorded), _rebuild(key))]
        if comparison.ahead:
            return [*found, await self._settled(key, comparison)]
        if history.batches:
            return [*found, *self._restored(key, recorded, history, comparison)]
        if recorded is None and not comparison.unrecorded:
            return [*found, await self._asked(key, "the ticket is not on record", "asked to record its present state")]
        if self._mode == "rebuild":
            found.append(Divergence(key, "the history has no recorded step", "not rebuilt"))
        return found

    def _without_history(self, key: str, recorded: OnRecord | None, comparison: Comparison) -> list[Divergence]:
        if recorded is None:
            return [Divergence(key, "there is no such ticket", "check the key")]
        found = []
        if not recorded.chain.holds:
            found.append(Divergence(key, _broken(recorded), f"not repaired: {NO_HISTORY}"))
        if comparison.lost:
            what = f"the records lack {revisions(comparison.lost)}"
            found.append(Divergence(key, what, f"not repaired: {NO_HISTORY}"))
        if recorded.ended_at is None:
            what = "the ticket is open on record, but has no workflow"
            found.append(Divergence(key, what, f"not repaired: {NO_HISTORY}"))
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
            return [self._repairable(key, f"{of} of the history", "written again")]
        if recorded is None:
            of = revisions(restored.revisions)
            what = f"the ticket is not on record, but its history has {of}"
            return [self._repairable(key, what, "written again")]
        found = []
        if comparison.different:
            what = f"the records and the history differ in {revisions(comparison.different)}"
            found.append(Divergence(key, what, _rebuild(key)))
        if restored.revisions:
            what = f"the records lack {revisions(restored.revisions)}"
            found.append(self._repairable(key, what, "written again"))
        elif restored.rows:
            found.append(self._repairable(key, "rows outside the timeline differ from the history", "written again"))
        return found

    async def _settled(self, key: str, comparison: Comparison) -> Divergence:
        what = f"the records have {revisions(comparison.ahead)}, but the ticket does not"
        return await self._asked(key, what, "asked to correct its record")

    async def _asked(self, key: str, what: str, done: str) -> Divergence:
        """Asks the ticket to record its present state."""
        if self._keep:
            await self._client.get_workflow_handle(workflow_id(key)).signal(SETTLE, rpc_timeout=self._patience)
        return self._repairable(key, what, f"the ticket was {done}", f"the ticket would be {done}")

    def _repairable(self, thing: str, what: str, done: str, planned: str | None = None) -> Divergence:
        """A divergence that can be repaired. ``planned`` is the text of a dry run, in place of ``done``."""
        if self._mode == "verify":
            return Divergence(thing, what, "run `stanchion records reconcile`")
        return Divergence(thing, what, done if self._keep else planned or f"would be {done}", repaired=self._keep)

    def _notifications(self, batch: RecordBatch, history: Replayed, again: set[int] | None) -> ByRevision:
        """The notifications of a batch, with the delivery status of the history. No notification is sent again.

        A batch without a step of ``again`` gives none; None means that all batches give theirs.
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
            "the history begins with a later revision"
            if history.complete
            else "Temporal no longer keeps the workflow run that recorded them"
        )
        found.append(Divergence(key, f"the records lack {revisions(comparison.lost)}", f"not repaired: {why}"))
    if history.stopped and recorded is not None and recorded.ended_at is None:
        what = f"the ticket is open on record, but its workflow has ended ({history.stopped})"
        found.append(Divergence(key, what, "not repaired: open a new ticket"))
    if comparison.unrecorded and not history.stopped:
        what = f"the ticket has not recorded {revisions(comparison.unrecorded)} yet"
        found.append(Divergence(key, what, "wait: the ticket does so as soon as a worker and the records answer"))
    return found


def _broken(recorded: OnRecord) -> str:
    return f"the hash chain of the timeline is broken at entry {recorded.chain.broken_at}"


def _rebuild(key: str) -> str:
    return f"not repaired: `stanchion records rebuild {key}` replaces the recorded steps"


def delivered(one: Notification, delivery: Delivery | None) -> Notification:
    """A rendered notification with the delivery status of the history."""
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
