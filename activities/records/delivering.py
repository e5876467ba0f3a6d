"""The outbox as delivery sees it: claimed, sent, or not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from activities.records.outbox import Notification
from activities.records.reading import notification
from activities.records.tables import notifications
from activities.records.text import storable
from workflows.engine.snapshot import Instant


def by_id(connection: Connection, ids: Sequence[str]) -> list[Notification]:
    """Notifications in the order in which they arose."""
    table = notifications
    query = select(table).where(table.c.id.in_(ids)).order_by(table.c.revision, table.c.position)
    return [notification(row) for row in connection.execute(query)]


def claim(connection: Connection, ids: Sequence[str], now: Instant, until: Instant) -> list[str]:
    """Takes what is pending and held by nobody; the attempt counts from here on, whatever becomes of it."""
    table = notifications
    free = table.c.id.in_(ids), table.c.status == "pending", table.c.claimed_until <= now
    taken = update(table).where(*free).values(claimed_until=until, attempts=table.c.attempts + 1)
    return list(connection.scalars(taken.returning(table.c.id)))


def sent(connection: Connection, ids: Sequence[str], at: Instant) -> None:
    connection.execute(
        update(notifications)
        .where(notifications.c.id.in_(ids))
        .values(status="sent", delivered_at=at, error=None, claimed_until=0)
    )


def not_sent(connection: Connection, ids: Sequence[str], error: str, *, final: bool) -> None:
    """An attempt that failed; ``final`` ends them."""
    connection.execute(
        update(notifications)
        .where(notifications.c.id.in_(ids))
        .values(status="failed" if final else "pending", error=storable(error), claimed_until=0)
    )
