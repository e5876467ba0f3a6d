"""Transactions: how they wait for the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from activities.records.database import Database
from activities.records.migrate import migrate
from activities.records.store import Records

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
