"""Freezes on a running installation: declared and lifted through the API, and changed in the organization's files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.local.installation import Installation
from definitions.loading.folders import SHIPPED
from tests.servers.changes import Planned, declare
from tests.servers.installations import Person, Run, created, installed, kill, problem, revive


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Definitions that can be changed."""
    own = tmp_path_factory.mktemp("own") / "definitions"
    for kind in ("processes", "organization", "templates"):
        shutil.copytree(SHIPPED / kind, own / kind)
    return own


@pytest.fixture(scope="module")
def installation(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation of its own: an announced freeze reaches every open change in it."""
    state = tmp_path_factory.mktemp("state")
    with installed(state, definitions=folder, standalone=True, reload_seconds=0.2) as running:
        yield running


def test_a_freeze_declared_after_approval_holds_a_waiting_change(alice: Person, carol: Person) -> None:
    """A freeze holds the change and notifies its owners; lifting continues it; the change learns of each once."""
    change = Planned(alice, carol)
    declared = created(declare(carol, "audit", **change.freeze, services=["email"]))
    assert (declared["declared_by"], declared["reason"], declared["lifted"]) == ("carol", "An audit", None)
    change.until(lambda: change.state == ["held"])
    fields = alice.read(change.key)["fields"]
    assert (fields["held_for"], change.told("is held (freeze)")) == ("freeze", {"alice", "carol"})
    assert change.heard() == ["source:stanchion"]
    lifted = created(carol.http.delete("/v1/freezes/audit", params={"reason": "Put off"}))
    assert (lifted["lifted"]["by"], lifted["lifted"]["reason"]) == ("carol", "Put off")
    change.until(lambda: change.runs() == 3)
    assert (change.state, alice.read(change.key)["fields"].get("held_for")) == (["calendar_check"], None)
    change.until(lambda: bool(alice.http.get("/v1/freezes/audit").json()["told"]))
    assert change.heard() == ["source:stanchion"] * 2


def test_a_freeze_of_something_else_holds_nothing(alice: Person, carol: Person) -> None:
    """A change of another service is re-evaluated and continues."""
    change = Planned(alice, carol)
    created(declare(carol, "printers", **change.freeze, services=["telephony"]))
    change.until(lambda: change.runs() == 2)
    assert change.state == ["calendar_check"]
    created(carol.http.delete("/v1/freezes/printers"))


def test_declaring_again_is_the_same_freeze(alice: Person, carol: Person) -> None:
    """The same content, or the same key, gets the same answer; tickets are notified once."""
    window = {"from": "2031-01-01", "to": "2031-01-02"}
    first = created(declare(carol, "once", "k1", **window))
    again = [created(declare(carol, "once", key, **window)) for key in ("k1", None, "k2")]
    assert [one | {"told": first["told"]} for one in again] == [first] * 3
    problem(declare(carol, "once", **window, services=["email"]), 409, "freeze_exists")
    problem(declare(carol, "other", "k1", **window), 409, "key_reused")
    lifted = created(carol.http.delete("/v1/freezes/once", headers={"Idempotency-Key": "k3"}))
    assert (
        created(carol.http.delete("/v1/freezes/once", headers={"Idempotency-Key": "k3"}))["lifted"] == lifted["lifted"]
    )
    refused = problem(declare(carol, "once", **window), 409, "freeze_exists")
    assert "was lifted by carol" in refused["detail"]
    listed = alice.http.get("/v1/freezes?all=true").json()["items"]
    assert [one["id"] for one in listed].count("once") == 1
    assert "once" not in [one["id"] for one in alice.http.get("/v1/freezes").json()["items"]]


def test_only_those_who_are_named_declare_and_lift(alice: Person, carol: Person, person: Callable[..., Person]) -> None:
    """Every signed-in person sees freezes; only people named by the organization declare and lift them."""
    window = {"from": "2031-02-01", "to": "2031-02-02"}
    refused = problem(declare(alice, "mine", **window), 403, "not_permitted")
    assert refused["detail"] == "freezes are declared and lifted by role:change_manager"
    created(declare(carol, "hers", **window))
    problem(alice.http.delete("/v1/freezes/hers"), 403, "not_permitted")
    assert alice.http.get("/v1/freezes/hers").json()["lifted"] is None
    assert person(None).http.get("/v1/freezes").status_code == 401
    created(carol.http.delete("/v1/freezes/hers"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"from": "2031-01-02", "to": "2031-01-01"}, "it does not end after it begins"),
        ({"from": "soon", "to": "2031-01-01"}, "'soon' is no date such as 2026-03-14"),
        ({"from": "2031-01-01T08:00:00", "to": "2031-01-02"}, "needs its offset"),
        ({"from": "2020-01-01", "to": "2020-01-02"}, "is in the past"),
        ({"from": "2031-01-01", "to": "2031-01-02", "services": ["emial"]}, "did you mean 'email'?"),
        ({"from": "2031-01-01"}, "body.to: is missing"),
        ({"from": "2031-01-01", "to": "2031-01-02", "reason": " "}, "reason"),
        (
            {"from": "2031-01-01", "to": "2031-01-02", "service": "email"},
            "body.service: is not known; the body takes from, reason, services, title, to",
        ),
    ],
)
def test_what_is_no_freeze_is_refused(carol: Person, body: dict[str, Any], words: str) -> None:
    """Times, services and the reason are checked before anything is stored."""
    assert words in problem(declare(carol, "wrong", **body), 422, "invalid_request")["detail"]
    problem(carol.http.get("/v1/freezes/wrong"), 404, "unknown_freeze")


def test_an_id_is_a_word(carol: Person) -> None:
    """The id of a freeze has the form of every id of the language, and an unknown freeze can't be lifted."""
    body = {"from": "2031-01-01", "to": "2031-01-02"}
    for id_ in ("Year-End", "x" * 65, "1st"):
        problem(declare(carol, id_, **body), 422, "invalid_request")
    problem(carol.http.delete("/v1/freezes/nothing"), 404, "unknown_freeze")


def test_freezes_of_the_files_belong_to_the_files(carol: Person) -> None:
    """Freezes of the files are listed, but can neither be declared again nor lifted through the API."""
    found = carol.http.get("/v1/freezes/year_end").json()
    assert (found["source"], found["from"], found["starts_at"]) == ("files", "2026-12-18", "2026-12-17T23:00:00Z")
    body = {"from": "2031-01-01", "to": "2031-01-02"}
    problem(declare(carol, "year_end", **body), 409, "freeze_in_files")
    problem(carol.http.delete("/v1/freezes/year_end"), 409, "freeze_in_files")


def test_no_machine_speaks_for_stanchion(person: Callable[..., Person]) -> None:
    """Stanchion's own events come from within: no machine can use its name or its event types."""
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "stanchion.calendar_changed"}
    headers = {"Content-Type": "application/cloudevents+json"}
    for source, type_ in (("stanchion", "x.y"), ("monitor", "stanchion.calendar_changed")):
        machine = person(f"source:{source}")
        answer = machine.http.post(f"/v1/inbound/{source}", json=event | {"type": type_}, headers=headers)
        problem(answer, 403, "not_permitted")


