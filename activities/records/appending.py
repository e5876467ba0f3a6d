"""Comments and corrections on an ended ticket, whose workflow does not run any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update

from activities.records.database import Database
from activities.records.record import Chain, append_audit, entries_of
from activities.records.service_levels import write_runs
from activities.records.tables import answers, macrosteps, tickets
from activities.records.taking_back import content_of
from activities.records.text import plain, storable
from definitions.schema.model import Json
from workflows.contracts import RecordedStep
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.recorded_runs import RecordedRun

_snapshots = TypeAdapter(Snapshot)


@dataclass(frozen=True, slots=True)
class Addition:
    """A step on an ended ticket, with the answer to its sender."""

    snapshot: Snapshot
    step: RecordedStep
    answer: Json
    runs: tuple[RecordedRun, ...] = ()
    """Runs of service levels that the step may have changed."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The result; ``reused``: the key was used for another request, and nothing was written."""

    status: Literal["written", "repeated", "reused"]
    answer: Json = None


def append(
    database: Database, ticket: str, key: str, request_hash: str, take: Callable[[Snapshot, str | None], Addition]
) -> Appended | None:
    """Steps an ended ticket and writes the step, once for a ``key``; None where there is no ended ticket of this key.

    The ticket's row is locked from before it is read until the step is on record, so that of several at once each
    is taken on what the one before has left. ``take`` is given the ticket and its packed calendars. What it raises is
    raised, and nothing is written.
    """
    with database.write() as connection:
        mine = tickets.c.key == storable(ticket)
        chained = tickets.c.audit_entries, tickets.c.audit_hash
        columns = tickets.c.view, tickets.c.ended_at, tickets.c.calendars, *chained
        row = connection.execute(select(*columns).where(mine).with_for_update()).one_or_none()
        if row is None or row.ended_at is None:
            return None
        same = (answers.c.ticket == storable(ticket)) & (answers.c.key == storable(key))
        known = connection.execute(select(answers.c.request_hash, answers.c.answer).where(same)).one_or_none()
        if known is not None:
            again = known.request_hash == request_hash
            return Appended("repeated", known.answer) if again else Appended("reused")
        added = take(_snapshots.validate_python(row.view), row.calendars)
        entries = entries_of(added.step)
        written = {"ticket": ticket, "revision": added.step.revision, "content": content_of(entries)}
        connection.execute(insert(macrosteps).values(**written))
        chain = append_audit(connection, ticket, entries, Chain(row.audit_entries, row.audit_hash))
        connection.execute(
            update(tickets)
            .where(mine)
            .values(
                revision=added.snapshot.revision,
                updated_at=added.snapshot.at,
                view=plain(_snapshots.dump_python(added.snapshot, mode="json")),
                audit_entries=chain.entries,
                audit_hash=chain.last,
            )
        )
        write_runs(database, connection, ticket, added.runs)
        kept = {"request_hash": request_hash, "answer": plain(added.answer), "at": added.snapshot.at}
        connection.execute(insert(answers).values(ticket=ticket, key=storable(key), **kept))
        return Appended("written", added.answer)
