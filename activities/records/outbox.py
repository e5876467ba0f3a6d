"""The outbox: every notification ever made, with its state of delivery."""

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
"""``outbox``: no channel is configured for it; it can be read here alone."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification for one person; without a person where the principals have no people."""

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
    """``mail`` or the name of an Apprise channel; None for the outbox alone."""
    subject: str
    body: str
    created_at: Instant
    status: Status
    attempts: int = 0
    delivered_at: Instant | None = None
    problem: str | None = None
    """A problem before it was sent: a template that does not render, no recipient."""
    error: str | None = None
    """The error of the last attempt; secrets are scrubbed."""


_table = notifications
_OF_STEPS = (
    select(_table.c.id, _table.c.effect, _table.c.person, _table.c.status, _table.c.problem)
    .where(_table.c.ticket == bindparam("of_ticket"), _table.c.revision.in_(bindparam("revisions", expanding=True)))
    .order_by(_table.c.revision, _table.c.position)
)
"""Built once: to build the statement costs as much as to execute it."""

ByRevision: TypeAlias = Mapping[int, Sequence[Notification]]
"""The notifications of steps."""


def add(database: Database, connection: Connection, rows: Iterable[Notification]) -> None:
    """Writes notifications in the transaction of their macrostep; an existing row stays as it is."""
    values = [
        {name: storable(value) if isinstance(value, str) else value for name, value in asdict(row).items()}
        | {"claimed_until": 0}
        for row in rows
    ]
    if values:
        connection.execute(database.upsert(notifications).on_conflict_do_nothing(), values)


def result_of(connection: Connection, ticket: str, revisions: Sequence[int]) -> RecordResult:
    """The state of the outbox for these macrosteps."""
    rows = connection.execute(_OF_STEPS, {"of_ticket": ticket, "revisions": list(revisions)}).all()
    people: dict[str, list[str]] = {}
    for row in rows:
        people.setdefault(row.effect, []).extend([row.person] if row.person else [])
    return RecordResult(
        notified=tuple(Notified(effect, tuple(names)) for effect, names in people.items()),
        to_deliver=tuple(row.id for row in rows if row.status == "pending"),
        problems=tuple(dict.fromkeys(row.problem for row in rows if row.problem)),
    )
