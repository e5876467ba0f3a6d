"""Which tickets point to which: the other end of every field of type ticket."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from activities.records.tables import ticket_links, tickets
from activities.records.text import storable


def write_links(connection: Connection, ticket: str, links: Collection[tuple[str, str]]) -> None:
    """Makes these the links of a ticket."""
    table = ticket_links
    wanted = {(storable(link), storable(target)) for link, target in links}
    rows = connection.execute(select(table.c.link, table.c.target).where(table.c.ticket == ticket))
    present = {(row.link, row.target) for row in rows}
    for link, target in present - wanted:
        connection.execute(
            delete(table).where(table.c.ticket == ticket, table.c.link == link, table.c.target == target)
        )
    if fresh := sorted(wanted - present):
        connection.execute(
            insert(table), [{"ticket": ticket, "link": link, "target": target} for link, target in fresh]
        )


def pointing_to(connection: Connection, ticket: str, link: str | None = None) -> tuple[tuple[str, str], ...]:
    """(name of the field, key) of open tickets that point to this one, sorted; ``link``: by this field alone."""
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
