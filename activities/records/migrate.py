"""Upgrades a database to the tables of this version; safe where several processes start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from activities.records.database import Database

SCRIPTS = Path(__file__).with_name("migrations")
LOCK = 0x5374616E6368
"""The number of PostgreSQL's advisory lock for upgrades; advisory locks have no names."""


def migrate(url: str) -> None:
    """Upgrades to the newest version in one transaction, as a whole or not at all."""
    database = Database(url)
    try:
        with database.write() as connection:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            command.upgrade(configuration(connection), "head")
    finally:
        database.close()


def configuration(connection: Connection) -> Config:
    """Alembic's settings without a file, on this connection."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
