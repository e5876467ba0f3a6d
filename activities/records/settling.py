"""Records in doubt: a crash before the end of a workflow task may leave them ahead of the ticket's history.

Every write of a workflow task leaves its time. Once the ticket has confirmed what is on record, the time is removed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from activities.records.tables import tickets
from activities.records.text import storable
from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A ticket whose newest record is not confirmed."""

    key: str
    revision: int
    workflow_task: str
    """The task that has written the record."""


def written_at(workflow_task: str) -> Instant | None:
    """The time at the end of a workflow task's name, in UTC seconds; None outside a workflow."""
    begun, _, nanoseconds = workflow_task.rpartition(".")
    return int(nanoseconds) // 1_000_000_000 if begun and nanoseconds.isdecimal() else None


def doubt(connection: Connection, before: Instant) -> int:
    """Puts every record in doubt that was written before this time and is not confirmed; returns their number."""
    stale = tickets.c.written_at < before, tickets.c.in_doubt.is_(False)
    return connection.execute(update(tickets).where(*stale).values(in_doubt=True)).rowcount


def unsettled(connection: Connection, before: Instant, after: str, limit: int) -> tuple[Unsettled, ...]:
    """Unconfirmed records that were written before this time, by key after ``after``."""
    wanted = select(tickets.c.key, tickets.c.revision, tickets.c.workflow_task).where(
        tickets.c.written_at < before, tickets.c.key > storable(after)
    )
    rows = connection.execute(wanted.order_by(tickets.c.key).limit(limit))
    return tuple(Unsettled(row.key, row.revision, row.workflow_task) for row in rows)


def settle(connection: Connection, record: Unsettled) -> None:
    """Confirms a record, unless a later workflow task has written since."""
    same = tickets.c.key == record.key, tickets.c.workflow_task == record.workflow_task
    connection.execute(update(tickets).where(*same).values(written_at=None, in_doubt=False))
