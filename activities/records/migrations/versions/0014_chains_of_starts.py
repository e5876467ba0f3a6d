"""The chain of events and starts that has led to a start, so that the starts of one chain can be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("starts", sa.Column("chain", sa.Text(), nullable=True))
    op.create_index(op.f("ix_starts_chain"), "starts", ["chain"])


def downgrade() -> None:
    op.drop_index(op.f("ix_starts_chain"), "starts")
    op.drop_column("starts", "chain")
