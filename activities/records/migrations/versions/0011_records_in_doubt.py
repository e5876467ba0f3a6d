"""Records that may be ahead of history: when each was written, and whether it is in doubt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("written_at", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_tickets_written_at"), "tickets", ["written_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_tickets_written_at"), table_name="tickets")
    op.drop_column("tickets", "in_doubt")
    op.drop_column("tickets", "written_at")
