"""Announcements of Stanchion's own to tickets: written with the change, kept until every ticket has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from activities.records.database import Database
from activities.records.tables import announced, announcements
from activities.records.text import plain, storable
from definitions.schema.model import Json
from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event of Stanchion's own; ``id`` identifies it for ever."""

    id: str
    type: str
    data: Json
    made_at: Instant
    due_at: Instant
    """The earliest time of delivery."""
    subject: str | None = None
    told_at: Instant | None = None


def announce(connection: Connection, database: Database, one: Announcement) -> None:
    """Writes an announcement in the caller's transaction, once for an id."""
    row = {"id": storable(one.id), "type": one.type, "subject": one.subject, "data": plain(one.data)}
    database.insert_once(connection, announcements, **row, made_at=one.made_at, due_at=one.due_at)


def due(connection: Connection, now: Instant) -> Sequence[Announcement]:
    """The due announcements, the oldest first."""
    table = announcements
    waiting = select(table).where(table.c.told_at.is_(None), table.c.due_at <= now)
    rows = connection.execute(waiting.order_by(table.c.due_at, table.c.made_at, table.c.id).limit(100))
    return tuple(
        Announcement(row.id, row.type, row.data, row.made_at, row.due_at, row.subject, row.told_at) for row in rows
    )


def told(connection: Connection, id_: str, at: Instant) -> None:
    """Marks an announcement that every ticket has."""
    table = announcements
    connection.execute(update(table).where(table.c.id == storable(id_), table.c.told_at.is_(None)).values(told_at=at))


def announce_change(
    database: Database, name: str, content: Json, describe: Callable[[Json, str], Announcement]
) -> Announcement | None:
    """Announces ``content`` where it differs from the last one under this name; None where it does not.

    The first content under a name is kept without an announcement: no ticket has relied on another. ``describe`` gets
    the previous content, and an id that no other change has had.
    """
    wanted = plain(content)
    with database.write() as connection:
        if database.insert_once(connection, announced, name=name, content=wanted, version=1):
            return None
        mine = announced.c.name == name
        row = connection.execute(select(announced).where(mine).with_for_update()).one()
        if row.content == wanted:
            return None
        version = row.version + 1
        connection.execute(update(announced).where(mine).values(content=wanted, version=version))
        made = describe(row.content, f"{name}:{version}")
        announce(connection, database, made)
        return made
