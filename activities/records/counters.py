"""Ticket numbers, and the ticket of each start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, case, func, select, update

from activities.records import correlating
from activities.records.database import Database
from activities.records.tables import counters, starts
from activities.records.text import storable
from definitions.schema.model import Json
from definitions.schema.process import TICKET_KEY
from definitions.times import Instant
from workflows.engine.model.bounds import MOST_STARTS_OF_A_CHAIN
from workflows.engine.model.chain_count import too_many_starts

KEY_FORM = re.compile(TICKET_KEY)


@dataclass(frozen=True, slots=True)
class Allocation:
    """The ticket key of a start. ``conflict``: the start key was used before with another body or process."""

    key: str
    status: Literal["new", "existing", "conflict"]
    joined: bool = False
    """The correlation key of this start was taken: ``key`` is the ticket that holds it."""
    since: Instant | None = None
    """When that ticket took the key (UTC seconds); None for a repeated start."""
    answer: Mapping[str, Json] | None = None
    """The kept answer for a repeated start."""


@dataclass(frozen=True, slots=True)
class TicketStart:
    """One start, which gets one number; ``scope`` and ``start_key`` identify it for ever."""

    scope: str
    start_key: str
    body_hash: str
    process: str
    prefix: str
    at: Instant
    correlation: str | None = None
    """The correlation key, which one open ticket of the process holds at most."""
    answer: Mapping[str, Json] | None = None
    """The answer to keep for a repeated start."""
    chain: str = ""
    """The chain of events and starts that has led to it; empty where none has."""


class TooManyStartsError(Exception):
    """The chain of a start has opened as many tickets as a chain may; the text is for people."""


def allocate(database: Database, start: TicketStart) -> Allocation:
    """The ticket key for a start, the same for ever for the same ``scope`` and ``start_key``.

    With a ``correlation`` that an open ticket of the process holds, that ticket. Safe with any number of callers at
    once; numbers are unique, and may have gaps. Raises TooManyStartsError for a new ticket beyond the bound of its
    chain; then nothing is kept.
    """
    named = {"scope": storable(start.scope), "start_key": storable(start.start_key)}
    mine = (starts.c.scope == named["scope"]) & (starts.c.start_key == named["start_key"])
    with database.write() as connection:
        given: dict[str, Any] = {"body_hash": start.body_hash, "process": start.process, "created_at": start.at}
        given |= {} if start.answer is None else {"answer": dict(start.answer)}
        given |= {"chain": storable(start.chain)} if start.chain else {}
        if not database.insert_once(connection, starts, **named, **given, ticket="", joined=False):
            columns = starts.c.ticket, starts.c.body_hash, starts.c.process, starts.c.joined
            row = connection.execute(select(*columns).where(mine)).one()
            same = (row.body_hash, row.process) == (start.body_hash, start.process)
            return Allocation(row.ticket, "existing" if same else "conflict", row.joined)
        holder = None
        if start.correlation is not None:
            holder = correlating.take(database, connection, start.process, start.correlation, start.at)
        if holder is not None:
            connection.execute(update(starts).where(mine).values(ticket=holder.ticket, joined=True))
            return Allocation(holder.ticket, "existing", joined=True, since=holder.since)
        if start.chain:
            _check_chain(connection, start.chain)
        key = f"{start.prefix}-{_next(database, connection, start.prefix)}"
        connection.execute(update(starts).where(mine).values(ticket=key))
        if start.correlation is not None:
            correlating.give(connection, start.process, start.correlation, key)
        return Allocation(key, "new")


def _check_chain(connection: Connection, chain: str) -> None:
    """Checks the bound of the chain of a start that is kept already: the tree of tickets that start others ends."""
    of_chain = (starts.c.chain == storable(chain)) & starts.c.joined.is_(False)
    if connection.execute(select(func.count()).where(of_chain)).scalar_one() > MOST_STARTS_OF_A_CHAIN:
        raise TooManyStartsError(too_many_starts(chain))


def renumber(database: Database, scope: str, start_key: str, taken: str, ahead: int) -> str:
    """Gives a start another number, ``ahead`` beyond the last: another ticket, unknown to these records, has ``taken``.

    Returns the key that the start has now; a start that has another key than ``taken`` keeps it.
    """
    mine = (starts.c.scope == storable(scope)) & (starts.c.start_key == storable(start_key))
    with database.write() as connection:
        key: str = connection.execute(select(starts.c.ticket).where(mine).with_for_update()).scalar_one()
        match = KEY_FORM.fullmatch(taken)
        if key != taken or match is None:
            return key
        key = f"{match[1]}-{_next(database, connection, match[1], ahead)}"
        connection.execute(update(starts).where(mine).values(ticket=key))
        correlating.move(connection, taken, key)
        return key


def start_of(connection: Connection, ticket: str) -> tuple[str, str] | None:
    """The scope and the key of the start that a ticket was numbered for; None for a ticket without one."""
    wanted = select(starts.c.scope, starts.c.start_key).where(starts.c.ticket == ticket, starts.c.joined.is_(False))
    row = connection.execute(wanted.limit(1)).one_or_none()
    return (row.scope, row.start_key) if row else None


def allocated(connection: Connection, scope: str, start_key: str, body_hash: str) -> Allocation | None:
    """The earlier allocation of this start; None for a new start."""
    columns = starts.c.ticket, starts.c.body_hash, starts.c.joined, starts.c.answer
    mine = (starts.c.scope == storable(scope)) & (starts.c.start_key == storable(start_key))
    row = connection.execute(select(*columns).where(mine)).one_or_none()
    if row is None:
        return None
    same = row.body_hash == body_hash
    return Allocation(row.ticket, "existing" if same else "conflict", row.joined, answer=row.answer)


def _next(database: Database, connection: Connection, prefix: str, ahead: int = 1) -> int:
    first = database.upsert(counters).values(prefix=prefix, last=ahead)
    more = first.on_conflict_do_update(index_elements=["prefix"], set_={"last": counters.c.last + ahead})
    return int(connection.execute(more.returning(counters.c.last)).scalar_one())


def raise_counter(database: Database, connection: Connection, key: str) -> None:
    """Keeps the counter above every recorded ticket, also in records that were rebuilt from Temporal."""
    match = KEY_FORM.fullmatch(key)
    if not match:
        return
    number = int(match[2])
    first = database.upsert(counters).values(prefix=match[1], last=number)
    highest = case((counters.c.last < number, number), else_=counters.c.last)
    connection.execute(first.on_conflict_do_update(index_elements=["prefix"], set_={"last": highest}))
