"""``see`` over HTTP: the definition that a ticket carries decides, whatever has become of its process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local.installation import Installation
from tests.servers.installations import Person, created, installed, problem

PROCESS = """\
process: offering
title: Offering
practice: service_request_management
prefix: BID
fields:
  summary: {type: text, required: true, see: [person:alice]}
  budget: {type: integer, default: 424242, see: [person:alice]}
  offer: {type: integer, max: =ticket.budget}
may: {see: [everyone], edit: [everyone]}
initial: new
states:
  new:
    on:
      hail: {by: everyone, do: [{notify: {to: [person:alice], message: "='The budget is ' + string(ticket.budget)"}}]}
      spoil: {by: everyone, do: [{set: {offer: =ticket.budget + 1}}]}
      end: {to: over, by: everyone}
  over: {final: true}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of definitions with one process, beside the shipped ones."""
    own: Path = tmp_path_factory.mktemp("definitions")
    (own / "processes").mkdir()
    return own


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Installation]:
    """An installation that reads its definitions again only when it is told to."""
    (folder / "processes" / "offering.yaml").write_text(PROCESS)
    with installed(tmp_path_factory.mktemp("installation"), definitions=folder, reload_seconds=3600.0) as running:
        yield running


@pytest.fixture
def change(alice: Person, folder: Path) -> Iterator[Any]:
    """Puts another text of the process into use, or none; afterwards the first one is in use again."""
    file = folder / "processes" / "offering.yaml"

    def to(text: str | None) -> None:
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text)
        assert created(alice.http.post("/v1/definitions/reload"))["current"], "the definitions have errors"

    yield to
    to(PROCESS)


def offering(alice: Person) -> str:
    key = str(alice.start("offering", summary="Swordfish")["key"])
    created(alice.send(key, "spoil"))
    created(alice.send(key, "hail"))
    alice.read(key)
    return key


def everything(person: Person, key: str) -> str:
    """All that a person is told of a ticket."""
    parts = ("", "/timeline", "/explain", "/notifications", "/tasks", "/allowed")
    lists = ("/v1/tickets", "/v1/notifications", "/v1/tasks", "/v1/approvals")
    answers = [person.http.get(path) for path in (*(f"/v1/tickets/{key}{part}" for part in parts), *lists)]
    assert all(one.is_success for one in answers), [one.text for one in answers if not one.is_success]
    return "\n".join(one.text for one in answers)


def test_a_hidden_field_is_nowhere(alice: Person, erin: Person) -> None:
    """Fields, timeline, problems, notifications and titles tell a hidden field to nobody whom ``see`` does not name."""
    key = offering(alice)
    assert all(text in everything(alice, key) for text in ("Swordfish", "424242", "beyond its maximum"))
    assert not any(text in everything(erin, key) for text in ("Swordfish", "424242", "424243"))
    refused = problem(erin.http.patch(f"/v1/tickets/{key}/fields", json={"offer": 999999}), 422, "invalid_fields")
    assert refused["detail"] == "offer is beyond its maximum"


@pytest.mark.parametrize(
    "later",
    [
        PROCESS.replace("  budget: {type: integer, default: 424242, see: [person:alice]}\n", "")
        .replace(", max: =ticket.budget", "")
        .replace("ticket.budget + 1", "1")
        .replace("string(ticket.budget)", "'x'"),
        PROCESS.replace(", see: [person:alice]", ""),
        None,
    ],
    ids=["without the field", "without see", "without the process"],
)
@pytest.mark.parametrize("ended", [False, True], ids=["open", "ended"])
def test_a_changed_definition_discloses_nothing(
    alice: Person, erin: Person, change: Any, later: str | None, ended: bool
) -> None:
    """What a ticket's own definition hides stays hidden when its process changes or goes, also after the end."""
    key = offering(alice)
    if ended:
        created(alice.send(key, "end"))
        alice.read(key)
    change(later)
    told = everything(erin, key)
    assert not any(text in told for text in ("Swordfish", "424242", "424243"))
    assert alice.read(key)["fields"]["budget"] == 424242


def test_nobody_finds_a_ticket_by_a_title_that_is_hidden(alice: Person, erin: Person, change: Any) -> None:
    """A title that the process hides today is neither shown in lists nor found, though it was recorded before."""
    change(PROCESS.replace("required: true, see: [person:alice]", "required: true"))
    key = offering(alice)
    assert found(erin, "swordfish") == [(key, "Swordfish")]
    change(PROCESS)
    assert found(erin, "swordfish") == found(alice, "swordfish") == []
    assert found(erin, key.lower()) == [(key, key)]
    change(None)
    assert found(erin, "swordfish") == [(key, "Swordfish")], "its own definition shows the title to every viewer"


def found(person: Person, text: str) -> list[tuple[str, str]]:
    """The keys and titles of the newest tickets that a search finds."""
    items = person.http.get("/v1/tickets", params={"text": text}).json()["items"]
    return [(one["key"], one["title"]) for one in items[:1]]
