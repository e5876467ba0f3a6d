"""What the records say of a time that is past."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select

from activities.records.tables import tickets
from definitions.schema.model import Json
from workflows.engine.snapshot import Instant


@dataclass(frozen=True, slots=True)
class Counted:
    """One ticket, as far as figures need it."""

    process: str
    opened_at: Instant
    ended_at: Instant | None
    failed: bool
    fields: dict[str, Json]
    clocks: dict[str, dict[str, Json]]
    """Service levels by name, as in the snapshot."""


def touched(connection: Connection, start: Instant, end: Instant, processes: Collection[str]) -> Iterator[Counted]:
    """Tickets of these processes that were open at some moment of [start, end)."""
    query = select(
        tickets.c.process, tickets.c.opened_at, tickets.c.ended_at, tickets.c.failed, tickets.c.fields, tickets.c.view
    ).where(
        tickets.c.process.in_(sorted(processes)),
        tickets.c.opened_at < end,
        or_(tickets.c.ended_at.is_(None), tickets.c.ended_at >= start),
    )
    for row in connection.execution_options(yield_per=500).execute(query):
        yield _counted(row)


def _counted(row: Any) -> Counted:
    view = row.view if isinstance(row.view, dict) else {}
    return Counted(
        row.process, row.opened_at, row.ended_at, row.failed, dict(row.fields), dict(view.get("clocks") or {})
    )
