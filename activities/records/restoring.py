"""Writes steps again that the records have lost, for records that were restored from an older backup.

A replay of a ticket's history gives every batch that its workflow has recorded. The missing steps get their places in
the timeline, and the chain is computed again from the first of them on; earlier entries keep their hashes. Entries that
only the records hold stay: notes of steps that were taken back, and additions after the ticket's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from activities.records import correlating, outbox
from activities.records.answering import write_answers
from activities.records.counters import raise_counter
from activities.records.database import Database
from activities.records.outbox import ByRevision
from activities.records.record import Chain, append_audit, entries_of, replace_parts, row_of, write_definition
from activities.records.service_levels import write_runs
from activities.records.shapes import Booking
from activities.records.tables import (
    approvals,
    audit,
    bookings,
    correlations,
    macrosteps,
    service_levels,
    starts,
    tasks,
    ticket_links,
    ticket_participants,
    ticket_states,
    tickets,
)
from activities.records.taking_back import content_of
from activities.records.text import GENESIS, storable
from definitions.schema.model import Json
from workflows.contracts import NumberedStart, RecordBatch, RecordedStep
from workflows.engine.model.timeline.ticket_entries import StepsTakenBack

Batches = Sequence[tuple[RecordBatch, ByRevision]]
"""The batches of one ticket in order, each with the notifications of its steps."""
Booked = Sequence[Booking | None]
LISTS = (
    approvals,
    bookings,
    correlations,
    service_levels,
    starts,
    tasks,
    ticket_links,
    ticket_participants,
    ticket_states,
)
"""The tables whose rows follow from the start and the steps of a ticket."""
OF_WRITING = ("workflow_task", "written_at", "in_doubt", "audit_entries", "audit_hash", "calendars")
"""Columns of a ticket's row that describe how the row was written, not what the ticket is."""


