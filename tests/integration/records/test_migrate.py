"""Migrations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from activities.records.database import Database, normalized
from activities.records.migrate import configuration, migrate
from activities.records.tables import metadata


def test_migrations_make_the_tables_that_the_program_expects(url: str) -> None:
    """After every migration the database has exactly the tables, columns and indexes of the metadata."""
    migrate(url)
    engine = create_engine(normalized(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_migrating_again_changes_nothing(url: str) -> None:
    """A database of this version stays as it is, with its rows."""
    migrate(url)
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("INSERT INTO counters VALUES ('CHG', 7)"))
    migrate(url)
    with database.read() as connection:
        assert connection.execute(text("SELECT last FROM counters")).scalar_one() == 7
    database.close()


def test_several_processes_migrate_at_once(url: str) -> None:
    """Whoever comes second waits for the first and finds the work done."""
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(migrate, [url] * 4)) == [None] * 4


def test_many_open_a_new_file_at_once(tmp_path: Path) -> None:
    """SQLite does not wait by itself for others that turn a new file to its log; whoever opens it does."""

    def opened(number: int) -> int:
        database = Database(f"sqlite:///{tmp_path}/{number // 8}.sqlite3")
        with database.write() as connection:
            answer: int = connection.execute(text("SELECT 1")).scalar_one()
        database.close()
        return answer

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(400))) == [1] * 400


def test_the_first_version_can_be_undone(url: str) -> None:
    """Going down from the first version leaves no table behind but Alembic's own."""
    migrate(url)
    database = Database(url)
    with database.write() as connection:
        command.downgrade(configuration(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    """What is neither a SQLite file nor PostgreSQL is refused by name of what would do."""
    with pytest.raises(ValueError, match="records need sqlite:///<file> or postgresql://"):
        normalized(url)
