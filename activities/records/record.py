"""Writing macrosteps: everything of a batch in one transaction, and nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, insert, select, update

from activities.contracts import RecordBatch, RecordedStep, RecordResult
from activities.records import outbox
from activities.records.approvals import write_approvals
from activities.records.counters import raise_counter
from activities.records.database import Database
from activities.records.tables import audit, macrosteps, ticket_participants, ticket_states, tickets
from activities.records.text import GENESIS, chained, plain, storable
from workflows.engine.snapshot import Snapshot

_snapshots = TypeAdapter(Snapshot)


def record(
    database: Database, batch: RecordBatch, notifications: Mapping[int, Sequence[outbox.Notification]]
) -> RecordResult:
    """Writes a batch; ``notifications`` are those of its steps, rendered, by revision.

    A revision that is there already changes nothing, and a batch older than the ticket's row leaves the row alone: only
    the audit entries that were missing are added. Raises SQLAlchemy errors when the database is away: try again.
    """
    with database.write() as connection:
        newest = _claim_row(database, connection, batch)
        for step in batch.steps:
            if _claim_step(database, connection, batch.key, step.revision):
                _append_audit(connection, batch.key, step)
                outbox.add(database, connection, notifications.get(step.revision, ()))
        if newest:
            _replace_parts(connection, batch)
        return outbox.result_of(connection, batch.key, [step.revision for step in batch.steps])


def title_of(snapshot: Snapshot) -> str:
    """What lists call a ticket: its summary, or its key where it has none."""
    summary = snapshot.fields.get("summary")
    return summary if isinstance(summary, str) and summary else snapshot.key


def _claim_row(database: Database, connection: Connection, batch: RecordBatch) -> bool:
    """Makes or locks the ticket's row; whether this batch is the newest that is known of the ticket."""
    row = _row(batch)
    chain = {"audit_entries": 0, "audit_hash": GENESIS}
    if database.insert_once(connection, tickets, **row, **chain):
        raise_counter(database, connection, batch.key)
        return True
    newer = update(tickets).where(tickets.c.key == batch.key, tickets.c.revision < batch.snapshot.revision)
    if connection.execute(newer.values(**row)).rowcount:
        return True
    connection.execute(select(tickets.c.key).where(tickets.c.key == batch.key).with_for_update())
    return False


def _row(batch: RecordBatch) -> dict[str, Any]:
    snapshot, title = batch.snapshot, storable(title_of(batch.snapshot))
    return {
        "key": batch.key,
        "process": batch.process,
        "digest": batch.digest,
        "revision": snapshot.revision,
        "state": list(batch.state),
        "title": title,
        "search": f"{batch.key} {title}".casefold(),
        "opener": storable(snapshot.opener),
        "assignee": storable(snapshot.assignee) if snapshot.assignee else None,
        "opened_at": snapshot.opened_at,
        "updated_at": snapshot.at,
        "ended_at": snapshot.ended_at,
        "failed": snapshot.failed,
        "fields": plain(dict(snapshot.fields)),
        "view": plain(_snapshots.dump_python(snapshot, mode="json")),
    }


def _claim_step(database: Database, connection: Connection, ticket: str, revision: int) -> bool:
    """Whether this macrostep is recorded here and now for the first time."""
    return database.insert_once(connection, macrosteps, ticket=ticket, revision=revision)


def _append_audit(connection: Connection, ticket: str, step: RecordedStep) -> None:
    """Adds a step's entries to the end of the ticket's chain; the row's lock keeps other writers off it."""
    if not step.audit:
        return
    mine = tickets.c.key == ticket
    seq, prev = connection.execute(select(tickets.c.audit_entries, tickets.c.audit_hash).where(mine)).one()
    rows = []
    for position, entry in enumerate(step.audit):
        seq += 1
        row = {
            "ticket": ticket,
            "seq": seq,
            "revision": step.revision,
            "position": position,
            "at": entry.at,
            "kind": entry.kind,
            "actor": storable(entry.actor),
            "internal": entry.data.get("internal") is True,
            "data": plain(dict(entry.data)),
        }
        link = chained(prev, row)
        rows.append(row | {"prev_hash": prev, "hash": link})
        prev = link
    connection.execute(insert(audit), rows)
    connection.execute(update(tickets).where(mine).values(audit_entries=seq, audit_hash=prev))


def _replace_parts(connection: Connection, batch: RecordBatch) -> None:
    """What the newest snapshot says anew each time: leaves, who may see, approvals."""
    key = batch.key
    for table, column, values in (
        (ticket_states, "state", batch.state),
        (ticket_participants, "principal", batch.see),
    ):
        wanted = {storable(value) for value in values}
        present = set(connection.scalars(select(table.c[column]).where(table.c.ticket == key)))
        if gone := present - wanted:
            connection.execute(delete(table).where(table.c.ticket == key, table.c[column].in_(gone)))
        if fresh := wanted - present:
            connection.execute(insert(table), [{"ticket": key, column: value} for value in sorted(fresh)])
    write_approvals(connection, batch.snapshot)


def revisions_missing(connection: Connection, ticket: str) -> int:
    """How many macrosteps below the newest were never recorded: a gap that reconciling must fill."""
    known = select(func.count()).where(macrosteps.c.ticket == ticket).scalar_subquery()
    newest = select(func.max(macrosteps.c.revision)).where(macrosteps.c.ticket == ticket).scalar_subquery()
    lowest = select(func.min(macrosteps.c.revision)).where(macrosteps.c.ticket == ticket).scalar_subquery()
    row = connection.execute(select(known, newest, lowest)).one()
    return int((row[1] - row[2] + 1 - row[0]) if row[0] else 0)
