"""Definitions that change under a running server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local.installation import Installation
from definitions.loading.folders import SHIPPED
from tests.servers.installations import Person, installed

FIELDS = {"summary": "Mail is down", "service": "email"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Definitions that can be changed."""
    own = tmp_path / "definitions"
    for kind in ("processes", "organization", "templates"):
        shutil.copytree(SHIPPED / kind, own / kind)
    return own


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation that uses them."""
    with installed(tmp_path / "state", definitions=folder, standalone=True, reload_seconds=3600.0) as running:
        yield running


def test_definitions_change(own: Installation, folder: Path) -> None:
    """Errors are reported and the last good definitions stay; good ones are loaded; open tickets keep their own."""
    file = folder / "processes" / "incident.yaml"
    text = file.read_text()
    with Person(own.url, "alice").http as alice:

        def start() -> str:
            opened = alice.post("/v1/tickets", json={"process": "incident", "fields": FIELDS})
            assert opened.status_code == 201, opened.text
            return str(alice.get(f"/v1/tickets/{opened.json()['key']}").json()["digest"])

        before = start()
        file.write_text(text.replace("initial: new", "initial: nwe"))
        told = alice.post("/v1/definitions/reload").json()
        assert told["current"] is False
        assert any("nwe" in one["message"] and one["line"] > 1 for one in told["problems"])
        assert alice.get("/v1/definitions").json() == told
        assert start() == before

        file.write_text(text.replace("title: Incident", "title: Interruption", 1))
        told = alice.post("/v1/definitions/reload").json()
        assert told["current"] is True
        assert "Interruption" in [one["title"] for one in told["processes"]]
        assert start() != before
        open_ones = alice.get("/v1/tickets?process=incident").json()["items"]
        first = alice.get(f"/v1/tickets/{open_ones[-1]['key']}").json()
        assert first["digest"] == before


def test_a_start_repeated_after_a_reload(own: Installation, folder: Path) -> None:
    """A repeated start gets its first answer, even if the new definitions would refuse it or begin it elsewhere."""
    file = folder / "processes" / "incident.yaml"
    text = file.read_text()
    plain = {"process": "incident", "fields": FIELDS}
    bodies = {"one": plain, "two": plain | {"event": {"name": "cancel"}}}
    with Person(own.url, "alice").http as alice:

        def start(key: str) -> Any:
            answer = alice.post("/v1/tickets", json=bodies[key], headers={"Idempotency-Key": key})
            assert answer.status_code == 201, answer.text
            return answer.json()

        first = {key: start(key) for key in bodies}
        for answer in first.values():
            assert alice.get(f"/v1/tickets/{answer['key']}").is_success
        file.write_text(text.replace("max_length: 200", "max_length: 5", 1))
        assert alice.post("/v1/definitions/reload").json()["current"] is True
        assert alice.post("/v1/tickets", json=plain).json()["code"] == "invalid_fields"
        assert {key: start(key) for key in bodies} == first
        other = {"process": "incident", "fields": FIELDS | {"summary": "Mail"}}
        reused = alice.post("/v1/tickets", json=other, headers={"Idempotency-Key": "one"})
        assert reused.json()["code"] == "key_reused"


def test_a_broken_control_does_not_come_into_use(own: Installation, folder: Path) -> None:
    """The last good definitions stay; the place and the reason, with the path, go to people and to the API's log."""
    file = folder / "processes" / "change.yaml"
    text = file.read_text()
    file.write_text(text.replace("reschedule: {to: authorize, ", "reschedule: {"))
    path = "submit → authorize.approved → reschedule (planned_start) → until ticket.planned_start → implement"
    with Person(own.url, "alice").http as alice:
        told = alice.post("/v1/definitions/reload").json()
        assert told["current"] is False
        (first, *_) = [one for one in told["problems"] if one["severity"] == "error"]
        place = (first["file"], first["code"], path in first["message"])
        assert place == ("processes/change.yaml", "invariant-broken", True)
        assert "change" in [one["id"] for one in told["processes"]]
        assert alice.get("/v1/definitions").json() == told
        log = own.api.log.read_text()
        assert "the last good ones stay in use" in log
        assert f"{file}:{first['line']}:{first['column']} invariant-broken" in log


def test_a_process_that_is_claimed_twice_does_not_come_into_use(own: Installation, folder: Path) -> None:
    """Both places are reported, and the process stays as it was."""
    file = folder / "processes" / "change.yaml"
    (folder / "processes" / "our_change.yaml").write_text(file.read_text().replace("Change enablement", "Ours", 1))
    with Person(own.url, "alice").http as alice:
        told = alice.post("/v1/definitions/reload").json()
        claimed = [one for one in told["problems"] if one["code"] == "given-twice"]
        assert {Path(one["file"]).name for one in claimed} == {"our_change.yaml"}
        assert all("the first one is at processes/change.yaml:" in one["hint"] for one in claimed)
        assert (told["current"], len(claimed)) == (False, 2)
        assert [one["title"] for one in told["processes"] if one["id"] == "change"] == ["Change enablement"]
