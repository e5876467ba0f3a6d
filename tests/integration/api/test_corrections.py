"""Corrections of times over HTTP: while a ticket runs, and after it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from activities.records.store import Records
from api.clock import now
from api.local.installation import Installation
from api.records import location
from definitions.times import to_instant, to_text
from tests.servers.installations import Person, Run, at_once, created, idempotent, problem

RESOLUTION = {"resolution_code": "fixed", "resolution": "Restarted it", "category": "application"}


@pytest.fixture
def anton(person: Callable[[str], Person]) -> Person:
    """The service level manager."""
    return person("anton")


def a_second_later(alice: Person, key: str) -> None:
    """Reads until another second has passed by every clock: the next revision's time differs from this one's."""
    until = to_instant(alice.read(key)["updated_at"]) + 2
    while now() < until:
        alice.read(key)


@pytest.fixture
def started(alice: Person) -> tuple[str, int]:
    """An incident on which work began more than a second after its opening, and the revision in which it began."""
    key = str(alice.start("incident", summary="Mail is down", service="email")["key"])
    a_second_later(alice, key)
    return key, int(created(alice.send(key, "start"))["revision"])


def correct(person: Person, ticket: str, step: int, at: str, key: str | None = None, **body: Any) -> httpx.Response:
    wanted = {"step": step, "at": at, "comment": "by phone"} | body
    return person.http.post(f"/v1/tickets/{ticket}/corrections", json=wanted, headers=idempotent(key))


def ledger(person: Person, ticket: str, name: str) -> dict[str, Any]:
    return created(person.http.get(f"/v1/tickets/{ticket}/service-levels/{name}/ledger"))


def test_a_running_ticket(alice: Person, anton: Person, started: tuple[str, int], installation: Installation) -> None:
    """The service level follows the true time, the timeline shows both times, and its chain holds."""
    key, step = started
    opened, late = alice.read(key)["opened_at"], alice.read(key)["updated_at"]
    assert alice.read(key)["service_levels"]["response"]["since"] == late
    said = created(correct(anton, key, step, opened))
    assert said["revision"] == step + 1
    response = alice.read(key)["service_levels"]["response"]
    assert (response["status"], response["elapsed"], response["since"]) == ("met", 0, opened)
    (told,) = response["corrections"]
    assert (told["step"], told["recorded"], told["effective"], told["by"]) == (step, late, opened, "anton")
    entry = next(one for one in alice.timeline(key) if one["kind"] == "corrected")
    assert (entry["actor"], entry["data"]["recorded"], entry["data"]["effective"]) == ("anton", late, opened)
    kept = [one["at"] for one in alice.timeline(key) if one["revision"] == step]
    assert set(kept) == {late}
    store = Records(location(installation.settings))
    assert store.verify_chain(key).holds
    store.close()


def test_ledger_and_explanation(alice: Person, anton: Person, started: tuple[str, int]) -> None:
    """Both show the recorded time, the effective time, who corrected it and why."""
    key, step = started
    opened = alice.read(key)["opened_at"]
    created(correct(anton, key, step, opened))
    told = created(alice.http.get(f"/v1/tickets/{key}/explain"))
    (response,) = [one for one in told["clocks"] if one["name"] == "response"]
    assert [(one["effective"], one["comment"]) for one in response["corrections"]] == [(opened, "by phone")]
    lines = ledger(alice, key, "response")
    assert lines["corrections"] == alice.read(key)["service_levels"]["response"]["corrections"]
    assert sum(line["actual"] for line in lines["items"]) == 0


def test_refusals(alice: Person, anton: Person, started: tuple[str, int]) -> None:
    """A person without permission, a time out of range, an invalid time and an unknown revision change nothing."""
    key, step = started
    before = alice.read(key)
    problem(correct(alice, key, step, before["opened_at"]), 403, "not_permitted")
    early = to_text(to_instant(before["opened_at"]) - 1)
    assert problem(correct(anton, key, step, early), 422, "invalid_fields")["fields"] == ["at"]
    later = to_text(now() + 3600)
    assert (
        f"between {before['opened_at']}" in problem(correct(anton, key, step, later), 422, "invalid_fields")["detail"]
    )
    assert problem(correct(anton, key, 99, early), 422, "invalid_fields")["fields"] == ["step"]
    problem(correct(anton, key, step, early, comment=" "), 422, "comment_required")
    for wrong in ("10:05", "2026-03-02T10:05:00", "yesterday", ""):
        assert correct(anton, key, step, wrong).status_code == 422
    assert alice.read(key)["revision"] == before["revision"]


def test_an_ended_ticket(alice: Person, anton: Person, started: tuple[str, int], installation: Installation) -> None:
    """An ended ticket is re-evaluated and stays ended; one key corrects once, however many requests arrive at once."""
    key, step = started
    created(alice.send(key, "resolve", **RESOLUTION))
    assert created(alice.send(key, "close"))["ended"] is True
    before = alice.read(key)
    once = uuid4().hex
    said = [created(one) for one in at_once(5, lambda: correct(anton, key, step, before["opened_at"], once))]
    assert said == [said[0]] * 5
    assert (said[0]["revision"], said[0]["ended"]) == (before["revision"] + 1, True)
    after = alice.read(key)
    assert (after["ended_at"], after["service_levels"]["response"]["elapsed"]) == (before["ended_at"], 0)
    assert len([one for one in alice.timeline(key) if one["kind"] == "corrected"]) == 1
    problem(correct(anton, key, step, before["updated_at"], once), 409, "key_reused")
    problem(correct(alice, key, step, before["updated_at"]), 403, "not_permitted")
    store = Records(location(installation.settings))
    assert store.verify_chain(key).holds
    store.close()


def test_corrections_and_comments_at_once(alice: Person, anton: Person, started: tuple[str, int]) -> None:
    """On an ended ticket each correction and comment builds on the one before it: none is lost."""
    key, step = started
    created(alice.send(key, "cancel"))
    before = alice.read(key)
    turns, lock = iter(range(6)), threading.Lock()

    def say() -> httpx.Response:
        with lock:
            turn = next(turns)
        if turn == 0:
            return correct(anton, key, step, before["opened_at"])
        return alice.http.post(f"/v1/tickets/{key}/comments", json={"text": f"comment {turn}"})

    revisions = sorted(created(one)["revision"] for one in at_once(6, say))
    assert revisions == list(range(before["revision"] + 1, before["revision"] + 7))
    assert alice.read(key)["service_levels"]["response"]["corrections"]


def listed(person: Person, key: str) -> dict[str, Any]:
    items = created(person.http.get("/v1/tickets", params={"process": "incident", "limit": 200}))["items"]
    return next(one for one in items if one["key"] == key)


def test_rows_of_service_levels_follow(alice: Person, anton: Person, started: tuple[str, int]) -> None:
    """Lists show the same first due time as the ticket, also after a correction and after the end."""
    key, _ = started
    whole = alice.read(key)
    assert listed(alice, key)["due"] == whole["due"] == whole["service_levels"]["resolution"]["due"]
    created(correct(anton, key, 1, alice.read(key)["updated_at"], comment="It began later"))
    assert listed(alice, key)["due"] == alice.read(key)["service_levels"]["resolution"]["due"]
    created(alice.send(key, "cancel"))
    created(correct(anton, key, 1, alice.read(key)["opened_at"], comment="No, it did not"))
    assert (listed(alice, key)["due"], listed(alice, key)["breached"]) == (None, [])


def test_the_command(run: Run, alice: Person, started: tuple[str, int]) -> None:
    """``stanchion correct`` prints the result, and ``show`` prints the revision, the times and the reason."""
    key, step = started
    opened = alice.read(key)["opened_at"]
    code, out, _ = run(
        "correct", key, "--step", str(step), "--at", opened, "--comment", "since the opening", "--as", "anton"
    )
    assert (code, out.split(",")[0]) == (0, f"{key} is in in_progress")
    _, out, _ = run("show", key)
    assert f"revision {step}: recorded" in out
    assert "corrected by anton: since the opening" in out
    _, out, _ = run("explain", key)
    assert f"effective {opened}, corrected by anton" in out
    code, _, errors = run("correct", key, "--step", str(step), "--at", opened, "-m", "again", "--as", "anton")
    assert (code, "already" in errors) == (1, True)
