"""Migrations over HTTP and from the command line: definitions and calendars that change under open tickets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local.installation import Installation
from tests.paths import EXAMPLES
from tests.servers.installations import Person, Run, created, idempotent, installed, kill, problem, revive

SOURCE = EXAMPLES / "migration"
MAP = {"draft": "plan"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Definitions that will change."""
    own = tmp_path / "definitions"
    for kind in ("processes", "organization"):
        shutil.copytree(SOURCE / kind, own / kind)
    return own


@pytest.fixture
def installation(folder: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation that uses them."""
    with installed(tmp_path / "state", definitions=folder, standalone=True, reload_seconds=3600.0) as running:
        yield running


def migrate(person: Person, ticket: str, *, key: str | None = None, revision: int | None = None, **body: Any) -> Any:
    headers = idempotent(key) | ({"If-Match": f'"{revision}"'} if revision is not None else {})
    return person.http.post(f"/v1/tickets/{ticket}/migrate", json=body, headers=headers)


def begun(alice: Person, *events: str) -> str:
    key = str(alice.start("door", summary="A door")["key"])
    for event in events:
        created(alice.send(key, event))
    return key


def still(ticket: dict[str, Any]) -> dict[str, Any]:
    """A ticket without the parts that change by themselves."""
    return {name: value for name, value in ticket.items() if name != "service_levels"}


def renew(folder: Path, alice: Person) -> None:
    """Puts the next version of the process into use."""
    shutil.copyfile(SOURCE / "versions" / "door.yaml", folder / "processes" / "door.yaml")
    assert alice.http.post("/v1/definitions/reload").json()["current"] is True


def test_an_open_ticket_is_moved_while_its_approval_waits(
    installation: Installation, folder: Path, alice: Person, person: Any
) -> None:
    """Votes survive a killed worker and a dry run, and become void when the ticket moves to another question."""
    bob, dora = person("bob"), person("dora")
    ticket = begun(alice, "submit")
    created(bob.decide(ticket, "approve"))
    kill(installation.worker)
    revive(installation, installation.worker)
    while alice.http.post(f"/v1/tickets/{ticket}/comments", json={"text": "Any news?"}).status_code == 503:
        pass  # Temporal still waits for the worker that is gone
    renew(folder, alice)
    before = dora.read(ticket)
    assert [one["vote"] for one in before["approvals"][0]["requests"]] == ["approve", None, None]

    would = created(migrate(dora, ticket, map=MAP, dry_run=True))
    assert (would["dry_run"], would["definition"]["before"]) == (True, before["digest"])
    assert would["changes"]["approvals"] == [{"state": "authorize", "becomes": "asked anew", "votes": 1}]
    assert "the approval expires" in [one["what"] for one in would["changes"]["deadlines"]]
    assert still(dora.read(ticket)) == still(before)

    problem(migrate(alice, ticket, map=MAP), 403, "not_permitted")
    problem(migrate(person("erin"), ticket, map=MAP, dry_run=True), 403, "not_permitted")
    problem(migrate(dora, ticket, map=MAP, revision=1), 412, "stale")
    problem(migrate(dora, ticket, map=MAP, calendars_only=True), 422, "invalid_request")
    problem(migrate(dora, "DOR-99"), 404, "unknown_ticket")

    moved = migrate(dora, ticket, map=MAP, key="once", revision=before["revision"])
    again = migrate(dora, ticket, map=MAP, key="once", revision=before["revision"])
    assert created(moved)["revision"] == created(again)["revision"]
    problem(migrate(dora, ticket, map={"draft": "build"}, key="once"), 409, "key_reused")
    after = dora.read(ticket)
    assert after["digest"] == would["definition"]["after"] != before["digest"]
    assert [(one["person"], one["vote"]) for one in after["approvals"][0]["requests"]] == [("carol", None)]
    (told,) = (one for one in dora.timeline(ticket) if one["kind"] == "migrated")
    assert (told["actor"], told["data"]["from"], told["data"]["to"], told["data"]["map"]) == (
        "dora", before["digest"], after["digest"], MAP,
    )  # fmt: skip
    created(person("carol").decide(ticket, "approve"))
    assert "build" in alice.read(ticket)["state"]


def test_all_open_tickets_of_a_process_one_line_each(
    installation: Installation, folder: Path, alice: Person, person: Any, run: Run
) -> None:
    """The command continues after a refusal, reports each ticket's result, skips tickets already moved, and fails."""
    first, second = begun(alice), begun(alice, "submit")
    over = begun(alice, "stop")
    for ticket in (first, second, over):
        alice.read(ticket)
    renew(folder, alice)
    dora = person("dora")
    code, said, _ = run("migrate", "--process", "door", "--dry-run", "--map", "draft=plan", "--as", "dora")
    assert code == 0
    assert [line.split(": would be")[0] for line in said.splitlines()] == [first, second]
    assert "draft → plan" in said.splitlines()[0]
    assert "approval authorize asked anew" in said.splitlines()[1]
    code, said, _ = run("migrate", "--process", "door", "--as", "dora")
    assert code == 1
    assert said.splitlines()[0].startswith(f"{first}: not_migratable: state 'draft' is not in the new definition")
    assert said.splitlines()[1].startswith(f"{second}: on definition ")
    dora.read(second)
    code, said, _ = run("migrate", "--process", "door", "--map", "draft=plan", "--as", "dora", "--json")
    assert (code, [one["key"] for one in json.loads(said)["items"]]) == (0, [first])
    dora.read(first)
    code, said, _ = run("migrate", "--process", "door", "--as", "dora")
    assert (code, said) == (0, "You see no open ticket of door that needs a migration.\n")
    code, _, err = run("migrate", first, "--process", "door", "--as", "dora")
    assert (code, err) == (2, "Name tickets, or a process with --process.\n")
    code, _, err = run("migrate", first, "--map", "draft", "--as", "dora")
    assert (code, err) == (2, "--map draft: write old=new\n")
    code, _, err = run("migrate", first, "--map-field", "note", "--as", "dora")
    assert (code, err) == (2, "--map-field note: write old=new\n")
    code, _, err = run("migrate", first, "--map-option", "severe=high", "--as", "dora")
    assert (code, err) == (2, "--map-option severe=high: write field:old=new\n")
    code, _, err = run("migrate", first, "--map-option", "r:a=b", "--map-option", "r:a=c", "--as", "dora")
    assert (code, err) == (2, "--map-option r:a=c: a is mapped to b already\n")


def test_calendars_are_taken_anew_and_nothing_else(
    installation: Installation, folder: Path, alice: Person, person: Any, run: Run
) -> None:
    """A newly declared holiday moves a ticket's deadlines only on request; the ticket's definition stays."""
    dora = person("dora")
    ticket = begun(alice, "submit")
    before = dora.read(ticket)
    organization = folder / "organization" / "example.yaml"
    text = organization.read_text()
    organization.write_text(text.replace("mon-fri", "sat-sun").replace("09:00-17:00", "09:00-10:00"))
    renew(folder, alice)
    assert dora.read(ticket)["service_levels"] is not None
    code, said, _ = run("migrate", ticket, "--calendars-only", "--dry-run", "--as", "dora")
    assert (code, said.startswith(f"{ticket}: would be on new calendars; in authorize; ")) == (0, True)
    assert "the approval expires" in said
    moved = created(migrate(dora, ticket, calendars_only=True))
    assert moved["definition"] == {"before": before["digest"], "after": before["digest"]}
    assert moved["calendars"]["before"] != moved["calendars"]["after"]
    after = dora.read(ticket)
    assert after["digest"] == before["digest"]
    assert after["approvals"][0]["expires"] > before["approvals"][0]["expires"]
    (told,) = (one for one in dora.timeline(ticket) if one["kind"] == "migrated")
    assert told["data"]["calendars"] == [moved["calendars"]["before"], moved["calendars"]["after"]]
    code, said, _ = run("show", ticket, "--as", "dora")
    assert "renewed its calendars" in said
