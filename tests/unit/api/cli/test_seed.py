"""``stanchion seed``: what it needs, and what it reports for a server that was seeded before."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from activities.records.migrate import migrate
from activities.records.store import Records
from api.cli.main import main
from api.cli.seeding import print_report
from api.seeding import SeedReport
from api.seeding.month import SCOPE
from api.seeding.planting import FINISHED
from definitions.times import to_instant

UNTIL = to_instant("2026-06-30T12:00:00Z")
SEEDED = SeedReport(already=True, until=UNTIL, tickets={"change": 2, "incident": 5}, open=3, ended=4)


def stanchion(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs the command line in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["stanchion", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    """A state folder with a server that has been seeded; the server itself does not run."""
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    records = Records(url)
    done = {"until": UNTIL, "tickets": {"change": 2, "incident": 5}, "open": 3, "ended": 4}
    records.keep_occurrence(SCOPE, FINISHED, done, UNTIL)
    records.close()
    (tmp_path / "running.json").write_text(json.dumps({"temporal": "127.0.0.1:9"}))
    return tmp_path


def test_what_to_seed_must_be_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A call without --month is wrong usage and does nothing."""
    assert stanchion(monkeypatch, "seed") == 2
    assert "--month" in capsys.readouterr().err


def test_a_server_must_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a server in the state folder and without an address, the command reports that."""
    assert stanchion(monkeypatch, "seed", "--month", "--state", str(tmp_path)) == 3
    assert "stanchion up" in capsys.readouterr().err


def test_a_server_that_has_stopped(
    seeded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the server has stopped, the command says so, even where the server was seeded before."""
    assert stanchion(monkeypatch, "seed", "--month", "--state", str(seeded)) == 3
    assert capsys.readouterr().err == (
        "Temporal does not answer. The same command continues where it stopped.\n"
        "Is it running? `stanchion up` starts everything.\n"
    )


def test_a_seeded_server_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    """A second call reports what the first call did."""
    print_report(SEEDED, as_json=False)
    assert capsys.readouterr().out == (
        "This server was seeded before, with the month until 2026-06-30T12:00:00Z: 2 change, 5 incident\n"
        "4 ended, 3 were open\n"
    )


def test_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """The output is one document with the same content, and nothing else."""
    print_report(SEEDED, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "already": True,
        "until": "2026-06-30T12:00:00Z",
        "tickets": {"change": 2, "incident": 5},
        "open": 3,
        "ended": 4,
    }
