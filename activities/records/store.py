"""The records store as the rest of the program sees it: synchronous, for any thread, one short transaction a call.

Every method raises SQLAlchemy's ``OperationalError`` when the database is away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Literal

from activities.records import (
    announcing,
    bookings,
    chain,
    correlating,
    counters,
    delivering,
    figures,
    freezes,
    inspecting,
    links,
    matching,
    queries,
    service_levels,
    settling,
    waiting,
)
from activities.records.announcing import Announcement
from activities.records.answering import KeptAnswer, answers_under
from activities.records.appending import Addition, Appended, append
from activities.records.chain import ChainReport
from activities.records.counters import Allocation, TicketStart
from activities.records.database import Database
from activities.records.freezes import DeclaredFreeze
from activities.records.inspecting import OnRecord
from activities.records.outbox import ByRevision, Notification
from activities.records.queries import Filter
from activities.records.reading import (
    ApprovalRow,
    Audience,
    Counts,
    LevelRow,
    Page,
    TicketRecord,
    TicketRow,
    TimelineEntry,
)
from activities.records.record import record, record_all, revisions_missing
from activities.records.restoring import Batches, Booked, Restored, restore
from activities.records.settling import Unsettled
from activities.records.shapes import Booking, Counted, InTheWay, Match, TicketQuery
from activities.records.tables import written
from activities.records.tasks import TaskRow, open_tasks
from activities.records.titles import Titles
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.contracts import NumberedStart, RecordBatch, RecordResult
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.snapshot import Snapshot

ALL = Filter()


class Records:
    """The records of all tickets, for years. The tables must exist: see ``migrate``."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self._database = Database(url, durable=durable)

    def close(self) -> None:
        """Closes every connection."""
        self._database.close()

    def record(self, batch: RecordBatch, notifications: ByRevision) -> RecordResult:
        """Writes macrosteps in one transaction; recorded macrosteps stay as they are."""
        return record(self._database, batch, notifications)

    def record_all(self, batches: Sequence[tuple[RecordBatch, ByRevision]]) -> None:
        """Writes batches that belong together, in order: all of them or none."""
        record_all(self._database, batches)

    def append(
        self, ticket: str, key: str, request_hash: str, take: Callable[[Snapshot, str | None], Addition]
    ) -> Appended | None:
        """Writes a step on an ended ticket, once for a ``key``; None where there is no ended ticket of this key."""
        return append(self._database, ticket, key, request_hash, take)

    def prove_writable(self, by: str, at: Instant, patience: float) -> None:
        """Writes one row; waits ``patience`` seconds for another writer. Raises SQLAlchemy errors where it fails."""
        with self._database.write(outlasts_power=False, patience=patience) as connection:
            self._database.replace(connection, written, ("by",), [{"by": by, "at": at}])

    def doubt(self, before: Instant) -> int:
        """Puts every unconfirmed record in doubt that was written before this time; returns their number."""
        with self._database.write() as connection:
            return settling.doubt(connection, before)

    def unsettled(self, before: Instant, after: str, limit: int) -> tuple[Unsettled, ...]:
        """Unconfirmed records that were written before this time, by key after ``after``."""
        with self._database.read() as connection:
            return settling.unsettled(connection, before, after, limit)

    def restore(
        self,
        batches: Batches,
        *,
        booked: Booked = (),
        start: NumberedStart | None = None,
        anew: bool = False,
        keep: bool = True,
    ) -> Restored:
        """Writes the steps of a ticket that are not on record. Raises NewerRecordError."""
        return restore(self._database, batches, booked=booked, start=start, anew=anew, keep=keep)

    def on_record(self, key: str) -> OnRecord | None:
        """A ticket as the records have it, for comparison with its history; None if the ticket is not on record."""
        with self._database.read() as connection:
            return inspecting.on_record(connection, key)

    def keys(self, after: str, limit: int) -> Sequence[str]:
        """The keys of recorded tickets after this key, sorted."""
        with self._database.read() as connection:
            return inspecting.keys(connection, after, limit)

    def numbers(self) -> inspecting.Numbers:
        """The last number that was given out, and the highest number on record, by prefix."""
        with self._database.read() as connection:
            return inspecting.numbers(connection)

    def raise_counter(self, key: str) -> None:
        """Raises the counter of a prefix to the number of this key, unless it is higher already."""
        with self._database.write() as connection:
            counters.raise_counter(self._database, connection, key)

    def settle(self, record: Unsettled) -> None:
        """Confirms a record, unless a later workflow task has written since."""
        with self._database.write(outlasts_power=False) as connection:
            settling.settle(connection, record)

    def answers_under(self, key: str) -> tuple[KeptAnswer, ...]:
        """The answers that requests with this idempotency key have had, one for each ticket."""
        with self._database.read() as connection:
            return answers_under(connection, key)

    def allocated(self, scope: str, start_key: str, body_hash: str) -> Allocation | None:
        """The earlier allocation of a start; None for a new start."""
        with self._database.read() as connection:
            return counters.allocated(connection, scope, start_key, body_hash)

    def allocate(self, start: TicketStart) -> Allocation:
        """The ticket key of a start: the same for ever for the same ``scope`` and ``start_key``."""
        return counters.allocate(self._database, start)

    def renumber(self, scope: str, start_key: str, taken: str, ahead: int) -> str:
        """The key of a start, another than ``taken``: its number is ``ahead`` beyond the last."""
        return counters.renumber(self._database, scope, start_key, taken, ahead)

    def start_of(self, ticket: str) -> tuple[str, str] | None:
        """The scope and the key of the start that a ticket was numbered for; None for a ticket without one."""
        with self._database.read() as connection:
            return counters.start_of(connection, ticket)

    def holder(self, process: str, correlation: str) -> str | None:
        """The open ticket of a process that holds a correlation, or None."""
        with self._database.read() as connection:
            return correlating.holder(connection, process, correlation)

    def free_correlation(self, ticket: str) -> None:
        """Releases the correlation keys of a ticket that was never opened."""
        with self._database.write() as connection:
            correlating.free(connection, ticket)

    def open_with(self, process: str, values: Mapping[str, Json]) -> tuple[str, ...]:
        """The open tickets of a process whose fields have these values, the oldest first; null is an unset field."""
        with self._database.read() as connection:
            return correlating.open_with(connection, process, values)

    def occurrence(self, scope: str, event: str) -> Json:
        """The plan of an event from outside; None for a new event."""
        with self._database.read() as connection:
            return correlating.plan_of(connection, scope, event)

    def keep_occurrence(self, scope: str, event: str, plan: Json, at: Instant) -> Json:
        """Keeps the plan of an event; returns the one that stands: this plan, or an earlier one of the same event."""
        return correlating.keep_plan(self._database, scope, event, plan, at)

    def get(self, key: str) -> TicketRecord | None:
        """One ticket; None where it is not on record."""
        with self._database.read() as connection:
            return queries.get(connection, key)

    def definition(self, digest: str) -> str | None:
        """The packed definition of a digest; None where no ticket has recorded it."""
        with self._database.read() as connection:
            return queries.definition(connection, digest)

    def seen_by(self, key: str) -> Audience | None:
        """The viewers of a ticket, and its process; None where it is not on record."""
        with self._database.read() as connection:
            return queries.seen_by(connection, key)

    def list(self, wanted: Filter = ALL, *, limit: int = 50, cursor: str | None = None) -> Page[TicketRow]:
        """Tickets, newest first. Raises BadCursorError."""
        with self._database.read() as connection:
            return queries.list_tickets(connection, wanted, limit, cursor)

    def levels_of(self, keys: Iterable[str]) -> Mapping[str, Sequence[LevelRow]]:
        """The current run of each started service level of these tickets, by ticket key."""
        with self._database.read() as connection:
            return service_levels.levels_of(connection, keys)

    def timeline(
        self,
        key: str,
        *,
        limit: int = 100,
        cursor: str | None = None,
        internal: bool = True,
        kinds: Sequence[str] = (),
        until: int | None = None,
    ) -> Page[TimelineEntry]:
        """Audit entries until a revision, oldest first; comments have the kind ``comment``. Raises BadCursorError."""
        with self._database.read() as connection:
            return queries.timeline(connection, key, limit, cursor, internal=internal, kinds=kinds, until=until)

    def outbox(
        self, *, ticket: str | None = None, person: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> Page[Notification]:
        """Notifications in every state of delivery, newest first. Raises BadCursorError."""
        with self._database.read() as connection:
            return queries.outbox(connection, limit, cursor, ticket=ticket, person=person)

    def approvals(
        self,
        *,
        person: str | None = None,
        ticket: str | None = None,
        status: Literal["open"] | None = "open",
        titles: Titles | None = None,
    ) -> tuple[ApprovalRow, ...]:
        """Approval requests, the most urgent first; with ``status=None``, answered and withdrawn requests too."""
        with self._database.read() as connection:
            return queries.approvals_of(connection, person=person, ticket=ticket, status=status, titles=titles)

    def open_tasks(self, assignees: Collection[str], *, titles: Titles | None = None) -> Sequence[TaskRow]:
        """Open tasks of these bound principals, the most urgent first."""
        with self._database.read() as connection:
            return open_tasks(connection, assignees, titles)

    def waiting_for_people(
        self, changed: OrganizationChanged, after: str, limit: int, checks: Callable[[Snapshot], bool]
    ) -> tuple[tuple[str, ...], str | None]:
        """Open tickets that the change concerns, by key after ``after``, and the key to continue after, or None."""
        with self._database.read() as connection:
            return waiting.waiting(connection, changed, after, limit, checks)

    def counts(self, wanted: Filter = ALL) -> Counts:
        """The number of tickets by process and by state."""
        with self._database.read() as connection:
            return queries.counts(connection, wanted)

    def pointing_to(self, key: str, link: str) -> tuple[str, ...]:
        """Keys of open tickets whose field ``link`` holds this one, sorted."""
        with self._database.read() as connection:
            return tuple(ticket for _, ticket in links.pointing_to(connection, key, link))

    def matching(self, wanted: TicketQuery) -> Sequence[Match]:
        """Tickets by keys or field values: open tickets first, then the newest."""
        with self._database.read() as connection:
            return matching.matching(connection, wanted)

    def touched(self, start: Instant, end: Instant, processes: Collection[str]) -> Sequence[Counted]:
        """Tickets of these processes that were open at some moment of [start, end)."""
        with self._database.read() as connection:
            return tuple(figures.touched(connection, start, end, processes))

    def book(self, wanted: Booking, services: Collection[str], above: Collection[str], *, may: bool) -> InTheWay:
        """Books a window for a ticket in place of its earlier booking, or returns the conflicts.

        Conflicts are bookings of any of ``services``, and declared freezes of the service or of services ``above`` it.
        """
        held = {wanted.service, *above}
        holding = partial(freezes.holding, services=held, start=wanted.starts_at, end=wanted.ends_at)
        return bookings.book(self._database, wanted, services, holding, may=may)

    def declare_freeze(
        self, wanted: DeclaredFreeze, announcing: freezes.Announcing, request: freezes.FreezeRequest | None = None
    ) -> DeclaredFreeze:
        """Writes a freeze with its announcement. Raises FreezeTakenError and KeyReusedError."""
        return freezes.declare(self._database, wanted, request, announcing)

    def lift_freeze(
        self,
        id_: str,
        lifted: freezes.Lifted,
        announcing: freezes.Announcing,
        request: freezes.FreezeRequest | None = None,
    ) -> DeclaredFreeze | None:
        """Lifts a freeze, with its announcement; None for an unknown freeze. Raises KeyReusedError."""
        return freezes.lift(self._database, id_, lifted, request, announcing)

    def freeze(self, id_: str) -> DeclaredFreeze | None:
        """A declared freeze, also where it is over or lifted."""
        with self._database.read() as connection:
            return freezes.get(connection, id_)

    def declared_freezes(self, since: Instant | None = None) -> Sequence[DeclaredFreeze]:
        """Declared freezes by their beginning: those that hold after ``since``; with None every freeze."""
        with self._database.read() as connection:
            return freezes.listed(connection, since)

    def announce_change(
        self, name: str, content: Json, describe: Callable[[Json, str], Announcement]
    ) -> Announcement | None:
        """Announces content that differs from the last one under this name; None where it does not."""
        return announcing.announce_change(self._database, name, content, describe)

    def announcements_due(self, now: Instant) -> Sequence[Announcement]:
        """Due announcements, the oldest first."""
        with self._database.read() as connection:
            return announcing.due(connection, now)

    def announcement_told(self, id_: str, at: Instant) -> None:
        """Marks an announcement that every ticket has."""
        with self._database.write() as connection:
            announcing.told(connection, id_, at)

    def verify_chain(self, key: str) -> ChainReport:
        """Verifies the hash chain of a ticket's audit entries."""
        with self._database.read() as connection:
            return chain.verify_chain(connection, key)

    def revisions_missing(self, key: str) -> int:
        """The number of macrosteps between the first and the newest that were never recorded."""
        with self._database.read() as connection:
            return revisions_missing(connection, key)

    def notifications_by_id(self, ids: Sequence[str]) -> Sequence[Notification]:
        """Notifications in the order of their steps."""
        with self._database.read() as connection:
            return delivering.by_id(connection, ids)

    def claim(self, ids: Sequence[str], now: Instant, until: Instant) -> Sequence[str]:
        """Claims notifications: the ids that this caller alone may send until ``until``.

        A claim may be lost with the power: what is sent without a trace of it is sent again either way.
        """
        with self._database.write(outlasts_power=False) as connection:
            return delivering.claim(connection, ids, now, until)

    def sent(self, ids: Sequence[str], at: Instant) -> None:
        """Marks notifications as sent."""
        with self._database.write() as connection:
            delivering.sent(connection, ids, at)

    def not_sent(self, ids: Sequence[str], error: str, *, final: bool) -> None:
        """Writes a failed attempt; with ``final`` it is the last attempt."""
        with self._database.write() as connection:
            delivering.not_sent(connection, ids, error, final=final)
