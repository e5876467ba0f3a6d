"""The tables of the records store. Times are UTC seconds since the epoch; names are portable between both databases.

Ids are unbounded text: a long name must never make a ticket unrecordable. JSON is kept as text (``JSON``, never
``JSONB``): what is hashed must come back as it went in.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = Text
PRINCIPAL = Text
ID = Text

tickets = Table(
    "tickets",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("process", Text, nullable=False),
    Column("digest", String(100), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("state", JSON, nullable=False),
    Column("title", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("opener", PRINCIPAL, nullable=False),
    Column("assignee", PRINCIPAL),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("failed", Boolean, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("view", JSON, nullable=False),
    Column("audit_entries", BigInteger, nullable=False),
    Column("audit_hash", String(64), nullable=False),
    Column("calendars", Text),
    Column("workflow_task", String(60), nullable=False, server_default=""),
    Column("written_at", BigInteger),
    Column("in_doubt", Boolean, nullable=False, server_default=false()),
    Index(None, "written_at"),
    Index(None, "opened_at", "key"),
    Index(None, "process", "opened_at"),
    Index(None, "assignee"),
    Index(None, "opener"),
)

definitions = Table(
    "definitions",
    metadata,
    Column("digest", String(100), nullable=False),
    Column("definition", Text, nullable=False),
    Column("hides_title", Boolean),
    PrimaryKeyConstraint("digest"),
)

ticket_states = Table(
    "ticket_states",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    PrimaryKeyConstraint("ticket", "state"),
    Index(None, "state", "ticket"),
)

ticket_participants = Table(
    "ticket_participants",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("principal", PRINCIPAL, nullable=False),
    PrimaryKeyConstraint("ticket", "principal"),
    Index(None, "principal", "ticket"),
)

macrosteps = Table(
    "macrosteps",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("content", String(64)),
    PrimaryKeyConstraint("ticket", "revision"),
)

audit = Table(
    "audit",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("actor", PRINCIPAL, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("data", JSON, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("ticket", "seq"),
    UniqueConstraint("ticket", "revision", "position"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("person", PRINCIPAL, nullable=False),
    Column("asked_for", PRINCIPAL),
    Column("veto_only", Boolean, nullable=False),
    Column("status", String(10), nullable=False),
    Column("comment", Text),
    Column("asked_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("answered_at", BigInteger),
    PrimaryKeyConstraint("ticket", "state", "visit", "round", "stage", "person"),
    Index(None, "person", "status"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("task", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("assignee", PRINCIPAL),
    Column("status", String(10), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("ended_by", PRINCIPAL),
    Column("comment", Text),
    PrimaryKeyConstraint("ticket", "state", "visit", "task"),
    Index(None, "assignee", "status"),
)

service_levels = Table(
    "service_levels",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("level", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("status", String(10), nullable=False),
    Column("target", Text),
    Column("target_seconds", BigInteger),
    Column("started_at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("elapsed", BigInteger),
    Column("due_at", BigInteger),
    Column("breached_at", BigInteger),
    Column("ended_at", BigInteger),
    PrimaryKeyConstraint("ticket", "level", "run"),
    Index(None, "breached_at"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", ID, primary_key=True),
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("effect", ID, nullable=False),
    Column("person", PRINCIPAL),
    Column("address", Text),
    Column("reason", String(30), nullable=False),
    Column("template", Text),
    Column("channel", Text),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("problem", Text),
    Column("error", Text),
    Index(None, "ticket", "revision", "position"),
    Index(None, "person", "created_at"),
    Index(None, "effect"),
)

starts = Table(
    "starts",
    metadata,
    Column("scope", PRINCIPAL, nullable=False),
    Column("start_key", Text, nullable=False),
    Column("ticket", KEY, nullable=False),
    Column("body_hash", String(100), nullable=False),
    Column("process", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("joined", Boolean, nullable=False, server_default=false()),
    Column("answer", JSON),
    Column("chain", Text),
    PrimaryKeyConstraint("scope", "start_key"),
    Index(None, "ticket"),
    Index(None, "chain"),
)

answers = Table(
    "answers",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", String(100), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("revision", BigInteger),
    Column("workflow_task", String(60), nullable=False, server_default=""),
    PrimaryKeyConstraint("ticket", "key"),
    Index(None, "key"),
)

written = Table(
    "written",
    metadata,
    Column("by", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("prefix", String(10), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

correlations = Table(
    "correlations",
    metadata,
    Column("process", Text, nullable=False),
    Column("correlation", Text, nullable=False),
    Column("ticket", KEY, nullable=False),  # no reference: the key is taken before the ticket's row exists
    Column("taken_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("process", "correlation"),
    Index(None, "ticket"),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("scope", PRINCIPAL, nullable=False),
    Column("event", Text, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("came_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "event"),
    Index(None, "came_at"),
)

ticket_links = Table(
    "ticket_links",
    metadata,
    Column("ticket", KEY, ForeignKey("tickets.key", ondelete="CASCADE"), nullable=False),
    Column("link", Text, nullable=False),
    Column("target", KEY, nullable=False),
    PrimaryKeyConstraint("ticket", "link", "target"),
    Index(None, "target", "link"),
)

bookings = Table(
    "bookings",
    metadata,
    Column("ticket", KEY, primary_key=True),
    Column("service", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Index(None, "service", "ends_at"),
)

freezes = Table(
    "freezes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("services", JSON, nullable=False),
    Column("written", JSON, nullable=False),
    Column("declared_by", PRINCIPAL, nullable=False),
    Column("declared_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("lifted_by", PRINCIPAL),
    Column("lifted_at", BigInteger),
    Column("lifted_because", Text),
    Index(None, "ends_at"),
)

freeze_requests = Table(
    "freeze_requests",
    metadata,
    Column("scope", PRINCIPAL, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", String(100), nullable=False),
    PrimaryKeyConstraint("scope", "key"),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", ID, primary_key=True),
    Column("type", Text, nullable=False),
    Column("subject", Text),
    Column("data", JSON, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),
    Index(None, "told_at", "due_at"),
)

announced = Table(
    "announced",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("version", BigInteger, nullable=False),
)
