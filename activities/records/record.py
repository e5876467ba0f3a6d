"""Writes macrosteps: a whole batch in one transaction, and nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Connection, and_, bindparam, func, insert, or_, select, update

from activities.records import correlating, outbox
from activities.records.answering import write_answers
from activities.records.approvals import write_approvals
from activities.records.counters import raise_counter
from activities.records.database import Database
from activities.records.links import pointing_to
from activities.records.parts import Parts, present, write_parts
from activities.records.service_levels import keep_only, write_runs
from activities.records.settling import written_at
from activities.records.tables import audit, definitions, macrosteps, tickets
from activities.records.taking_back import Lost, content_of, is_another, note_of, take_back
from activities.records.tasks import write_tasks
from activities.records.text import GENESIS, chained, plain, storable
from definitions.schema.model import Json
from workflows.contracts import TITLE_FIELDS, RecordBatch, RecordedStep, RecordResult
from workflows.engine.model.snapshot import Snapshot

_snapshots = TypeAdapter(Snapshot)
_CHAIN = tickets.c.audit_entries, tickets.c.audit_hash
_TASK: BindParameter[str] = bindparam("of_task")
# Built once: to build these statements costs as much as to execute them.
_MINE = tickets.c.key == bindparam("of_ticket")
_OLDER = or_(
    tickets.c.workflow_task < _TASK,
    and_(tickets.c.workflow_task == _TASK, tickets.c.revision < bindparam("of_revision")),
)
_RENEW = update(tickets).where(_MINE, _OLDER).returning(*_CHAIN)
_GROW = update(tickets).where(_MINE)
_LOCK = select(*_CHAIN, tickets.c.workflow_task).where(_MINE).with_for_update()
_ADD_AUDIT = insert(audit)
_DECIDE = update(definitions).where(definitions.c.digest == bindparam("of_digest"), definitions.c.hides_title.is_(None))


def record(database: Database, batch: RecordBatch, notifications: outbox.ByRevision) -> RecordResult:
    """Writes a batch; ``notifications`` are those of its steps, rendered, by revision.

    A revision that is there already changes nothing, and a batch older than the ticket's row leaves the row alone: only
    the audit entries that were missing are added. Another step of the same revision was written by a workflow task that
    never came to its end, and is replaced (see ``taking_back``); what such a task still writes is not kept. A batch
    without steps confirms the ticket as it is: what is on record beyond it is taken back. Raises
    SQLAlchemy errors when the database is away: try again.
    """
    with database.write() as connection:
        return _write(database, connection, batch, notifications)


def record_all(database: Database, batches: Sequence[tuple[RecordBatch, outbox.ByRevision]]) -> None:
    """Writes batches that belong together, in order, in one transaction."""
    with database.write() as connection:
        for batch, notifications in batches:
            _write(database, connection, batch, notifications)


def _write(
    database: Database, connection: Connection, batch: RecordBatch, notifications: outbox.ByRevision
) -> RecordResult:
    row = _claim_row(database, connection, batch)
    if row.outdated:
        return RecordResult()
    chain = _write_steps(database, connection, batch, notifications, row)
    if chain != row.chain:
        grown = {"audit_entries": chain.entries, "audit_hash": chain.last}
        connection.execute(_GROW, {"of_ticket": batch.key, **grown})
    if batch.snapshot.ended_at is not None:
        correlating.free(connection, batch.key)
    if row.newest:
        replace_parts(connection, batch, is_new=row.made)
        write_runs(database, connection, batch.key, batch.runs)
        if batch.definition is not None:
            write_definition(database, connection, batch, batch.definition)
        write_answers(database, connection, batch)
        if batch.calendars is not None:
            connection.execute(_GROW, {"of_ticket": batch.key, "calendars": batch.calendars})
    if row.newest and not batch.steps:
        keep_only(connection, batch.key, batch.runs)
    told = [step.revision for step in batch.steps if step.notices]
    result = outbox.result_of(connection, batch.key, told) if told else RecordResult()
    ended = batch.snapshot.ended_at is not None
    return replace(result, pointing=pointing_to(connection, batch.key)) if ended else result


def write_definition(database: Database, connection: Connection, batch: RecordBatch, definition: str) -> None:
    """Keeps the definition, and whether it hides titles: an older worker or migration may have left that open."""
    hides = batch.title is not None
    if not database.insert_once(connection, definitions, digest=batch.digest, definition=definition, hides_title=hides):
        connection.execute(_DECIDE, {"of_digest": batch.digest, "hides_title": hides})


def _write_steps(
    database: Database, connection: Connection, batch: RecordBatch, notifications: outbox.ByRevision, row: _Claimed
) -> Chain:
    chain, known, lost = row.chain, not batch.steps, Lost()
    for step in batch.steps:
        entries = entries_of(step)
        content = content_of(entries)
        values = {"ticket": batch.key, "revision": step.revision, "content": content}
        if not database.insert_once(connection, macrosteps, **values):
            known = True
            if not row.newest or not is_another(connection, batch.key, step.revision, content):
                continue
            chain, lost = _taken_back(connection, batch.key, step.revision, lost)
            database.insert_once(connection, macrosteps, **values)
        chain = append_audit(connection, batch.key, entries, chain)
        outbox.add(database, connection, notifications.get(step.revision, ()))
    if known and row.newest:  # an earlier task has recorded this ticket, and may have taken another course
        chain, lost = _taken_back(connection, batch.key, batch.snapshot.revision + 1, lost)
    if not lost.entries:
        return chain
    again = [entry for step in batch.steps for entry in entries_of(step)]
    note = note_of(connection, batch.snapshot, lost.without(again))
    return append_audit(connection, batch.key, note, chain)


def _taken_back(connection: Connection, ticket: str, revision: int, lost: Lost) -> tuple[Chain, Lost]:
    end, more = take_back(connection, ticket, revision)
    return Chain(*end) if end else Chain(), lost + more


@dataclass(frozen=True, slots=True)
class Chain:
    """The number of a ticket's audit entries, and the hash of the last entry."""

    entries: int = 0
    last: str = GENESIS


