"""Queries of the records. Lists are paged, newest first, in a stable order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from activities.records import cursor as cursors
from activities.records.outbox import Notification
from activities.records.reading import (
    ApprovalRow,
    Audience,
    Counts,
    Page,
    TicketRecord,
    TicketRow,
    TimelineEntry,
    made,
    notification,
    ticket_row,
)
from activities.records.tables import (
    approvals,
    audit,
    definitions,
    notifications,
    ticket_participants,
    ticket_states,
    tickets,
)
from activities.records.text import storable
from activities.records.titles import Titles, says, shown_title

T = TypeVar("T")
EVERYONE = "everyone"
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of tickets; None means any value."""

    process: str | None = None
    state: str | None = None
    """The id of an active leaf."""
    is_open: bool | None = None
    assignee: str | None = None
    """A bound principal."""
    opener: str | None = None
    text: str | None = None
    """A part of the key or the title; case does not matter."""
    visible_to: Collection[str] | None = None
    """The reader's bound principals, besides ``everyone``; None for all tickets."""
    titles: Titles | None = None
    """The titles that are shown and found; None for all titles."""


def get(connection: Connection, key: str) -> TicketRecord | None:
    """One ticket; None where it is not on record."""
    row = connection.execute(select(tickets).where(tickets.c.key == storable(key))).one_or_none()
    if row is None:
        return None
    table = ticket_participants
    who = connection.scalars(select(table.c.principal).where(table.c.ticket == row.key).order_by(table.c.principal))
    return TicketRecord(ticket_row(row, row.title), row.view, tuple(who), row.calendars)


def definition(connection: Connection, digest: str) -> str | None:
    """The packed definition of a digest; None where no ticket has recorded it."""
    wanted = select(definitions.c.definition).where(definitions.c.digest == storable(digest))
    return connection.scalars(wanted).one_or_none()


def seen_by(connection: Connection, key: str) -> Audience | None:
    """The viewers of a ticket, without the ticket; None where it is not on record."""
    who = ticket_participants
    wanted = select(
        tickets.c.process, tickets.c.digest, tickets.c.revision, tickets.c.in_doubt, who.c.principal
    ).outerjoin(who, who.c.ticket == tickets.c.key)
    rows = connection.execute(wanted.where(tickets.c.key == storable(key))).all()
    if not rows:
        return None
    return Audience(
        rows[0].process,
        rows[0].digest,
        rows[0].revision,
        tuple(row.principal for row in rows if row.principal is not None),
        rows[0].in_doubt,
    )


def list_tickets(connection: Connection, wanted: Filter, limit: int, cursor: str | None) -> Page[TicketRow]:
    """Tickets, newest first. Raises BadCursorError."""
    shown = shown_title(wanted.titles, "shown_title")
    query = (
        select(tickets, shown).where(*_conditions(wanted)).order_by(tickets.c.opened_at.desc(), tickets.c.key.desc())
    )
    if cursor is not None:
        query = query.where(tuple_(tickets.c.opened_at, tickets.c.key) < tuple_(*cursors.decode(cursor, int, str)))
    rows, more = _page(connection, query, limit)
    last = cursors.encode(rows[-1].opened_at, rows[-1].key) if more else None
    return Page(tuple(ticket_row(row, row.shown_title) for row in rows), last)


def timeline(
    connection: Connection,
    key: str,
    limit: int,
    cursor: str | None,
    *,
    internal: bool,
    kinds: Sequence[str],
    until: int | None = None,
) -> Page[TimelineEntry]:
    """Audit entries until a revision, oldest first; internal comments only with ``internal``. Raises BadCursorError."""
    query = select(audit).where(audit.c.ticket == storable(key)).order_by(audit.c.revision, audit.c.position)
    if until is not None:
        query = query.where(audit.c.revision <= until)
    if not internal:
        query = query.where(audit.c.internal.is_(False))
    if kinds:
        query = query.where(audit.c.kind.in_(kinds))
    if cursor is not None:
        query = query.where(tuple_(audit.c.revision, audit.c.position) > tuple_(*cursors.decode(cursor, int, int)))
    rows, more = _page(connection, query, limit)
    last = cursors.encode(rows[-1].revision, rows[-1].position) if more else None
    return Page(tuple(made(TimelineEntry, row) for row in rows), last)


