"""Replacing the records of a workflow task that was lost by those of the task that took its place.

A record is written inside the workflow task that takes the step (ADR 4). Where its worker dies before that task is
complete, the server has heard nothing of it: the next worker takes what is due in the order that it finds then, and the
same revision can be another step. Of two, the one of the later workflow task is in the ticket's history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, bindparam, delete, func, select

from activities.records.tables import answers, audit, macrosteps, notifications
from activities.records.text import canonical
from definitions.schema.model import Json
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.ticket_entries import StepsTakenBack

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


@dataclass(frozen=True, slots=True)
class Lost:
    """What was removed: the entries, and the number of notifications, none of which was sent."""

    entries: tuple[Mapping[str, Json], ...] = ()
    notices: int = 0

    def __add__(self, more: Lost) -> Lost:
        return Lost(self.entries + more.entries, self.notices + more.notices)

    def without(self, again: Iterable[Mapping[str, Json]]) -> Lost:
        """What did not happen again at another time: entries of the same kind and actor that say the same."""
        found = Counter(_essence(entry) for entry in again)
        gone = []
        for entry in self.entries:
            essence = _essence(entry)
            if found[essence]:
                found[essence] -= 1
            else:
                gone.append(entry)
        return Lost(tuple(gone), self.notices if gone else 0)


def _essence(entry: Mapping[str, Json]) -> str:
    """An entry without its place and without numbers, which may be times."""
    return canonical([entry["kind"], entry["actor"], _worded(entry["data"])])


def _worded(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _worded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_worded(one) for one in value]
    return value if isinstance(value, str) else None


def take_back(connection: Connection, ticket: str, revision: int) -> tuple[tuple[int, str] | None, Lost]:
    """Deletes a revision and all later ones; returns the number and hash of the last remaining audit entry, if any.

    Their notifications stay in the outbox unsent: delivery belongs to a later workflow task.
    """
    later = select(audit.c.kind, audit.c.actor, audit.c.data).where(
        audit.c.ticket == ticket, audit.c.revision >= revision, audit.c.kind != StepsTakenBack.kind
    )
    rows = connection.execute(later.order_by(audit.c.seq)).all()
    unsent = select(func.count()).where(notifications.c.ticket == ticket, notifications.c.revision >= revision)
    lost = Lost(tuple(dict(row._mapping) for row in rows), connection.execute(unsent).scalar_one())
    for table in (audit, notifications, macrosteps, answers):
        connection.execute(delete(table).where(table.c.ticket == ticket, table.c.revision >= revision))
    last = select(audit.c.seq, audit.c.hash).where(audit.c.ticket == ticket).order_by(audit.c.seq.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    return ((row.seq, row.hash) if row else None), lost


def note_of(connection: Connection, snapshot: Snapshot, lost: Lost) -> list[dict[str, Json]]:
    """The row of the entry that says what was taken back, behind the last entry of the ticket; empty for nothing."""
    if not lost.entries:
        return []
    newest = audit.c.ticket == snapshot.key, audit.c.revision == snapshot.revision
    last = connection.execute(select(func.max(audit.c.position)).where(*newest)).scalar()
    texts = tuple(f"{entry['kind']} by {entry['actor']}" for entry in lost.entries)
    data: Json = StepsTakenBack(lost=texts, notices=lost.notices or None).data()
    place = {"revision": snapshot.revision, "position": 0 if last is None else last + 1}
    return [
        {**place, "at": snapshot.at, "kind": StepsTakenBack.kind, "actor": "engine", "internal": False, "data": data}
    ]
