"""Figures of a past period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from sqlalchemy import Connection, or_, select

from activities.records.shapes import Counted
from activities.records.tables import service_levels, tickets
from definitions.times import Instant


def touched(connection: Connection, start: Instant, end: Instant, processes: Collection[str]) -> Iterator[Counted]:
    """Tickets of these processes that were open at some moment of [start, end)."""
    where = (
        tickets.c.process.in_(sorted(processes)),
        tickets.c.opened_at < end,
        or_(tickets.c.ended_at.is_(None), tickets.c.ended_at >= start),
    )
    breaches: defaultdict[str, list[Instant]] = defaultdict(list)
    breached = select(service_levels.c.ticket, service_levels.c.breached_at).join(tickets)
    for key, at in connection.execute(breached.where(service_levels.c.breached_at.is_not(None), *where)):
        breaches[key].append(at)
    columns = tickets.c.process, tickets.c.opened_at, tickets.c.ended_at, tickets.c.failed, tickets.c.fields
    query = select(tickets.c.key, *columns).where(*where)
    for row in connection.execution_options(yield_per=500).execute(query):
        times = tuple(breaches.get(row.key, ()))
        yield Counted(row.process, row.opened_at, row.ended_at, row.failed, dict(row.fields), times)
