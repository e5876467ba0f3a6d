"""Replacing the records of a workflow task that was lost by those of the task that took its place.

A record is written inside the workflow task that takes the step (ADR 4). Where its worker dies before that task is
complete, the server has heard nothing of it: the next worker takes what is due in the order that it finds then, and the
same revision can be another step. Of two, the one of the later workflow task is in the ticket's history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, select

from activities.records.tables import answers, audit, macrosteps, notifications
from activities.records.text import canonical
from definitions.schema.model import Json

_KNOWN = select(macrosteps.c.content).where(
    macrosteps.c.ticket == bindparam("of_ticket"), macrosteps.c.revision == bindparam("of_revision")
)


def content_of(entries: Sequence[Mapping[str, Json]]) -> str:
    """The sha256 of a step's audit entries, which tells two steps of one revision apart."""
    return sha256(canonical([dict(one) for one in entries]).encode()).hexdigest()


def is_another(connection: Connection, ticket: str, revision: int, content: str) -> bool:
    """Whether the recorded revision is another step; false for records that are older than this digest."""
    known = connection.execute(_KNOWN, {"of_ticket": ticket, "of_revision": revision}).scalar_one()
    return known not in (None, content)


def take_back(connection: Connection, ticket: str, revision: int) -> tuple[int, str] | None:
    """Deletes a revision and all later ones; returns the number and the hash of the last remaining audit entry, if any.

    Their notifications stay in the outbox unsent: delivery belongs to a later workflow task.
    """
    for table in (audit, notifications, macrosteps, answers):
        connection.execute(delete(table).where(table.c.ticket == ticket, table.c.revision >= revision))
    last = select(audit.c.seq, audit.c.hash).where(audit.c.ticket == ticket).order_by(audit.c.seq.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    return (row.seq, row.hash) if row else None
