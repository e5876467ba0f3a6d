"""``stanchion migrate-db``, also where the records store can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.cli import main
from api.local.ports import any_free


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"URL": f"postgresql://nobody@127.0.0.1:{any_free()}/records"}, 3, "The records store can't be used: "),
        ({"URL": "mysql://root@127.0.0.1/records"}, 2, "STANCHION_RECORDS_URL: the records need sqlite:///<file>"),
        ({"URL": "nonsense"}, 2, "STANCHION_RECORDS_URL: "),
        (
            {"URL": "postgresql://nobody@127.0.0.1/records", "PASSWORD": "env:NOT_THERE"},
            2,
            "STANCHION_RECORDS_PASSWORD: secret env:NOT_THERE: not set, or empty",
        ),
    ],
)
def test_refused(
    settings: dict[str, str],
    code: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command exits with 3 if the database is unavailable, with 2 for invalid settings, each with a clear text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["stanchion", "migrate-db"])
    for name, value in settings.items():
        monkeypatch.setenv(f"STANCHION_RECORDS_{name}", value)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert (ended.value.code, words in said) == (code, True), said
    assert "Traceback" not in said


def test_done_and_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command creates the tables and is safe to repeat."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["stanchion", "migrate-db"])
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, None)
    assert capsys.readouterr().out == "the records store is up to date\n" * 2
