"""``stanchion records`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from activities.records.migrate import migrate
from activities.records.store import Records
from api.cli import main
from api.local.ports import any_free
from tests.servers.worlds import batch


@pytest.fixture
def url(tmp_path: Path, task_queue: str, temporal_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Empty records and a Temporal server, which the settings name."""
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    settings = {"TEMPORAL_ADDRESS": temporal_address, "RECORDS_URL": url, "TASK_QUEUE": task_queue}
    for name, value in settings.items():
        monkeypatch.setenv(f"STANCHION_{name}", value)
    return url


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of a command."""
    monkeypatch.setattr("sys.argv", ["stanchion", "records", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("url")
def test_clean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a divergence the command exits with 0."""
    assert [run(monkeypatch, "verify"), run(monkeypatch, "reconcile")] == [0, 0]
    assert capsys.readouterr().out == "tickets: 0, divergences: 0\ntickets: 0, divergences: 0, 0 repaired\n"


def test_a_divergence(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """While a divergence remains, the command prints it, in lines or as JSON, and exits with 1."""
    records = Records(url)
    records.record(batch(), {})
    records.close()
    found = "the ticket is open on record, but has no workflow"
    done = "not repaired: Temporal has no history of the ticket"
    for command in (("verify",), ("reconcile", "--dry-run"), ("reconcile",), ("rebuild", "CHG-1")):
        assert run(monkeypatch, *command) == 1
        assert f"CHG-1: {found}; {done}\n" in capsys.readouterr().out
    assert run(monkeypatch, "verify", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "tickets": 1,
        "divergences": [{"of": "CHG-1", "found": found, "done": done, "repaired": False}],
    }


@pytest.mark.usefixtures("url")
def test_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If the records or Temporal can't be used, the command exits with 3 and names the one that failed."""
    monkeypatch.setenv("STANCHION_RECORDS_URL", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    assert run(monkeypatch, "verify") == 3
    assert "The records store can't be used: no such table" in capsys.readouterr().err
    address = f"127.0.0.1:{any_free()}"
    monkeypatch.setenv("STANCHION_TEMPORAL_ADDRESS", address)
    assert run(monkeypatch, "verify") == 3
    assert f"Temporal does not answer at {address}: " in capsys.readouterr().err
