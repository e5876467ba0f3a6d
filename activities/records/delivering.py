"""Delivery from the outbox: rows are claimed, then sent or failed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from activities.records.outbox import Notification
from activities.records.reading import notification
from activities.records.tables import notifications
from activities.records.text import storable
from definitions.times import Instant

_table = notifications
_THESE = _table.c.id.in_(bindparam("ids", expanding=True))
# Built once: to build these statements costs as much as to execute them.
_BY_ID = select(_table).where(_THESE).order_by(_table.c.revision, _table.c.position)
_CLAIM = (
    update(_table)
    .where(_THESE, _table.c.status == "pending", _table.c.claimed_until <= bindparam("now"))
    .values(claimed_until=bindparam("until"), attempts=_table.c.attempts + 1)
    .returning(_table.c.id)
)
_SENT = (
    update(_table).where(_THESE).values(status="sent", delivered_at=bindparam("at"), error=None, claimed_until=0)
)  # fmt: skip


def by_id(connection: Connection, ids: Sequence[str]) -> list[Notification]:
    """Notifications in the order of their steps."""
    return [notification(row) for row in connection.execute(_BY_ID, {"ids": list(ids)})]


def claim(connection: Connection, ids: Sequence[str], now: Instant, until: Instant) -> list[str]:
    """Claims pending rows that no other claim holds; the attempt counts from here on, whatever its result."""
    return list(connection.scalars(_CLAIM, {"ids": list(ids), "now": now, "until": until}))


def sent(connection: Connection, ids: Sequence[str], at: Instant) -> None:
    connection.execute(_SENT, {"ids": list(ids), "at": at})


def not_sent(connection: Connection, ids: Sequence[str], error: str, *, final: bool) -> None:
    """Writes a failed attempt; with ``final`` it is the last attempt."""
    connection.execute(
        update(notifications)
        .where(notifications.c.id.in_(ids))
        .values(status="failed" if final else "pending", error=storable(error), claimed_until=0)
    )
