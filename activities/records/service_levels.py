"""Service levels as rows, one for each run, for figures and lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, delete, select, tuple_

from activities.records.database import Database
from activities.records.reading import LevelRow, made
from activities.records.tables import service_levels
from activities.records.text import storable
from workflows.engine.service_levels.recorded_runs import RecordedRun

KEY = ("ticket", "level", "run")
# Built once: to build these statements costs as much as to execute them.
_OF_TICKETS = (
    select(service_levels)
    .where(service_levels.c.ticket.in_(bindparam("of_tickets", expanding=True)))
    .order_by(service_levels.c.ticket, service_levels.c.level, service_levels.c.run)
)


def write_runs(database: Database, connection: Connection, ticket: str, runs: Collection[RecordedRun]) -> None:
    """Writes the changed runs over their earlier rows."""
    if runs:
        rows = [asdict(run) | {"ticket": ticket, "level": storable(run.level)} for run in runs]
        database.replace(connection, service_levels, KEY, rows)


def keep_only(connection: Connection, ticket: str, runs: Collection[RecordedRun]) -> None:
    """Removes the runs of a ticket that it does not have."""
    kept = [(storable(run.level), run.run) for run in runs]
    table = service_levels
    connection.execute(
        delete(table).where(table.c.ticket == ticket, tuple_(table.c.level, table.c.run).not_in(kept))
        if kept
        else delete(table).where(table.c.ticket == ticket)
    )


def levels_of(connection: Connection, keys: Iterable[str]) -> Mapping[str, tuple[LevelRow, ...]]:
    """The current run of each service level of these tickets, by ticket key."""
    found: dict[str, dict[str, LevelRow]] = {}
    for row in connection.execute(_OF_TICKETS, {"of_tickets": [storable(key) for key in keys]}):
        found.setdefault(row.ticket, {})[row.level] = made(LevelRow, row)
    return {key: tuple(levels.values()) for key, levels in found.items()}
