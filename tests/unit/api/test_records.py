"""The records at the edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from activities.records.migrate import migrate
from activities.records.store import Records
from api.local.ports import any_free
from api.problems import Away, RequestRefused
from api.records import NO_ANSWER, RecordsAtTheEdge, location
from api.settings import EdgeSettings


async def test_records_away() -> None:
    """While the records store is unavailable, queries report that, and the store is not ready."""
    records = RecordsAtTheEdge(Records(f"postgresql://nobody@127.0.0.1:{any_free()}/records"))
    with pytest.raises(Away) as away:
        await records.ask(lambda store: store.get("CHG-1"))
    assert away.value.backend == "records"
    assert await records.obstacle(0) == NO_ANSWER


async def test_records_without_tables(tmp_path: Path) -> None:
    """A store is not ready before it has its tables."""
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    store = Records(url)
    records = RecordsAtTheEdge(store)
    assert await records.obstacle(0) == "the records have no tables of this version: run `stanchion migrate-db`"
    migrate(url)
    assert await records.obstacle(0) is None
    store.close()


async def test_cursor_from_elsewhere(tmp_path: Path) -> None:
    """An invalid cursor is the caller's mistake."""
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    store = Records(url)
    with pytest.raises(RequestRefused) as refused:
        await RecordsAtTheEdge(store).ask(lambda records: records.list(cursor="nonsense"))
    assert refused.value.code == "invalid_request"
    store.close()


def test_the_password_of_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of the records comes from its reference, and the URL in the settings has none."""
    monkeypatch.setenv("STANCHION_RECORDS_URL", "postgresql://stanchion@db/records")
    monkeypatch.setenv("STANCHION_RECORDS_PASSWORD", "env:THE_PASSWORD")
    monkeypatch.setenv("THE_PASSWORD", "p@ss/word")
    assert location(EdgeSettings()) == "postgresql://stanchion:p%40ss%2Fword@db/records"
    assert EdgeSettings().records == "postgresql://stanchion@db/records"
