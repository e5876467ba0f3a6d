"""Whether a definition hides the titles of its tickets, so that rows from before such a rule tell nothing either."""

from __future__ import annotations

import base64
import json
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TITLE_FIELDS = ("summary", "title_line")
_definitions = sa.table("definitions", sa.column("digest"), sa.column("definition"), sa.column("hides_title"))


def upgrade() -> None:
    op.add_column("definitions", sa.Column("hides_title", sa.Boolean(), nullable=True))
    connection, table = op.get_bind(), _definitions
    for digest, definition in connection.execute(sa.select(table.c.digest, table.c.definition)).all():
        if (hides := _hides_title(definition)) is not None:
            connection.execute(sa.update(table).where(table.c.digest == digest).values(hides_title=hides))


def _hides_title(definition: str) -> bool | None:
    """Whether not everybody who sees a ticket may see its title; None for a definition that can't be read."""
    try:
        fields = json.loads(zlib.decompress(base64.b64decode(definition))).get("fields", {})
        return any(fields.get(name, {}).get("see") is not None for name in TITLE_FIELDS)
    except (ValueError, zlib.error, AttributeError):
        return None


def downgrade() -> None:
    op.drop_column("definitions", "hides_title")
