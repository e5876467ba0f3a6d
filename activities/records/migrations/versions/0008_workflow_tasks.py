"""Which workflow task has written a ticket's row, and what each macrostep says: to tell what never came to be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("workflow_task", sa.String(60), nullable=False, server_default=""))
    op.add_column("macrosteps", sa.Column("content", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("macrosteps", "content")
    op.drop_column("tickets", "workflow_task")
