"""Transactions: how they wait for the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from activities.records.database import Database, normalized, obstacle
from activities.records.migrate import migrate
from activities.records.store import Records
from tests.servers.postgresql import fresh_database

ON_DISK, LATER = 2, 1


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """A SQLite file of its own."""
    url = f"sqlite:///{tmp_path / 'records.db'}"
    migrate(url)
    return Database(url)


def _synchronous(database: Database, *, outlasts_power: bool) -> object:
    with database.write(outlasts_power=outlasts_power) as connection:
        return connection.exec_driver_sql("PRAGMA synchronous").scalar_one()


def test_only_what_must_outlast_a_loss_of_power_waits_for_the_disk(database: Database) -> None:
    """A commit that need not survive a power loss does not wait for the disk; the next on its connection does."""
    waits = [_synchronous(database, outlasts_power=outlasts) for outlasts in (True, False, True)]
    database.close()
    assert waits == [ON_DISK, LATER, ON_DISK]


def test_after_a_transaction_that_was_undone_the_next_one_waits_for_the_disk(database: Database) -> None:
    """A writer's durability setting ends with its transaction, also when the transaction fails."""
    with pytest.raises(ZeroDivisionError), database.write(outlasts_power=False):
        _ = 1 // 0
    assert _synchronous(database, outlasts_power=True) == ON_DISK
    database.close()


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A database file, its log and its new folder can't be read by others, whatever the process's mask lets through."""
    before = os.umask(0)
    try:
        url = f"sqlite:///{tmp_path / 'state' / 'records.sqlite3'}"
        migrate(url)
        store = Records(url)
        store.get("CHG-1")
    finally:
        os.umask(before)
    modes = {one.name: one.stat().st_mode & 0o777 for one in (tmp_path / "state").iterdir()}
    store.close()
    assert set(modes) >= {"records.sqlite3", "records.sqlite3-wal"}
    assert set(modes.values()) == {0o600}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_connection_that_could_only_read_is_replaced(database: Database) -> None:
    """A connection that was opened while the file could not be written is given up, and the next one writes."""
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(OperationalError) as error, database.write() as connection:
        connection.exec_driver_sql("INSERT INTO counters VALUES ('CHG', 1)")
    assert obstacle(error.value).startswith("the records can only be read")
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO counters VALUES ('CHG', 1)")
    database.close()


def test_a_session_that_could_only_read_is_replaced(postgresql: str) -> None:
    """A session of a server that took no writes when it began is given up, and the next one writes."""
    url = fresh_database(postgresql)
    migrate(url)
    name = normalized(url).database
    admin, database = Database(postgresql), Database(url)
    with admin.write() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    with admin.write() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = off')
    with pytest.raises(DBAPIError) as error, database.write() as connection:
        connection.exec_driver_sql("INSERT INTO counters VALUES ('CHG', 1)")
    assert obstacle(error.value).startswith("the records can only be read")
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO counters VALUES ('CHG', 1)")
    for each in (admin, database):
        each.close()


def test_a_full_disk_is_named(database: Database) -> None:
    """A database that has no room for another page is reported as a full disk."""
    with pytest.raises(OperationalError) as error, database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        connection.exec_driver_sql("CREATE TABLE more (one)")
    assert obstacle(error.value) == "the disk of the records is full: make room on it"
    database.close()


def test_a_lock_is_waited_for_as_long_as_the_writer_wants(records: Records, url: str) -> None:
    """A writer with little patience fails while another holds the row, and the next one waits as usual."""
    records.prove_writable("test", 1, 5.0)
    other = Database(url)
    with other.write() as connection:
        connection.exec_driver_sql("UPDATE written SET at = 2")
        with pytest.raises(DBAPIError) as error:
            records.prove_writable("test", 3, 0.1)
    assert obstacle(error.value) == "the records are locked by another program: end its transaction"
    records.prove_writable("test", 3, 5.0)
    other.close()
