"""Open tickets whose people the current organization no longer has as the ticket knows them."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from activities.records.tables import tickets
from activities.records.text import storable
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.waiting.availability import concerns

_snapshots = TypeAdapter(Snapshot)


def waiting(
    connection: Connection,
    changed: OrganizationChanged,
    after: str,
    limit: int,
    checks: Callable[[Snapshot], bool],
) -> tuple[tuple[str, ...], str | None]:
    """The keys of tickets that must check their people, among ``limit`` open tickets after the key ``after``.

    With the key to continue after, or None. ``checks`` says whether a ticket has people whom the change concerns. The
    views are looked into here: PostgreSQL can't read a part of a view that was recorded with a NUL in it.
    """
    candidates = (
        select(tickets.c.key, tickets.c.view)
        .where(
            tickets.c.ended_at.is_(None),
            tickets.c.key > storable(after),
        )
        .order_by(tickets.c.key)
        .limit(limit)
    )
    rows = connection.execute(candidates).all()
    unaware = (row for row in rows if (row.view.get("organization") or "") != changed.organization)
    read = ((row.key, _snapshots.validate_python(row.view)) for row in unaware)
    found = tuple(key for key, snapshot in read if concerns(snapshot, changed) and checks(snapshot))
    return found, rows[-1].key if len(rows) == limit else None