class NewerRecordError(Exception):
    """The records have a step that is newer than the history: the caller must fetch the history again."""


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a restore: what was written."""

    revisions: tuple[int, ...] = ()
    rows: bool = False
    """Whether rows of lists differed from the history, apart from the rows of missing steps."""


class _NotKeptError(Exception):
    """Rolls back the transaction of a dry run; carries its result."""

    def __init__(self, restored: Restored) -> None:
        self.restored = restored


def restore(
    database: Database,
    batches: Batches,
    *,
    booked: Booked = (),
    start: NumberedStart | None = None,
    anew: bool = False,
    keep: bool = True,
) -> Restored:
    """Writes the steps of a ticket that are not on record, and all rows that follow from them.

    ``booked`` holds the results of the ticket's bookings in order; the last booking counts. ``start`` is the start for
    which the ticket was numbered. With ``anew``, each step of the batches replaces the recorded step of its revision.
    Without ``keep``, nothing is changed, and the result says what would change. Raises NewerRecordError.
    """
    try:
        with database.write() as connection:
            restored = _Restoring(database, connection, batches, booked, start, anew=anew).write()
            if not keep:
                raise _NotKeptError(restored)
    except _NotKeptError as found:
        return found.restored
    return restored


class _Restoring:
    """The restore of one ticket, in one transaction."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        batches: Batches,
        booked: Booked,
        start: NumberedStart | None,
        *,
        anew: bool,
    ) -> None:
        self._database, self._connection = database, connection
        self._batches, self._newest = batches, batches[-1][0]
        self._key = self._newest.key
        self._booked = booked
        self._start = start
        self._anew = anew
        self._row = self._locked()
        steps = {step.revision: step for batch, _ in batches for step in batch.steps}
        known = set() if anew else self._known()
        self._steps: dict[int, RecordedStep] = {one: steps[one] for one in sorted(steps) if one not in known}
        self._first = min(self._steps, default=self._newest.snapshot.revision)

    def write(self) -> Restored:
        if self._row.revision > self._newest.snapshot.revision and not self._ended:
            raise NewerRecordError(self._key)
        before = self._rows()
        self._write_macrosteps()
        chain = self._write_audit()
        self._write_batches()
        self._write_runs()
        self._write_booking()
        self._write_start()
        values: dict[str, Any] = {"audit_entries": chain.entries, "audit_hash": chain.last}
        if not self._is_added_to:
            values |= row_of(self._newest) | {"written_at": None}
        self._connection.execute(update(tickets).where(tickets.c.key == self._key).values(**values))
        if self._ended:
            correlating.free(self._connection, self._key)
        raise_counter(self._database, self._connection, self._key)
        return Restored(tuple(self._steps), rows=not self._steps and before != self._rows())

    @property
    def _ended(self) -> bool:
        return self._newest.snapshot.ended_at is not None

    @property
    def _is_added_to(self) -> bool:
        """Whether the records have steps after the end of the ticket, which no history holds."""
        return bool(self._row.revision > self._newest.snapshot.revision)

    def _rows(self) -> list[Any]:
        """The rows of lists, for comparison."""
        found: list[Any] = []
        for table, own in ((tickets, tickets.c.key), *((table, table.c.ticket) for table in LISTS)):
            columns = [column for column in table.c if column.name not in OF_WRITING]
            keys = table.primary_key.columns
            query = select(*columns).where(own == self._key).order_by(*keys)
            found.append([tuple(row) for row in self._connection.execute(query)])
        return found

    def _locked(self) -> Row[Any]:
        """The ticket's row, created if it is missing, and locked until the transaction ends."""
        fresh = row_of(self._newest) | {"written_at": None}
        self._database.insert_once(self._connection, tickets, **fresh, audit_entries=0, audit_hash=GENESIS)
        mine = select(tickets.c.revision).where(tickets.c.key == self._key)
        return self._connection.execute(mine.with_for_update()).one()

    def _known(self) -> set[int]:
        of_ticket = macrosteps.c.ticket == self._key
        return set(self._connection.scalars(select(macrosteps.c.revision).where(of_ticket)))

    def _write_macrosteps(self) -> None:
        if self._anew:
            replaced = macrosteps.c.ticket == self._key, macrosteps.c.revision.in_(tuple(self._steps))
            self._connection.execute(delete(macrosteps).where(*replaced))
        rows = [
            {"ticket": self._key, "revision": revision, "content": content_of(entries_of(step))}
            for revision, step in self._steps.items()
        ]
        if rows:
            self._connection.execute(insert(macrosteps), rows)

    def _write_audit(self) -> Chain:
        """Puts the entries of the steps into their places; the entries before them stay as they are."""
        stored = self._connection.execute(select(audit).where(audit.c.ticket == self._key).order_by(audit.c.seq)).all()
        before = [] if self._anew else _before(stored, self._first)
        end = Chain(before[-1].seq, before[-1].hash) if before else Chain()
        after = [row for row in stored[len(before) :] if not self._is_replaced(row)]
        wanted = [one for step in self._steps.values() for one in entries_of(step)]
        wanted += [_entry(row) for row in after if row.kind != StepsTakenBack.kind]
        for note in (_entry(row) for row in after if row.kind == StepsTakenBack.kind):
            taken = {one["position"] for one in wanted if one["revision"] == note["revision"]}
            wanted.append(note | {"position": max(taken) + 1} if note["position"] in taken else note)
        wanted.sort(key=lambda one: (one["revision"], one["position"]))
        self._connection.execute(delete(audit).where(audit.c.ticket == self._key, audit.c.seq > end.entries))
        return append_audit(self._connection, self._key, wanted, end)

    def _is_replaced(self, row: Row[Any]) -> bool:
        return row.revision in self._steps and row.kind != StepsTakenBack.kind

    def _write_batches(self) -> None:
        """Writes notifications, answers, and the rows of lists, batch after batch."""
        if self._anew and self._first == 1:
            for table in (approvals, tasks, service_levels):
                self._connection.execute(delete(table).where(table.c.ticket == self._key))
        for batch, notifications in self._batches:
            self._write_pinned(batch)
            if batch.snapshot.revision < self._first:
                continue
            replace_parts(self._connection, batch, is_new=False)
            write_answers(self._database, self._connection, batch)
            for step in batch.steps:
                if step.revision in self._steps:
                    outbox.add(self._database, self._connection, notifications.get(step.revision, ()))

    def _write_runs(self) -> None:
        """Writes the newest form of each run. A run that a correction after the end has judged again stays as it is."""
        runs = {(run.level, run.run): run for batch, _ in self._batches for run in batch.runs}
        if self._is_added_to and not self._anew:
            known = select(service_levels.c.level, service_levels.c.run).where(service_levels.c.ticket == self._key)
            for level, run in self._connection.execute(known):
                runs.pop((level, run), None)
        write_runs(self._database, self._connection, self._key, tuple(runs.values()))

    def _write_booking(self) -> None:
        if not self._booked:
            return
        self._connection.execute(delete(bookings).where(bookings.c.ticket == self._key))
        if (booking := self._booked[-1]) is not None:
            row = {"ticket": self._key, "service": storable(booking.service)}
            window = {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
            self._connection.execute(insert(bookings).values(**row, **window))

    def _write_start(self) -> None:
        """Gives the start its ticket again, if it has none, and gives an open ticket its correlation key again."""
        start, of = self._start, self._newest
        if start is None:
            return
        named = {"scope": storable(start.scope), "start_key": storable(start.start_key), "body_hash": start.body_hash}
        given = {"ticket": self._key, "process": of.process, "created_at": of.snapshot.opened_at, "joined": False}
        self._database.insert_once(self._connection, starts, **named, **given)
        if start.correlation is not None and not self._ended:
            key = {"process": of.process, "correlation": storable(start.correlation)}
            held = {"ticket": self._key, "taken_at": of.snapshot.opened_at}
            self._database.insert_once(self._connection, correlations, **key, **held)

    def _write_pinned(self, batch: RecordBatch) -> None:
        if batch.definition is not None:
            write_definition(self._database, self._connection, batch, batch.definition)
        if batch.calendars is not None:
            mine = tickets.c.key == self._key
            self._connection.execute(update(tickets).where(mine).values(calendars=batch.calendars))


def _before(stored: Sequence[Row[Any]], revision: int) -> list[Row[Any]]:
    """The entries at the beginning of the chain, up to the first entry that is not older than this revision."""
    found: list[Row[Any]] = []
    for row in stored:
        if row.revision >= revision:
            break
        found.append(row)
    return found


def _entry(row: Row[Any]) -> dict[str, Any]:
    kept: dict[str, Json] = {
        name: row._mapping[name] for name in ("revision", "position", "at", "kind", "actor", "internal", "data")
    }
    return kept
