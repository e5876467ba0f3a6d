"""Service levels as rows, one for each run; and the calendars that a ticket carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("calendars", sa.Text(), nullable=True))
    table = op.create_table(
        "service_levels",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("target_seconds", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("elapsed", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("breached_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_service_levels_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "level", "run", name=op.f("pk_service_levels")),
    )
    op.create_index(op.f("ix_service_levels_breached_at"), "service_levels", ["breached_at"])
    _fill(table)


def downgrade() -> None:
    op.drop_table("service_levels")
    op.drop_column("tickets", "calendars")


def _fill(table: sa.Table) -> None:
    """The runs of tickets that are on record; lengths and due times need a calendar, and are not known of them."""
    connection = op.get_bind()
    tickets = sa.table("tickets", sa.column("key", sa.Text()), sa.column("view", sa.JSON()))
    last = ""
    while rows := connection.execute(
        sa.select(tickets.c.key, tickets.c.view).where(tickets.c.key > last).order_by(tickets.c.key).limit(500)
    ).all():
        last = rows[-1].key
        found = [run for row in rows for run in _runs(row.key, row.view)]
        if found:
            connection.execute(sa.insert(table), found)


def _runs(key: str, view: Any) -> Iterator[dict[str, Any]]:
    for level, clock in (view.get("clocks") or {}).items():
        for run in (*(clock.get("earlier") or ()), *([clock["run"]] if clock.get("run") else ())):
            yield _row(key, level, run)


def _row(key: str, level: str, run: dict[str, Any]) -> dict[str, Any]:
    intervals, left, breached = run.get("intervals") or (), run.get("left"), run.get("breached_at")
    last = intervals[-1] if intervals else {"kind": "running", "start": run["start"]}
    over = "canceled" if run.get("canceled") else "met"
    status = over if left is not None else "running" if last["kind"] == "running" else "paused"
    return {
        "ticket": key,
        "level": level,
        "run": run["number"],
        "kind": "sla",
        "status": status if breached is None else "breached",
        "target": run.get("target"),
        "started_at": run["start"],
        "since": last["start"] if left is None else left,
        "breached_at": breached,
        "ended_at": left,
    }
