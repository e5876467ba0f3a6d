"""Links between tickets: the other end of every field of type ticket."""

from __future__ import annotations

from sqlalchemy import Connection, select

from activities.records.tables import ticket_links, tickets
from activities.records.text import storable


def pointing_to(connection: Connection, ticket: str, link: str | None = None) -> tuple[tuple[str, str], ...]:
    """(field, key) of the open tickets that link to this ticket, sorted; with ``link``, by this field alone."""
    table = ticket_links
    query = (
        select(table.c.link, table.c.ticket)
        .join(tickets, tickets.c.key == table.c.ticket)
        .where(table.c.target == storable(ticket), tickets.c.ended_at.is_(None))
        .order_by(table.c.link, table.c.ticket)
    )
    if link is not None:
        query = query.where(table.c.link == storable(link))
    return tuple((row.link, row.ticket) for row in connection.execute(query))
