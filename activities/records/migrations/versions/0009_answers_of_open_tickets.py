"""The answers to the events of open tickets, under their idempotency keys, with the workflow task that wrote them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("revision", sa.BigInteger(), nullable=True))
    op.add_column("answers", sa.Column("workflow_task", sa.String(60), nullable=False, server_default=""))
    op.create_index(op.f("ix_answers_key"), "answers", ["key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_answers_key"), table_name="answers")
    op.drop_column("answers", "workflow_task")
    op.drop_column("answers", "revision")
