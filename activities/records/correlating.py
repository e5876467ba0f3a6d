"""Correlation of events from outside: open tickets by their correlation key, and the plans of earlier events.

A correlation belongs to one open ticket of a process. It is taken in the transaction that gives out the ticket's number
and given back in the one that records the ticket's end, so that no two tickets ever hold it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select

from activities.records.database import Database
from activities.records.tables import correlations, occurrences, tickets
from activities.records.text import plain, storable
from definitions.schema.model import Json
from definitions.times import Instant

_NOBODY = ""
"""The holder while its number is allocated; not visible outside that transaction."""
_FREE = delete(correlations).where(correlations.c.ticket == bindparam("of_ticket"))


@dataclass(frozen=True, slots=True)
class CorrelationHolder:
    """A correlation key with its ticket, which may not be recorded yet."""

    ticket: str
    since: Instant


def take(
    database: Database, connection: Connection, process: str, correlation: str, at: Instant
) -> CorrelationHolder | None:
    """The holder of a correlation key; None where the caller has taken it and must ``give`` it a ticket."""
    row = {"process": process, "correlation": storable(correlation), "ticket": _NOBODY, "taken_at": at}
    while not database.insert_once(connection, correlations, **row):
        held = _held(connection, process, correlation, lock=True)
        if held is not None:
            return held
        # Another transaction has released the key between the two statements.
    return None


def give(connection: Connection, process: str, correlation: str, ticket: str) -> None:
    """Writes the ticket's number to a correlation key that was just taken."""
    table = correlations
    mine = table.c.process == process, table.c.correlation == storable(correlation)
    connection.execute(table.update().where(*mine).values(ticket=ticket))


def move(connection: Connection, before: str, after: str) -> None:
    """Gives the correlation keys of a ticket to another one."""
    connection.execute(correlations.update().where(correlations.c.ticket == before).values(ticket=after))


def free(connection: Connection, ticket: str) -> None:
    """Releases the correlation keys of a ticket."""
    connection.execute(_FREE, {"of_ticket": ticket})


def holder(connection: Connection, process: str, correlation: str) -> str | None:
    held = _held(connection, process, correlation)
    return held.ticket if held else None


def _held(connection: Connection, process: str, correlation: str, *, lock: bool = False) -> CorrelationHolder | None:
    table = correlations
    query = select(table.c.ticket, table.c.taken_at).where(
        table.c.process == process, table.c.correlation == storable(correlation)
    )
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else CorrelationHolder(row.ticket, row.taken_at)


def open_with(connection: Connection, process: str, values: Mapping[str, Json]) -> tuple[str, ...]:
    """The database compares texts; other values are compared here, for databases read JSON's numbers differently."""
    wanted = {name: plain(value) for name, value in values.items()}
    query = select(tickets.c.key, tickets.c.fields).where(tickets.c.process == process, tickets.c.ended_at.is_(None))
    for name, value in wanted.items():
        if isinstance(value, str):
            query = query.where(tickets.c.fields[name].as_string() == value)
    rows = connection.execute(query.order_by(tickets.c.opened_at, tickets.c.key))
    return tuple(row.key for row in rows if all(_value(row.fields, name) == value for name, value in wanted.items()))


def _value(fields: Mapping[str, Json], name: str) -> Json:
    """The value of a field; an empty list is none."""
    value = fields.get(name)
    return None if value == [] else value


def plan_of(connection: Connection, scope: str, event: str) -> Json:
    table = occurrences
    mine = table.c.scope == storable(scope), table.c.event == storable(event)
    return connection.execute(select(table.c.plan).where(*mine)).scalar_one_or_none()


def keep_plan(database: Database, scope: str, event: str, plan: Json, at: Instant) -> Json:
    """Keeps the plan of an event, and returns the one that stands: this plan, or an earlier one of the same event."""
    row = {"scope": storable(scope), "event": storable(event), "plan": plain(plan), "came_at": at}
    with database.write() as connection:
        kept = database.insert_once(connection, occurrences, **row)
        return row["plan"] if kept else plan_of(connection, scope, event)
