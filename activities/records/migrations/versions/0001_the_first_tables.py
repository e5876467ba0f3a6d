"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "counters",
    "starts",
    "tickets",
    "approvals",
    "audit",
    "macrosteps",
    "notifications",
    "ticket_participants",
    "ticket_states",
)


def upgrade() -> None:
    _counters()
    _starts()
    _tickets()
    _approvals()
    _audit()
    _macrosteps()
    _notifications()
    _ticket_participants()
    _ticket_states()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_counters")),
    )


def _starts() -> None:
    op.create_table(
        "starts",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("start_key", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.String(length=100), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "start_key", name=op.f("pk_starts")),
    )
    op.create_index(op.f("ix_starts_ticket"), "starts", ["ticket"])


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("opener", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("view", sa.JSON(), nullable=False),
        sa.Column("audit_entries", sa.BigInteger(), nullable=False),
        sa.Column("audit_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_assignee"), "tickets", ["assignee"])
    op.create_index(op.f("ix_tickets_opened_at_key"), "tickets", ["opened_at", "key"])
    op.create_index(op.f("ix_tickets_opener"), "tickets", ["opener"])
    op.create_index(op.f("ix_tickets_process_opened_at"), "tickets", ["process", "opened_at"])


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("asked_for", sa.Text(), nullable=True),
        sa.Column("veto_only", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_approvals_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "state", "visit", "round", "stage", "person", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_person_status"), "approvals", ["person", "status"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_audit_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("ticket", "revision", "position", name=op.f("uq_audit_ticket_revision_position")),
    )


def _macrosteps() -> None:
    op.create_table(
        "macrosteps",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_macrosteps_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "revision", name=op.f("pk_macrosteps")),
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_notifications_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_effect"), "notifications", ["effect"])
    op.create_index(op.f("ix_notifications_person_created_at"), "notifications", ["person", "created_at"])
    op.create_index(
        op.f("ix_notifications_ticket_revision_position"), "notifications", ["ticket", "revision", "position"]
    )


def _ticket_participants() -> None:
    op.create_table(
        "ticket_participants",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket"], ["tickets.key"], name=op.f("fk_ticket_participants_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket", "principal", name=op.f("pk_ticket_participants")),
    )
    op.create_index(op.f("ix_ticket_participants_principal_ticket"), "ticket_participants", ["principal", "ticket"])


def _ticket_states() -> None:
    op.create_table(
        "ticket_states",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.key"], name=op.f("fk_ticket_states_ticket"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket", "state", name=op.f("pk_ticket_states")),
    )
    op.create_index(op.f("ix_ticket_states_state_ticket"), "ticket_states", ["state", "ticket"])
