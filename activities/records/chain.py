"""The hash chain of a ticket's audit entries: it shows a changed, moved or missing entry."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from activities.records.tables import audit, tickets
from activities.records.text import GENESIS, chained

HASHED = ("ticket", "seq", "revision", "position", "at", "kind", "actor", "internal", "data")


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result; ``broken_at`` is the first entry (by ``seq``) that is changed, moved or gone, else None."""

    entries: int
    broken_at: int | None = None

    @property
    def holds(self) -> bool:
        return self.broken_at is None


def verify_chain(connection: Connection, key: str) -> ChainReport:
    """Computes every hash again, from the first entry to the last entry that the ticket's row names."""
    count = prev = None
    for row in connection.execute(select(tickets.c.audit_entries, tickets.c.audit_hash).where(tickets.c.key == key)):
        count, prev = row.audit_entries, row.audit_hash
    entries = connection.execute(select(audit).where(audit.c.ticket == key).order_by(audit.c.seq)).all()
    link = GENESIS
    for expected, entry in enumerate(entries, start=1):
        hashed = chained(link, {name: entry._mapping[name] for name in HASHED})
        if (entry.seq, entry.prev_hash, entry.hash) != (expected, link, hashed):
            return ChainReport(len(entries), expected)
        link = hashed
    if (count or 0, prev or GENESIS) != (len(entries), link):
        return ChainReport(len(entries), len(entries) + 1 if (count or 0) > len(entries) else len(entries))
    return ChainReport(len(entries))
