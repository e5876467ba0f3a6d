"""Lookup of tickets by their keys or field values, for actions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, false, or_, select

from activities.records.shapes import Match, TicketQuery
from activities.records.tables import tickets
from activities.records.text import storable
from definitions.schema.model import Json

MOST = 500


def matching(connection: Connection, wanted: TicketQuery) -> Sequence[Match]:
    """At most MOST tickets: open tickets first, then the newest."""
    query = (
        select(tickets.c.key, tickets.c.process, tickets.c.state, tickets.c.view, tickets.c.ended_at)
        .where(*_conditions(wanted))
        .order_by(tickets.c.ended_at.is_not(None), tickets.c.opened_at.desc(), tickets.c.key)
        .limit(MOST)
    )
    return tuple(
        Match(row.key, row.process, tuple(row.state), tuple(row.view.get("configuration", ())), row.ended_at)
        for row in connection.execute(query)
    )


def _conditions(wanted: TicketQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.process is not None:
        found.append(tickets.c.process == storable(wanted.process))
    if wanted.keys is not None:
        found.append(tickets.c.key.in_([storable(key) for key in wanted.keys]))
    for name, value in wanted.fields.items():
        values = value if isinstance(value, list | tuple) else [value]
        found.append(or_(false(), *(_is(name, one) for one in values)))
    return found


def _is(name: str, value: Json) -> ColumnElement[bool]:
    """Compares as JSON: true is not 1, and an absent field or an empty list is null."""
    kept = tickets.c.fields[name]
    same: ColumnElement[bool]
    if value is None:
        same = or_(kept.as_string().is_(None), kept.as_string() == "[]")
    elif isinstance(value, bool):
        same = kept.as_boolean().is_(value)
    elif isinstance(value, int | float):
        same = kept.as_float() == value
    else:
        same = kept.as_string() == storable(str(value))
    return same
