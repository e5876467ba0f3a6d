"""Migrations."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from activities.records.database import Database, normalized
from activities.records.migrate import configuration, migrate
from activities.records.queries import Filter
from activities.records.store import Records
from activities.records.tables import metadata
from activities.records.titles import Titles
from definitions.pinned import packed
from tests.servers.worlds import batch, ticket
from tests.unit.engine.tickets import Ticket


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
    """A second migration waits for the first and finds the work done."""
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(migrate, [url] * 4)) == [None] * 4


def test_a_new_file_that_another_writes_to_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite refuses to switch a file to WAL while another connection writes: the opener waits for the writer."""
    writer = sqlite3.connect(tmp_path / "new.sqlite3", isolation_level=None)
    writer.execute("CREATE TABLE mine (one)")
    writer.execute("BEGIN IMMEDIATE")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            writer.execute("COMMIT")

    monkeypatch.setattr("activities.records.database.sleep", wait)
    database = Database(f"sqlite:///{tmp_path}/new.sqlite3")
    with database.write() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    database.close()
    writer.close()
    assert len(waited) == 3


HIDDEN = "fields: {summary: {type: text, see: [person:alice]}}\ninitial: new\nstates: {new: {}}\n"
SHOWN = HIDDEN.replace(", see: [person:alice]", "")
ARTICLE = HIDDEN.replace("summary", "title_line")


@pytest.mark.parametrize(
    ("definition", "title"),
    [(HIDDEN, "A-1"), (ARTICLE, "A-1"), (SHOWN, "Swap core switch"), ("damaged", "A-1"), (None, "Swap core switch")],
    ids=["hidden", "hidden line of an article", "shown", "damaged", "not on record"],
)
def test_a_title_from_before_its_rule_is_hidden_after_the_upgrade(url: str, definition: str | None, title: str) -> None:
    """A row of the previous version that still holds a hidden title is neither shown by it nor found by it."""
    migrate(url)
    records, database = Records(url), Database(url)
    records.record(batch(ticket("A-1")), {})
    with database.write() as connection:
        command.downgrade(configuration(connection), "0012")
        if definition is not None:
            carried = definition if definition == "damaged" else packed(Ticket(definition).compiled.process)
            connection.execute(text("INSERT INTO definitions VALUES ('d1', :carried)"), {"carried": carried})
    migrate(url)
    today = Titles(known=frozenset({"change"}), shown=frozenset({"change"}))
    assert [row.title for row in records.list(Filter(titles=today)).items] == [title]
    found = records.list(Filter(text="core switch", titles=today)).items
    assert [row.title for row in found] == ([title] if title != "A-1" else [])
    records.close()
    database.close()


def test_a_definition_that_an_older_worker_has_kept_is_decided_later(records: Records, url: str) -> None:
    """A definition without the decision hides its titles until a ticket brings it again."""
    records.record(batch(ticket("A-1"), definition="packed"), {})
    today = Titles(known=frozenset({"change"}), shown=frozenset({"change"}))
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("UPDATE definitions SET hides_title = NULL"))
    database.close()
    assert [row.title for row in records.list(Filter(titles=today)).items] == ["A-1"]
    records.record(batch(ticket("A-2"), definition="packed"), {})
    assert {row.title for row in records.list(Filter(titles=today)).items} == {"Swap core switch"}


def test_the_first_version_can_be_undone(url: str) -> None:
    """Downgrading from the first version leaves no table except Alembic's own."""
    migrate(url)
    database = Database(url)
    with database.write() as connection:
        command.downgrade(configuration(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    """A URL that is neither a SQLite file nor PostgreSQL is refused, and the error names the accepted ones."""
    with pytest.raises(ValueError, match="records need sqlite:///<file> or postgresql://"):
        normalized(url)
