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
    links,
    matching,
    queries,
    service_levels,
    waiting,
)
from activities.records.announcing import Announcement
from activities.records.appending import Addition, Appended, append
from activities.records.chain import ChainReport
from activities.records.counters import Allocation, Start
from activities.records.database import Database
from activities.records.freezes import DeclaredFreeze
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
from activities.records.shapes import Booking, Counted, InTheWay, Match, Wanted
from activities.records.tasks import TaskRow, open_tasks
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.contracts import RecordBatch, RecordResult
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.snapshot import Snapshot

ALL = Filter()


class Records:
    """All tickets, for years. The tables must be there: see ``migrate``."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self._database = Database(url, durable=durable)

    def close(self) -> None:
        """Gives back every connection."""
        self._database.close()

    def record(self, batch: RecordBatch, notifications: ByRevision) -> RecordResult:
        """Writes macrosteps in one transaction; what is there already stays as it is."""
        return record(self._database, batch, notifications)

    def record_all(self, batches: Sequence[tuple[RecordBatch, ByRevision]]) -> None:
        """The same for batches that belong together, in order: all of them or none."""
        record_all(self._database, batches)

    def append(
        self, ticket: str, key: str, request_hash: str, take: Callable[[Snapshot, str | None], Addition]
    ) -> Appended | None:
        """Writes a step on an ended ticket, once for a ``key``; None where there is no ended ticket of this name."""
        return append(self._database, ticket, key, request_hash, take)

    def allocated(self, scope: str, start_key: str, body_hash: str) -> Allocation | None:
        """What a start got before; None for one that is new."""
        with self._database.read() as connection:
            return counters.allocated(connection, scope, start_key, body_hash)

    def allocate(self, start: Start) -> Allocation:
        """The ticket key of a start: the same for ever for the same ``scope`` and ``start_key``."""
        return counters.allocate(self._database, start)

    def holder(self, process: str, correlation: str) -> str | None:
        """The open ticket of a process that holds a correlation, or None."""
        with self._database.read() as connection:
            return correlating.holder(connection, process, correlation)

    def free_correlation(self, ticket: str) -> None:
        """Gives back what a ticket holds that never came to be."""
        with self._database.write() as connection:
            correlating.free(connection, ticket)

    def open_with(self, process: str, values: Mapping[str, Json]) -> tuple[str, ...]:
        """The open tickets of a process whose fields have these values, the oldest first; null is an unset field."""
        with self._database.read() as connection:
            return correlating.open_with(connection, process, values)

    def occurrence(self, scope: str, event: str) -> Json:
        """What was planned for an event from outside when it first came; None for one that is new."""
        with self._database.read() as connection:
            return correlating.plan_of(connection, scope, event)

    def keep_occurrence(self, scope: str, event: str, plan: Json, at: Instant) -> Json:
        """Keeps what is planned for an event, unless that has been done before: the plan that stands."""
        return correlating.keep_plan(self._database, scope, event, plan, at)

    def get(self, key: str) -> TicketRecord | None:
        """One ticket, or None."""
        with self._database.read() as connection:
            return queries.get(connection, key)

    def seen_by(self, key: str) -> Audience | None:
        """Who may see a ticket, and its process; None where it is not on record."""
        with self._database.read() as connection:
            return queries.seen_by(connection, key)

    def list(self, wanted: Filter = ALL, *, limit: int = 50, cursor: str | None = None) -> Page[TicketRow]:
        """Tickets, newest first. Raises BadCursorError."""
        with self._database.read() as connection:
            return queries.list_tickets(connection, wanted, limit, cursor)

    def levels_of(self, keys: Iterable[str]) -> Mapping[str, Sequence[LevelRow]]:
        """The service levels of these tickets that have started, by their keys: of each the run that counts."""
        with self._database.read() as connection:
            return service_levels.levels_of(connection, keys)

    def timeline(
        self, key: str, *, limit: int = 100, cursor: str | None = None, internal: bool = True, kinds: Sequence[str] = ()
    ) -> Page[TimelineEntry]:
        """Audit entries, oldest first; comments are those of kind ``comment``. Raises BadCursorError."""
        with self._database.read() as connection:
            return queries.timeline(connection, key, limit, cursor, internal=internal, kinds=kinds)

    def outbox(
        self, *, ticket: str | None = None, person: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> Page[Notification]:
        """Notifications, newest first, whatever became of them. Raises BadCursorError."""
        with self._database.read() as connection:
            return queries.outbox(connection, limit, cursor, ticket=ticket, person=person)

    def approvals(
        self, *, person: str | None = None, ticket: str | None = None, status: Literal["open"] | None = "open"
    ) -> tuple[ApprovalRow, ...]:
        """Requests to approve, the most urgent first; ``status=None``: answered and withdrawn ones too."""
        with self._database.read() as connection:
            return queries.approvals_of(connection, person=person, ticket=ticket, status=status)

    def open_tasks(self, assignees: Collection[str]) -> Sequence[TaskRow]:
        """Open tasks of these bound principals, the most urgent first."""
        with self._database.read() as connection:
            return open_tasks(connection, assignees)

    def waiting_for_people(
        self, changed: OrganizationChanged, after: str, limit: int
    ) -> tuple[tuple[str, ...], str | None]:
        """Open tickets that this change concerns, by key from ``after`` on; and after which to go on, or None."""
        with self._database.read() as connection:
            return waiting.waiting(connection, changed, after, limit)

    def counts(self, wanted: Filter = ALL) -> Counts:
        """How many tickets, by process and by state."""
        with self._database.read() as connection:
            return queries.counts(connection, wanted)

    def pointing_to(self, key: str, link: str) -> tuple[str, ...]:
        """Keys of open tickets whose field ``link`` holds this one, sorted."""
        with self._database.read() as connection:
            return tuple(ticket for _, ticket in links.pointing_to(connection, key, link))

    def matching(self, wanted: Wanted) -> Sequence[Match]:
        """Tickets by keys, or by the values of their fields: open ones first, then the newest."""
        with self._database.read() as connection:
            return matching.matching(connection, wanted)

    def touched(self, start: Instant, end: Instant, processes: Collection[str]) -> Sequence[Counted]:
        """Tickets of these processes that were open at some moment of [start, end)."""
        with self._database.read() as connection:
            return tuple(figures.touched(connection, start, end, processes))

    def book(self, wanted: Booking, services: Collection[str], above: Collection[str], *, may: bool) -> InTheWay:
        """Books a window for a ticket, in place of what it had; answers what is in the way.

        That are bookings of any of ``services``, and declared freezes of the service or of what is ``above`` it.
        """
        held = {wanted.service, *above}
        holding = partial(freezes.holding, services=held, start=wanted.starts_at, end=wanted.ends_at)
        return bookings.book(self._database, wanted, services, holding, may=may)

    def declare_freeze(
        self, wanted: DeclaredFreeze, announcing: freezes.Announcing, request: freezes.Request | None = None
    ) -> DeclaredFreeze:
        """Keeps a freeze with its announcement. Raises FreezeTakenError and KeyReusedError."""
        return freezes.declare(self._database, wanted, request, announcing)

    def lift_freeze(
        self, id_: str, lifted: freezes.Lifted, announcing: freezes.Announcing, request: freezes.Request | None = None
    ) -> DeclaredFreeze | None:
        """Ends a freeze, with its announcement; None where there is none. Raises KeyReusedError."""
        return freezes.lift(self._database, id_, lifted, request, announcing)

    def freeze(self, id_: str) -> DeclaredFreeze | None:
        """A declared freeze, also one that is over or was lifted."""
        with self._database.read() as connection:
            return freezes.get(connection, id_)

    def declared_freezes(self, since: Instant | None = None) -> Sequence[DeclaredFreeze]:
        """Declared freezes by their beginning: those that hold after ``since``; with None all that ever were."""
        with self._database.read() as connection:
            return freezes.listed(connection, since)

    def announce_change(
        self, name: str, content: Json, describe: Callable[[Json, str], Announcement]
    ) -> Announcement | None:
        """Announces what differs from what was last there under this name; None where nothing does."""
        return announcing.announce_change(self._database, name, content, describe)

    def announcements_due(self, now: Instant) -> Sequence[Announcement]:
        """What is to be told to tickets, the oldest first."""
        with self._database.read() as connection:
            return announcing.due(connection, now)

    def announcement_told(self, id_: str, at: Instant) -> None:
        """Every ticket that it is for has been told."""
        with self._database.write() as connection:
            announcing.told(connection, id_, at)

    def verify_chain(self, key: str) -> ChainReport:
        """Whether the audit of a ticket is what was written."""
        with self._database.read() as connection:
            return chain.verify_chain(connection, key)

    def revisions_missing(self, key: str) -> int:
        """How many macrosteps between the first and the newest were never recorded."""
        with self._database.read() as connection:
            return revisions_missing(connection, key)

    def notifications_by_id(self, ids: Sequence[str]) -> Sequence[Notification]:
        """Notifications in the order in which they arose."""
        with self._database.read() as connection:
            return delivering.by_id(connection, ids)

    def claim(self, ids: Sequence[str], now: Instant, until: Instant) -> Sequence[str]:
        """The ids that this caller may send now, and nobody else until ``until``.

        A claim may be lost with the power: what is sent without a trace of it is sent again either way.
        """
        with self._database.write(outlasts_power=False) as connection:
            return delivering.claim(connection, ids, now, until)

    def sent(self, ids: Sequence[str], at: Instant) -> None:
        """They are out."""
        with self._database.write() as connection:
            delivering.sent(connection, ids, at)

    def not_sent(self, ids: Sequence[str], error: str, *, final: bool) -> None:
        """An attempt failed; ``final``: the last one."""
        with self._database.write() as connection:
            delivering.not_sent(connection, ids, error, final=final)
