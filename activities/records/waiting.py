"""Open tickets that wait for people and have not seen the current organization."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import Connection, or_, select

from activities.records.tables import approvals, tasks, tickets
from activities.records.text import storable
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.waiting.availability import concerns

_snapshots = TypeAdapter(Snapshot)


def waiting(
    connection: Connection, changed: OrganizationChanged, after: str, limit: int
) -> tuple[tuple[str, ...], str | None]:
    """The keys of at most ``limit`` tickets after the key ``after``, and the key to continue after, or None.

    The views are looked into here: PostgreSQL can't read a part of one that was recorded with a NUL in it.
    """
    candidates = (
        select(tickets.c.key, tickets.c.view)
        .where(
            tickets.c.ended_at.is_(None),
            tickets.c.key > storable(after),
            or_(
                tickets.c.key.in_(select(approvals.c.ticket)),
                tickets.c.key.in_(select(tasks.c.ticket).where(tasks.c.status == "open")),
            ),
        )
        .order_by(tickets.c.key)
        .limit(limit)
    )
    rows = connection.execute(candidates).all()
    unaware = (row for row in rows if (row.view.get("organization") or "") != changed.organization)
    found = tuple(row.key for row in unaware if concerns(_snapshots.validate_python(row.view), changed))
    return found, rows[-1].key if len(rows) == limit else None
