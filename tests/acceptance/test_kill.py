"""SIGKILL of any process at any point of a waiting change: no transition is lost, and none is taken twice."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
import pytest

from api.local.child_processes import ChildProcess
from api.local.installation import Installation
from api.tickets.readiness import NO_TEMPORAL
from tests.servers.installations import Person, kill, revive, until

Point = Literal["after the opening", "between two approvals", "during an approval"]
POINTS: tuple[Point, ...] = ("after the opening", "between two approvals", "during an approval")
TRIES = 20
DAYS = itertools.count(30)
"""Until the changes are planned to start: each has a day of its own, so that none is held by another's booking."""


def plan() -> dict[str, str]:
    start = datetime.now(UTC) + timedelta(days=next(DAYS))
    return {
        "summary": "Swap the switch",
        "service": "email",
        "impact": "high",
        "likelihood": "medium",
        "planned_start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "planned_end": (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "backout_plan": "Put the old one back.",
    }


class Change:
    """A change on its way to `scheduled`; ``disturb`` is called at each of the points, beside what happens there."""

    def __init__(self, url: str, disturb: Callable[[Point], Callable[[], None] | None]) -> None:
        self._people = {who: Person(url, who) for who in ("alice", "bob", "carol", "erin")}
        self._disturb = disturb
        self.key = ""

    def run(self) -> list[tuple[str, str, Any]]:
        """Returns its timeline without times and numbers, which differ from run to run."""
        try:
            return self._run()
        finally:
            for person in self._people.values():
                person.http.close()

    def _run(self) -> list[tuple[str, str, Any]]:
        self.key = self._people["alice"].start("change", **plan())["key"]
        self._meanwhile("after the opening")
        self._try("alice", "events/submit", {})
        self._try("carol", "events/assessed", {})
        self._try("carol", "decision", {"decision": "approve"})
        self._meanwhile("between two approvals")
        self._try("erin", "decision", {"decision": "approve"})
        self._meanwhile("during an approval", lambda: self._try("bob", "decision", {"decision": "approve"}))
        entries = self._checked()
        assert self._people["alice"].read(self.key)["state"] == ["scheduled"]
        assert [one["seq"] for one in entries] == list(range(1, len(entries) + 1))
        return [(one["kind"], one["actor"], self._same(one["data"])) for one in entries]

    def _checked(self) -> list[dict[str, Any]]:
        """The timeline once the calendar has answered, which is beside everything that people do."""

        def answered() -> list[dict[str, Any]]:
            entries = self._people["alice"].timeline(self.key)
            return entries if any(one["kind"] == "run" and "ended" in one["data"] for one in entries) else []

        return until(answered)

    def _meanwhile(self, point: Point, work: Callable[[], None] = lambda: None) -> None:
        """Does ``work`` at the moment of the disturbance, and repairs what was broken after both have begun."""
        gate = threading.Barrier(2)
        failures: list[BaseException] = []

        def begin() -> None:
            gate.wait()
            try:
                work()
            except BaseException as error:
                failures.append(error)

        working = threading.Thread(target=begin)
        working.start()
        gate.wait()
        repair = self._disturb(point)
        if repair:
            repair()
        working.join()
        assert not failures, failures

    def _try(self, who: str, what: str, body: dict[str, Any]) -> None:
        """Sends a request under one key, as clients do: again and again until an answer arrives."""
        headers = {"Idempotency-Key": f"{self.key}-{who}-{what}"}
        for _ in range(TRIES):
            try:
                answer = self._people[who].http.post(f"/v1/tickets/{self.key}/{what}", json=body, headers=headers)
            except httpx.TransportError:
                continue
            if answer.status_code != 503:
                assert answer.is_success, answer.text
                return
            assert answer.headers["Retry-After"]
        pytest.fail(f"{what} was never answered")

    def _same(self, data: Any) -> str:
        """Data of an entry without the values that belong to this run alone."""
        changes = data.get("changes", {})
        if {"planned_start", "checked_at"} & set(changes):
            return str(sorted(changes))
        return str({name: value for name, value in data.items() if name not in ("fields", "expires")})


def undisturbed(_: Point) -> None:
    return None


