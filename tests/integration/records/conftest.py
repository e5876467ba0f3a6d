"""Records on both databases: every test here runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from activities.records.migrate import migrate
from activities.records.store import Records
from tests.servers.postgresql import fresh_database, postgresql

__all__ = ["postgresql", "records", "url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "postgresql":
        return fresh_database(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path / 'records.sqlite3'}"


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    """A records store with its tables."""
    migrate(url)
    store = Records(url)
    yield store
    store.close()