def test_the_command_line(run: Run) -> None:
    """``stanchion freeze`` declares, lists and lifts freezes, and prints who did so and why."""
    told = ("--from", "2031-03-01", "--to", "2031-03-02", "-s", "email", "-m", "Moving house")
    assert run("freeze", "declare", "move", *told)[0] == 1
    code, said, _ = run("freeze", "declare", "move", *told, "--as", "carol")
    assert (code, said.splitlines()[0]) == (
        0,
        "move holds for email from 2031-02-28T23:00:00Z to 2031-03-02T23:00:00Z",
    )
    code, said, _ = run("freeze", "list")
    assert (code, "Moving house" in said, "year_end" in said) == (0, True, True)
    code, said, _ = run("freeze", "lift", "move", "-m", "It stays", "--as", "carol")
    assert (code, said.startswith("move was lifted by carol at ")) == (0, True)
    assert "Moving house" not in run("freeze", "list")[1]
    (kept,) = [one for one in json.loads(run("freeze", "list", "--all", "--json")[1])["items"] if one["id"] == "move"]
    assert (kept["declared_by"], kept["lifted"]["by"], kept["lifted"]["reason"]) == ("carol", "carol", "It stays")


def test_a_freeze_in_the_files_is_told_when_they_are_read_again(alice: Person, carol: Person, folder: Path) -> None:
    """A freeze added to the organization's files holds waiting changes too; when it is removed, they continue."""
    change = Planned(alice, carol)
    file = folder / "organization" / "services.yaml"
    text = file.read_text()
    file.write_text(f"{text}  added: {{from: '{change.at(-1)}', to: '{change.at(3)}', services: [email]}}\n")
    change.until(lambda: change.state == ["held"])
    file.write_text(text)
    change.until(lambda: change.state == ["calendar_check"] and change.runs() == 3)
    assert change.heard() == ["source:stanchion"] * 2


def test_a_restart_forgets_nothing(installation: Installation, alice: Person, carol: Person, folder: Path) -> None:
    """A change of the files while no worker ran is announced once, when a worker is back."""
    change = Planned(alice, carol)
    kill(installation.worker)
    file = folder / "organization" / "services.yaml"
    own = f"later: {{from: '{change.at(-1)}', to: '{change.at(3)}', services: [email]}}"
    file.write_text(f"{file.read_text()}  {own}\n")
    revive(installation, installation.worker)
    change.until(lambda: change.state == ["held"])
    assert change.heard() == ["source:stanchion"]
