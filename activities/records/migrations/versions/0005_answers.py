"""What was answered: to starts, and to requests on tickets that had ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.String(100), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_answers_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "key", name=op.f("pk_answers")),
    )
    op.add_column("starts", sa.Column("answer", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("starts", "answer")
    op.drop_table("answers")
