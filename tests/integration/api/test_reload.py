"""Definitions that change under a running server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.installation import Installation
from definitions.folders import SHIPPED
from tests.servers.installations import Person, installed

FIELDS = {"summary": "Mail is down", "service": "email"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Definitions that may be changed."""
    own = tmp_path / "definitions"
    for kind in ("processes", "organization", "templates"):
        shutil.copytree(SHIPPED / kind, own / kind)
    return own


@pytest.fixture
def own(folder: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation that runs on them."""
    with installed(tmp_path / "state", definitions=folder, standalone=True, reload_seconds=3600.0) as running:
        yield running


def test_definitions_change(own: Installation, folder: Path) -> None:
    """Errors keep the last good definitions in use and are told; good ones are taken; open tickets keep their own."""
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
