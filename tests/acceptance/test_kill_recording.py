"""SIGKILL of the worker and the server after a record, before the end of its workflow task: the record is settled."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.paths import ROOT
from tests.servers.deadly_records import FILE
from tests.servers.installations import Person, installed, revive, until


def test_a_record_ahead_of_its_ticket_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that was recorded and never came to be disappears by itself, with an entry that says so."""
    deadly = tmp_path / "deadly"
    monkeypatch.setenv(FILE, str(deadly))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("STANCHION_ACTIONS", "tests.servers.deadly_records")
    with installed(tmp_path / "state", request_seconds=3.0) as installation:
        alice = Person(installation.url, "alice")
        try:
            key = alice.start("change", summary="Swap the switch", service="email")["key"]
            other = alice.start("change", summary="Another switch", service="email")["key"]
            before = alice.read(key)
            assert before["state"] == ["draft"]
            deadly.write_text(str(installation.server.pid))
            with pytest.raises(httpx.HTTPError):
                answer = alice.send(key, "cancel")
                answer.raise_for_status()
            for child in (installation.server, installation.worker):
                assert child.process is not None
                child.process.wait(60)
            assert not deadly.exists(), "the step was recorded"
            revive(installation, installation.server, installation.worker)
            until(lambda: alice.timeline(key)[-1]["kind"] == "taken_back")
            timeline = alice.timeline(key)
            after = alice.read(key)
            mine = alice.http.get("/v1/tickets", params={"state": "draft"}).json()["items"]
        finally:
            alice.http.close()
    assert (after["state"], after["revision"], after["confirmed"]) == (["draft"], before["revision"], True)
    assert "event by alice" in timeline[-1]["data"]["lost"]
    assert {one["key"] for one in mine} == {key, other}
