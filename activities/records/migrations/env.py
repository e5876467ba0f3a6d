"""Alembic's entry: always on a connection that ``migrate`` has opened, in its transaction."""

from __future__ import annotations

from alembic import context

from activities.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
