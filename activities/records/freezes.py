"""Freezes that people declare while Stanchion runs: lifted, never deleted, so that their history stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from activities.records.announcing import Announcement, announce
from activities.records.bookings import one_at_a_time
from activities.records.database import Database
from activities.records.tables import announcements, freeze_requests, freezes
from activities.records.text import plain, storable
from definitions.schema.model import Json
from definitions.times import Instant


@dataclass(frozen=True, slots=True)
class Lifted:
    """The lifting of a freeze."""

    by: str
    at: Instant
    because: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredFreeze:
    """A declared freeze: half open, UTC seconds; without services it holds for all."""

    id: str
    starts_at: Instant
    ends_at: Instant
    services: tuple[str, ...]
    written: Mapping[str, Json]
    """``from``, ``to`` and ``title``, as given."""
    declared_by: str
    declared_at: Instant
    reason: str
    lifted: Lifted | None = None
    told: bool = False
    """Whether tickets have its last change."""

    def is_like(self, other: DeclaredFreeze) -> bool:
        """Whether another declaration means the same freeze, whatever its author and time."""
        mine, others = ((one.starts_at, one.ends_at, one.services, one.written, one.reason) for one in (self, other))
        return mine == others


@dataclass(frozen=True, slots=True)
class FreezeRequest:
    """A request: its sender, its idempotency key and its hash."""

    scope: str
    key: str
    request_hash: str


class FreezeTakenError(Exception):
    """The id belongs to another freeze or to a lifted freeze."""

    def __init__(self, known: DeclaredFreeze) -> None:
        super().__init__(known.id)
        self.known = known


class KeyReusedError(Exception):
    """The idempotency key was used for another request."""


Announcing = Callable[[DeclaredFreeze], Announcement]


def declare(
    database: Database, wanted: DeclaredFreeze, request: FreezeRequest | None, announcing: Announcing
) -> DeclaredFreeze:
    """Writes a freeze with its announcement, in one transaction; the same freeze again changes nothing.

    A concurrent booking comes before the freeze or sees it. Raises FreezeTakenError and KeyReusedError.
    """
    with database.write() as connection:
        one_at_a_time(database, connection)
        repeated = _is_repeated(database, connection, request)
        known = _find(connection, wanted.id)
        if known is None:
            connection.execute(insert(freezes).values(**_row(wanted)))
            announce(connection, database, announcing(wanted))
            return wanted
        if not repeated and (known.lifted is not None or not known.is_like(wanted)):
            raise FreezeTakenError(known)
        return known


def lift(
    database: Database, id_: str, lifted: Lifted, request: FreezeRequest | None, announcing: Announcing
) -> DeclaredFreeze | None:
    """Lifts a freeze; a lifted freeze stays as it was. None for an unknown freeze. Raises KeyReusedError."""
    with database.write() as connection:
        one_at_a_time(database, connection)
        known = _find(connection, id_)
        if known is None:
            return None
        _is_repeated(database, connection, request)
        if known.lifted is not None:
            return known
        values = {"lifted_by": storable(lifted.by), "lifted_at": lifted.at}
        because = None if lifted.because is None else storable(lifted.because)
        connection.execute(update(freezes).where(freezes.c.id == known.id).values(**values, lifted_because=because))
        now_lifted = replace(known, lifted=lifted, told=False)
        announce(connection, database, announcing(now_lifted))
        return now_lifted


def get(connection: Connection, id_: str) -> DeclaredFreeze | None:
    """One freeze, also where it is over or lifted."""
    return _find(connection, id_)


def listed(connection: Connection, since: Instant | None) -> Sequence[DeclaredFreeze]:
    """Freezes by their beginning: those not lifted that end after ``since``; with None every freeze."""
    query = _with_told()
    if since is not None:
        query = query.where(freezes.c.ends_at > since, freezes.c.lifted_at.is_(None))
    return tuple(_freeze(row) for row in connection.execute(query.order_by(freezes.c.starts_at, freezes.c.id)))


def holding(
    connection: Connection, services: Collection[str], start: Instant, end: Instant
) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Ids of freezes that hold within [start, end) for one of ``services``, each with the services that it names."""
    found = connection.execute(
        select(freezes.c.id, freezes.c.services)
        .where(freezes.c.lifted_at.is_(None), freezes.c.starts_at < end, freezes.c.ends_at > start)
        .order_by(freezes.c.starts_at, freezes.c.id)
    )
    hits = ((row.id, tuple(sorted(set(services) & set(row.services or services)))) for row in found)
    return tuple(hit for hit in hits if hit[1])


def _is_repeated(database: Database, connection: Connection, request: FreezeRequest | None) -> bool:
    """Whether this request came before under its key. Raises KeyReusedError where another request did."""
    if request is None:
        return False
    place = {"scope": storable(request.scope), "key": storable(request.key)}
    if database.insert_once(connection, freeze_requests, **place, request_hash=request.request_hash):
        return False
    mine = and_(freeze_requests.c.scope == place["scope"], freeze_requests.c.key == place["key"])
    if connection.execute(select(freeze_requests.c.request_hash).where(mine)).scalar_one() != request.request_hash:
        raise KeyReusedError(request.key)
    return True


def _find(connection: Connection, id_: str) -> DeclaredFreeze | None:
    row = connection.execute(_with_told().where(freezes.c.id == storable(id_))).one_or_none()
    return None if row is None else _freeze(row)


def _with_told() -> Select[Any]:
    table = announcements
    waiting = select(func.count()).where(table.c.subject == freezes.c.id, table.c.told_at.is_(None))
    return select(freezes, waiting.scalar_subquery().label("waiting"))


def _freeze(row: Row[Any]) -> DeclaredFreeze:
    lifted = None if row.lifted_at is None else Lifted(row.lifted_by, row.lifted_at, row.lifted_because)
    return DeclaredFreeze(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        services=tuple(row.services),
        written=row.written,
        declared_by=row.declared_by,
        declared_at=row.declared_at,
        reason=row.reason,
        lifted=lifted,
        told=row.waiting == 0,
    )


def _row(one: DeclaredFreeze) -> dict[str, Any]:
    return {
        "id": storable(one.id),
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "services": [storable(service) for service in one.services],
        "written": plain(dict(one.written)),
        "declared_by": storable(one.declared_by),
        "declared_at": one.declared_at,
        "reason": storable(one.reason),
    }