def outbox(
    connection: Connection, limit: int, cursor: str | None, *, ticket: str | None, person: str | None
) -> Page[Notification]:
    """Notifications of a ticket, to a person, or both; newest first. Raises BadCursorError."""
    table = notifications
    query = select(table).order_by(table.c.created_at.desc(), table.c.id.desc())
    if ticket is not None:
        query = query.where(table.c.ticket == storable(ticket))
    if person is not None:
        query = query.where(table.c.person == storable(person))
    if cursor is not None:
        query = query.where(tuple_(table.c.created_at, table.c.id) < tuple_(*cursors.decode(cursor, int, str)))
    rows, more = _page(connection, query, limit)
    last = cursors.encode(rows[-1].created_at, rows[-1].id) if more else None
    return Page(tuple(notification(row) for row in rows), last)


def approvals_of(
    connection: Connection,
    *,
    person: str | None,
    ticket: str | None,
    status: Literal["open"] | None,
    titles: Titles | None,
) -> tuple[ApprovalRow, ...]:
    """Approval requests to a person, of a ticket, or both; by due time, those without a due time last."""
    table = approvals
    order = (table.c.due_at.is_(None), table.c.due_at, table.c.asked_at, table.c.ticket, table.c.stage, table.c.person)
    query = select(table, shown_title(titles, "title"), tickets.c.process).join(
        tickets, tickets.c.key == table.c.ticket
    )
    for column, value in ((table.c.person, person), (table.c.ticket, ticket), (table.c.status, status)):
        if value is not None:
            query = query.where(column == storable(value))
    return tuple(made(ApprovalRow, row) for row in connection.execute(query.order_by(*order)))


def counts(connection: Connection, wanted: Filter) -> Counts:
    """The number of tickets by process and by state."""
    where = _conditions(wanted)
    is_open = tickets.c.ended_at.is_(None)
    by_open = connection.execute(select(is_open, func.count()).where(*where).group_by(is_open)).all()
    totals = {bool(row[0]): row[1] for row in by_open}
    processes = select(tickets.c.process, func.count()).where(*where, is_open).group_by(tickets.c.process)
    states = (
        select(ticket_states.c.state, func.count())
        .join(tickets, tickets.c.key == ticket_states.c.ticket)
        .where(*where, is_open)
        .group_by(ticket_states.c.state)
    )
    return Counts(
        open=totals.get(True, 0),
        ended=totals.get(False, 0),
        by_process={row[0]: row[1] for row in connection.execute(processes.order_by(tickets.c.process))},
        by_state={row[0]: row[1] for row in connection.execute(states.order_by(ticket_states.c.state))},
    )


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (tickets.c.process, wanted.process),
        (tickets.c.assignee, wanted.assignee),
        (tickets.c.opener, wanted.opener),
    ):
        if value is not None:
            found.append(column == storable(value))
    if wanted.is_open is not None:
        found.append(tickets.c.ended_at.is_(None) if wanted.is_open else tickets.c.ended_at.is_not(None))
    if wanted.text is not None:
        found.append(says(wanted.text, wanted.titles))
    if wanted.state is not None:
        in_state = select(ticket_states.c.ticket).where(ticket_states.c.state == storable(wanted.state))
        found.append(tickets.c.key.in_(in_state))
    if wanted.visible_to is not None:
        principals = {storable(principal) for principal in wanted.visible_to} | {EVERYONE}
        seen = select(ticket_participants.c.ticket).where(ticket_participants.c.principal.in_(sorted(principals)))
        found.append(tickets.c.key.in_(seen))
    return found


def _page(connection: Connection, query: Select[Any], limit: int) -> tuple[Sequence[Any], bool]:
    size = max(1, min(limit, LARGEST_PAGE))
    rows = connection.execute(query.limit(size + 1)).all()
    return rows[:size], len(rows) > size
