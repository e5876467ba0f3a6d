"""Bookings of services by tickets: a window belongs to one ticket."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection, delete, insert, or_, select, text

from activities.records.database import Database
from activities.records.shapes import Booking, InTheWay
from activities.records.tables import bookings, tickets
from activities.records.text import storable

LOCK = 0x426F6F6B
"""PostgreSQL's advisory lock of all who book, for two may want windows of different services that depend on each other;
and of all who declare a freeze or lift one.
"""


Holding = Callable[[Connection], Sequence[tuple[str, tuple[str, ...]]]]


def book(database: Database, wanted: Booking, services: Collection[str], holding: Holding, *, may: bool) -> InTheWay:
    """Drops the ticket's earlier booking, and books ``wanted`` where it ``may`` and no conflict exists.

    Conflicts are bookings of any of ``services``, and the freezes that ``holding`` finds. One transaction at a time.
    """
    with database.write() as connection:
        one_at_a_time(database, connection)
        mine = storable(wanted.ticket)
        connection.execute(delete(bookings).where(bookings.c.ticket == mine))
        found = InTheWay(_in_the_way(connection, wanted, services), holding(connection))
        if may and not found.bookings and not found.freezes:
            row = {"ticket": mine, "service": storable(wanted.service)}
            window = {"starts_at": wanted.starts_at, "ends_at": wanted.ends_at}
            connection.execute(insert(bookings).values(**row, **window))
        return found


def one_at_a_time(database: Database, connection: Connection) -> None:
    """Locks bookings and freezes until the end of the transaction; SQLite has one writer anyway."""
    if not database.is_sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _in_the_way(connection: Connection, wanted: Booking, services: Collection[str]) -> Sequence[Booking]:
    """Whether a ticket is open; a ticket that is not recorded yet is."""
    rows = connection.execute(
        select(bookings)
        .outerjoin(tickets, tickets.c.key == bookings.c.ticket)
        .where(
            bookings.c.service.in_(sorted(storable(service) for service in services)),
            bookings.c.starts_at < wanted.ends_at,
            bookings.c.ends_at > wanted.starts_at,
            or_(tickets.c.key.is_(None), tickets.c.ended_at.is_(None)),
        )
        .order_by(bookings.c.starts_at, bookings.c.ticket)
    )
    return tuple(Booking(row.ticket, row.service, row.starts_at, row.ends_at) for row in rows)
