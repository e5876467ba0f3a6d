"""Which tickets point to which, and which time is booked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_links",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_ticket_links_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "link", "target", name=op.f("pk_ticket_links")),
    )
    op.create_index(op.f("ix_ticket_links_target_link"), "ticket_links", ["target", "link"])
    op.create_table(
        "bookings",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_service_ends_at"), "bookings", ["service", "ends_at"])


def downgrade() -> None:
    op.drop_table("bookings")
    op.drop_table("ticket_links")
