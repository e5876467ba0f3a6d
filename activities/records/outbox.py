"""The outbox: every notification there ever was, whatever became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from sqlalchemy import Connection, bindparam, select

from activities.records.database import Database
from activities.records.tables import notifications
from activities.records.text import storable
from definitions.times import Instant
from workflows.contracts import Notified, RecordResult

Status = Literal["pending", "sent", "failed", "outbox"]
"""``outbox``: no channel outside is configured for it, so it is read here and nowhere else."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification for one person (or for nobody, where a principal has no people)."""

    id: str
    ticket: str
    revision: int
    position: int
    effect: str
    person: str | None
    address: str | None
    reason: str
    template: str | None
    channel: str | None
    """Where it goes outside: ``mail``, the name of an Apprise channel; None in the outbox alone."""
    subject: str
    body: str
    created_at: Instant
    status: Status
    attempts: int = 0
    delivered_at: Instant | None = None
    problem: str | None = None
    """What was wrong before it was sent: a template that does not render, nobody to tell."""
    error: str | None = None
    """What the last attempt to send it ended in; secrets scrubbed."""


_table = notifications
_OF_STEPS = (
    select(_table.c.id, _table.c.effect, _table.c.person, _table.c.status, _table.c.problem)
    .where(_table.c.ticket == bindparam("of_ticket"), _table.c.revision.in_(bindparam("revisions", expanding=True)))
    .order_by(_table.c.revision, _table.c.position)
)
"""Made once: to put it together costs as much as to carry it out."""

ByRevision: TypeAlias = Mapping[int, Sequence[Notification]]
"""The notifications of steps."""


def add(database: Database, connection: Connection, rows: Iterable[Notification]) -> None:
    """Puts notifications in, in the transaction of their macrostep; one that is there already stays as it is."""
    values = [
        {name: storable(value) if isinstance(value, str) else value for name, value in asdict(row).items()}
        | {"claimed_until": 0}
        for row in rows
    ]
    if values:
        connection.execute(database.upsert(notifications).on_conflict_do_nothing(), values)


def result_of(connection: Connection, ticket: str, revisions: Sequence[int]) -> RecordResult:
    """What the outbox says of these macrosteps now."""
    rows = connection.execute(_OF_STEPS, {"of_ticket": ticket, "revisions": list(revisions)}).all()
    people: dict[str, list[str]] = {}
    for row in rows:
        people.setdefault(row.effect, []).extend([row.person] if row.person else [])
    return RecordResult(
        notified=tuple(Notified(effect, tuple(names)) for effect, names in people.items()),
        to_deliver=tuple(row.id for row in rows if row.status == "pending"),
        problems=tuple(dict.fromkeys(row.problem for row in rows if row.problem)),
    )
