"""Correlations of open tickets, and what was planned for events from outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("starts", sa.Column("joined", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "correlations",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", "correlation", name=op.f("pk_correlations")),
    )
    op.create_index(op.f("ix_correlations_ticket"), "correlations", ["ticket"])
    op.create_table(
        "occurrences",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("came_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "event", name=op.f("pk_occurrences")),
    )
    op.create_index(op.f("ix_occurrences_came_at"), "occurrences", ["came_at"])


def downgrade() -> None:
    op.drop_table("occurrences")
    op.drop_table("correlations")
    with op.batch_alter_table("starts") as batch:
        batch.drop_column("joined")
