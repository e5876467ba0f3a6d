"""Reads what the comparison of a ticket with its history needs from the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from activities.records.chain import ChainReport, verify_chain
from activities.records.counters import KEY_FORM
from activities.records.tables import counters, macrosteps, tickets
from activities.records.text import storable
from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A ticket as the records have it."""

    key: str
    revision: int
    ended_at: Instant | None
    contents: Mapping[int, str | None]
    """The digest of each recorded step by revision; None for steps of builds that wrote no digest."""
    chain: ChainReport


@dataclass(frozen=True, slots=True)
class Numbers:
    """The last number that was given out, and the highest number on record, by prefix."""

    counters: Mapping[str, int] = field(default_factory=dict)
    tickets: Mapping[str, int] = field(default_factory=dict)


def on_record(connection: Connection, key: str) -> OnRecord | None:
    """One ticket; None if the ticket is not on record."""
    mine = tickets.c.key == storable(key)
    row = connection.execute(select(tickets.c.revision, tickets.c.ended_at).where(mine)).one_or_none()
    if row is None:
        return None
    of_ticket = macrosteps.c.ticket == storable(key)
    steps = connection.execute(select(macrosteps.c.revision, macrosteps.c.content).where(of_ticket))
    contents = {step.revision: step.content for step in steps}
    return OnRecord(key, row.revision, row.ended_at, contents, verify_chain(connection, key))


def keys(connection: Connection, after: str, limit: int) -> Sequence[str]:
    """The keys of recorded tickets after this key, sorted."""
    wanted = select(tickets.c.key).where(tickets.c.key > storable(after)).order_by(tickets.c.key).limit(limit)
    return tuple(connection.scalars(wanted))


def numbers(connection: Connection) -> Numbers:
    """The numbers of all tickets."""
    given = {row.prefix: row.last for row in connection.execute(select(counters))}
    return Numbers(given, highest(connection.scalars(select(tickets.c.key)).all()))


def highest(tickets_: Sequence[str]) -> dict[str, int]:
    """The highest number of these keys by prefix."""
    found: dict[str, int] = {}
    for match in filter(None, map(KEY_FORM.fullmatch, tickets_)):
        found[match[1]] = max(found.get(match[1], 0), int(match[2]))
    return found