@pytest.fixture(scope="module")
def expected(installation: Installation) -> list[tuple[str, str, Any]]:
    """The timeline of an undisturbed change."""
    return Change(installation.url, undisturbed).run()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("victim", ["worker", "server", "api"])
def test_kill(installation: Installation, expected: list[tuple[str, str, Any]], victim: str, point: Point) -> None:
    """A change has the timeline of an undisturbed change, no matter which process is killed and when."""
    killed: list[Point] = []

    def disturb(here: Point) -> Callable[[], None] | None:
        if here != point:
            return None
        child: ChildProcess = getattr(installation, victim)
        kill(child)
        killed.append(here)
        return lambda: revive(installation, child)

    assert Change(installation.url, disturb).run() == expected
    assert killed == [point]


def test_everything_at_once(installation: Installation, expected: list[tuple[str, str, Any]]) -> None:
    """A change has the timeline of an undisturbed change even if all processes die at once during an approval."""

    def disturb(here: Point) -> Callable[[], None] | None:
        if here != "during an approval":
            return None
        for child in installation.children:
            kill(child)
        return lambda: revive(installation, *installation.children)

    assert Change(installation.url, disturb).run() == expected


def test_same_key_after_a_restart(installation: Installation) -> None:
    """A key that was answered before every process was killed gets the same answer afterwards and has no effect."""
    alice = Person(installation.url, "alice")
    headers = {"Idempotency-Key": "once"}
    body = {"process": "change", "fields": plan()}
    opened = alice.http.post("/v1/tickets", json=body, headers=headers).json()
    path = f"/v1/tickets/{opened['key']}/events/submit"
    sent = alice.http.post(path, json={}, headers=headers).json()
    for child in installation.children:
        kill(child)
    revive(installation, *installation.children)
    with Person(installation.url, "alice").http as again:
        assert again.post(path, json={}, headers=headers).json() == sent
        assert again.post("/v1/tickets", json=body, headers=headers).json() == opened
        timeline = again.get(f"/v1/tickets/{opened['key']}/timeline").json()["items"]
    assert [one["data"]["name"] for one in timeline if one["kind"] == "event"] == ["submit"]
    alice.http.close()


def test_temporal_away(installation: Installation) -> None:
    """While Temporal is unavailable, events are answered with 503, tickets can be read, and nothing is half-done."""
    with Person(installation.url, "alice").http as alice:
        key = alice.post("/v1/tickets", json={"process": "change", "fields": plan()}).json()["key"]
        assert alice.get(f"/v1/tickets/{key}").status_code == 200
        kill(installation.server)
        requests: dict[str, Callable[[], httpx.Response]] = {
            "start": lambda: alice.post("/v1/tickets", json={"process": "change", "fields": plan()}),
            "event": lambda: alice.post(f"/v1/tickets/{key}/events/cancel", json={}),
            "explain": lambda: alice.get(f"/v1/tickets/{key}/explain"),
        }
        for name, request in requests.items():
            answer = request()
            assert (answer.status_code, answer.json()["code"]) == (503, "temporal_unavailable"), name
            assert int(answer.headers["Retry-After"]) > 0
            assert ("Idempotency-Key" in answer.headers) == (name != "explain")
        half: dict[str, Any] = {"json": {"process": "change", "fields": plan()}, "headers": {"Idempotency-Key": "half"}}
        assert alice.post("/v1/tickets", **half).status_code == 503
        assert alice.get(f"/v1/tickets/{key}").json()["state"] == ["draft"]
        parts = {"ready": False, "temporal": False, "worker": False, "records": True}
        assert alice.get("/readyz").json() == {**parts, "problems": [NO_TEMPORAL]}
        revive(installation, installation.server)
        assert alice.post(f"/v1/tickets/{key}/events/submit", json={}).status_code == 200
        healed = alice.post("/v1/tickets", **half).json()
        assert healed["states"] == ["draft"]
        assert alice.post("/v1/tickets", **half).json() == healed
        timeline = alice.get(f"/v1/tickets/{healed['key']}/timeline").json()["items"]
        assert [one["kind"] for one in timeline].count("opened") == 1
