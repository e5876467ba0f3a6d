"""The rows that every snapshot may change: leaves, viewers, links; read in one query, written where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import (
    BindParameter,
    Connection,
    Delete,
    Insert,
    Table,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    tuple_,
    union_all,
)

from activities.records.tables import approvals, ticket_links, ticket_participants, ticket_states
from activities.records.text import storable
from workflows.contracts import RecordBatch

_TICKET: BindParameter[str] = bindparam("of_ticket")
# Built once: to build these statements costs as much as to execute them.
_PRESENT = union_all(
    select(literal_column("'state'").label("kind"), ticket_states.c.state, literal_column("''"))
    .where(ticket_states.c.ticket == _TICKET),
    select(literal_column("'see'"), ticket_participants.c.principal, literal_column("''"))
    .where(ticket_participants.c.ticket == _TICKET),
    select(literal_column("'link'"), ticket_links.c.link, ticket_links.c.target)
    .where(ticket_links.c.ticket == _TICKET),
    select(literal_column("'asked'"), approvals.c.state, literal_column("''"))
    .where(approvals.c.ticket == _TICKET, approvals.c.status == "open"),
)  # fmt: skip


def _gone(table: Table, *columns: str) -> Delete:
    these = tuple_(*(table.c[column] for column in columns)).in_(bindparam("gone", expanding=True))
    return delete(table).where(table.c.ticket == _TICKET, these)


_WRITES: dict[str, tuple[tuple[str, ...], Insert, Delete]] = {
    kind: (columns, insert(table), _gone(table, *columns))
    for kind, table, columns in (
        ("state", ticket_states, ("state",)),
        ("see", ticket_participants, ("principal",)),
        ("link", ticket_links, ("link", "target")),
    )
}


Parts = Mapping[str, set[tuple[str, ...]]]
"""Rows of a ticket by kind, each by its identity. ``asked`` holds the states with an open approval request."""


def present(connection: Connection, ticket: str) -> Parts:
    """The recorded rows of a ticket."""
    parts: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for kind, *row in connection.execute(_PRESENT, {"of_ticket": ticket}):
        parts[kind].add(tuple(row) if kind == "link" else (row[0],))
    return parts


def write_parts(connection: Connection, batch: RecordBatch, before: Parts) -> None:
    """Updates leaves, viewers and links from the batch; ``before`` are the recorded rows."""
    wanted: Parts = {
        "state": {(storable(state),) for state in batch.state},
        "see": {(storable(principal),) for principal in batch.see},
        "link": {(storable(link), storable(target)) for link, target in batch.links},
    }
    for kind, (columns, fresh, gone) in _WRITES.items():
        new, old = wanted[kind], before.get(kind, set())
        if less := old - new:
            connection.execute(gone, {"of_ticket": batch.key, "gone": sorted(less)})
        if more := new - old:
            rows = [{"ticket": batch.key, **dict(zip(columns, row, strict=True))} for row in sorted(more)]
            connection.execute(fresh, rows)