@dataclass(frozen=True, slots=True)
class _Claimed:
    """The ticket's row, locked until the transaction ends."""

    chain: Chain
    newest: bool
    """Whether the batch is the newest that is known of the ticket."""
    made: bool = False
    """Whether the row is new."""
    outdated: bool = False
    """Whether a later workflow task has written already: this batch was lost, or is on record."""


def title_of(batch: RecordBatch) -> str:
    """The title of a ticket in lists: the first of its title fields that has a value, or its key without one.

    The key stands for a title that not every viewer of the ticket may see.
    """
    if batch.title is not None:
        return batch.title
    written = (batch.snapshot.fields.get(name) for name in TITLE_FIELDS)
    return next((text for text in written if isinstance(text, str) and text), batch.key)


def _claim_row(database: Database, connection: Connection, batch: RecordBatch) -> _Claimed:
    """Inserts the row, updates it, or locks it as it is.

    A later step nearly always finds the row, so there is no try at making it before.
    """
    row = row_of(batch)
    is_first = any(step.revision == 1 for step in batch.steps)
    if not is_first and (updated := _bring_up_to_date(connection, row)):
        return updated
    if database.insert_once(connection, tickets, **row, audit_entries=0, audit_hash=GENESIS):
        raise_counter(database, connection, batch.key)
        return _Claimed(Chain(), newest=True, made=True)
    if updated := _bring_up_to_date(connection, row):
        return updated
    entries, last, task = connection.execute(_LOCK, {"of_ticket": batch.key}).one()
    return _Claimed(Chain(entries, last), newest=False, outdated=task > batch.workflow_task)


def _bring_up_to_date(connection: Connection, row: dict[str, Any]) -> _Claimed | None:
    """None where there is no older row."""
    older = {"of_ticket": row["key"], "of_revision": row["revision"], "of_task": row["workflow_task"]}
    updated = connection.execute(_RENEW, row | older).one_or_none()
    return _Claimed(Chain(*updated), newest=True) if updated else None


def row_of(batch: RecordBatch) -> dict[str, Any]:
    """The ticket's row after a batch, without its place in the chain."""
    snapshot, title = batch.snapshot, storable(title_of(batch))
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
        "workflow_task": batch.workflow_task,
        "written_at": written_at(batch.workflow_task),
        "in_doubt": False,
    }


def entries_of(step: RecordedStep) -> list[dict[str, Json]]:
    """The audit rows of a step, without their place in the chain."""
    return [
        {
            "revision": step.revision,
            "position": position,
            "at": entry.at,
            "kind": entry.kind,
            "actor": storable(entry.actor),
            "internal": entry.data.get("internal") is True,
            "data": plain(dict(entry.data)),
        }
        for position, entry in enumerate(step.audit)
    ]


def append_audit(connection: Connection, ticket: str, entries: Sequence[dict[str, Json]], chain: Chain) -> Chain:
    """Adds a step's entries to the end of the ticket's chain; the row's lock keeps other writers off it."""
    rows: list[dict[str, Json]] = []
    for entry in entries:
        row: dict[str, Json] = {"ticket": ticket, "seq": chain.entries + 1, **entry}
        link = chained(chain.last, row)
        rows.append(row | {"prev_hash": chain.last, "hash": link})
        chain = Chain(chain.entries + 1, link)
    if rows:
        connection.execute(_ADD_AUDIT, rows)
    return chain


def replace_parts(connection: Connection, batch: RecordBatch, *, is_new: bool) -> None:
    """Writes the rows that come from the newest snapshot."""
    before: Parts = {} if is_new else present(connection, batch.key)
    write_parts(connection, batch, before)
    if batch.snapshot.approvals or before.get("asked"):
        write_approvals(connection, batch.snapshot)
    if batch.snapshot.tasks:
        write_tasks(connection, batch)


def revisions_missing(connection: Connection, ticket: str) -> int:
    """The number of macrosteps below the newest that were never recorded."""
    known = select(func.count()).where(macrosteps.c.ticket == ticket).scalar_subquery()
    newest = select(func.max(macrosteps.c.revision)).where(macrosteps.c.ticket == ticket).scalar_subquery()
    lowest = select(func.min(macrosteps.c.revision)).where(macrosteps.c.ticket == ticket).scalar_subquery()
    row = connection.execute(select(known, newest, lowest)).one()
    return int((row[1] - row[2] + 1 - row[0]) if row[0] else 0)
