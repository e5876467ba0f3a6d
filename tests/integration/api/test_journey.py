"""A change and an incident through the API, from their opening on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.servers.installations import Person, created, problem

CHANGE = {"summary": "Swap the switch", "service": "email"}


def later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def waiting_change(alice: Person, carol: Person, **fields: str) -> str:
    """A change that waits for its approval."""
    plan = {"planned_start": later(30), "planned_end": later(31), "backout_plan": "Back."}
    key = str(alice.start("change", **(CHANGE | plan | fields))["key"])
    created(alice.send(key, "submit"))
    created(carol.send(key, "assessed"))
    return key


def listed(alice: Person, **fields: str) -> str:
    """A new change that is already listed: lists may lag, so the fixture waits for the ticket's record."""
    key = str(alice.start("change", **fields)["key"])
    alice.read(key)
    return key


def test_start(alice: Person) -> None:
    """A start answers 201 with the ticket's location, its revision as ETag, and its state."""
    answer = alice.http.post("/v1/tickets", json={"process": "change", "fields": CHANGE})
    body = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/tickets/{body['key']}")
    assert answer.headers["ETag"] == '"1"'
    assert (body["states"], body["revision"], body["ended"]) == (["draft"], 1, False)
    detail = alice.read(body["key"])
    assert (detail["state"], detail["opener"], detail["title"]) == (["draft"], "alice", CHANGE["summary"])
    assert detail["fields"]["risk"] == 1


def test_start_and_act(alice: Person) -> None:
    """One call can start a ticket and send its first event."""
    asked = {"process": "change", "fields": CHANGE, "event": {"name": "cancel"}}
    body = created(alice.http.post("/v1/tickets", json=asked))
    assert (body["states"], body["ended"]) == (["canceled"], True)


def test_times_are_rfc_3339(alice: Person) -> None:
    """A datetime is accepted with any offset and returned in UTC with whole seconds."""
    key = alice.start("change", **CHANGE, planned_start="2027-03-14T20:00:00.5+01:00")["key"]
    assert alice.read(key)["fields"]["planned_start"] == "2027-03-14T19:00:01Z"


def test_whole_change(alice: Person, carol: Person, erin: Person, person: Callable[[str], Person]) -> None:
    """A risky change passes both stages of its approval; every decision is visible at once and stands."""
    key = waiting_change(alice, carol, impact="high", likelihood="medium")
    assert [one["ticket"] for one in carol.http.get("/v1/approvals").json()["items"]].count(key) == 1
    problem(alice.decide(key, "approve"), 403, "not_an_approver")
    problem(carol.decide(key, "reject"), 422, "comment_required")
    assert created(carol.decide(key, "approve"))["states"] == ["authorize"]
    votes = {one["person"]: one["vote"] for one in carol.read(key)["approvals"][0]["requests"]}
    assert votes == {"bob": None, "dora": None, "erin": None}
    created(erin.decide(key, "approve", comment="fine"))
    problem(erin.decide(key, "approve"), 409, "already_voted")
    dora = person("dora")
    path = f"/v1/tickets/{key}/approvals/authorize/decision"
    assert created(dora.http.post(path, json={"decision": "approve"}))["states"] == ["scheduled"]
    assert alice.http.get("/v1/notifications").json()["items"][0]["subject"].startswith(f"{key} is scheduled")
    told = [one["person"] for one in alice.http.get(f"/v1/tickets/{key}/notifications").json()["items"]]
    assert {"bob", "dora", "erin", "carol", "alice"} <= set(told)


def test_a_decision_says_what_it_decided(alice: Person, carol: Person) -> None:
    """The answer names the request; a decision on another visit, round or stage, or on an older revision, is stale."""
    key = waiting_change(alice, carol)
    path = f"/v1/tickets/{key}/approvals/authorize/decision"
    mine = next(one for one in carol.http.get("/v1/approvals").json()["items"] if one["ticket"] == key)
    assert (mine["state"], mine["visit"], mine["round"], mine["stage"]) == ("authorize", 1, 0, 0)
    problem(carol.http.post(path, json={"decision": "approve", "visit": 2}), 412, "stale")
    problem(carol.http.post(path, json={"decision": "approve", "stage": "cab"}), 412, "stale")
    problem(carol.http.post(path, json={"decision": "approve"}, headers={"If-Match": '"1"'}), 412, "stale")
    problem(carol.http.post(path, json={"decision": "approve", "stage": -1}), 422, "invalid_request")
    read = {"decision": "approve", "visit": 1, "round": 0, "stage": "owner"}
    decided = created(carol.http.post(path, json=read))["decided"]
    assert decided == {"state": "authorize", "title": "Authorization", **read}
    assert alice.read(key)["approvals"][0]["visit"] == 1


def test_delegation(alice: Person, carol: Person, person: Callable[[str], Person]) -> None:
    """An approver delegates their request to another person, who then decides in their place."""
    key = waiting_change(alice, carol)
    path = f"/v1/tickets/{key}/delegation"
    problem(carol.http.post(path, json={"to": "zed"}), 422, "invalid_fields")
    problem(alice.http.post(path, json={"to": "dora"}), 403, "not_an_approver")
    created(carol.http.post(path, json={"to": "dora"}))
    problem(carol.decide(key, "approve"), 403, "not_an_approver")
    assert created(person("dora").decide(key, "approve"))["states"] == ["scheduled"]


def test_incident(alice: Person) -> None:
    """The team of its service claims, works on and resolves an incident."""
    key = alice.start("incident", summary="Mail is down", service="email", impact="high", urgency="high")["key"]
    assert alice.read(key)["fields"]["priority"] == 1
    created(alice.http.post(f"/v1/tickets/{key}/claim"))
    assert alice.read(key)["assignee"] == "alice"
    created(alice.send(key, "start"))
    problem(alice.send(key, "hold"), 422, "missing_fields")
    created(alice.send(key, "hold", hold_reason="awaiting_vendor"))
    assert alice.read(key)["state"] == ["on_hold"]


def test_allowed_and_explain(alice: Person, carol: Person) -> None:
    """The answer lists the events that a person can send now, and for all others why not and with which values."""
    key = alice.start("change", **CHANGE)["key"]
    allowed = alice.http.get(f"/v1/tickets/{key}/allowed").json()
    assert allowed["events"] == [one["event"] for one in allowed["items"]] == ["submit", "cancel"]
    assert allowed["items"][0]["lacks"] == ["planned_start", "planned_end", "backout_plan"]
    assert carol.http.get(f"/v1/tickets/{key}/allowed").json()["events"] == ["cancel"]
    told = alice.http.get(f"/v1/tickets/{key}/explain").json()
    standard, emergency, normal, *rest = told["choices"]
    assert (standard["possible"], standard["guard_holds"]) == (False, False)
    assert standard["values"]["ticket.model"] == "normal"
    assert normal["lacks"] == ["planned_start", "planned_end", "backout_plan"]
    assert (emergency["event"], any(one["event"] == "cancel" and one["possible"] for one in rest)) == ("submit", True)
    assert told["where"][0]["since"].endswith("Z")


def test_explain_after_the_end(alice: Person) -> None:
    """An ended ticket can still be read and explained; no more events can be sent to it."""
    key = alice.start("change", **CHANGE)["key"]
    created(alice.send(key, "cancel"))
    assert alice.http.get(f"/v1/tickets/{key}/allowed").json() == {"events": [], "items": []}
    assert alice.http.get(f"/v1/tickets/{key}/explain").json()["ended_at"]
    problem(alice.send(key, "submit"), 409, "ended")


def test_comments(alice: Person, carol: Person) -> None:
    """A comment is visible to everybody who sees the ticket; an internal comment only to those who work on it."""
    key = alice.start("incident", summary="Mail is down", service="email", caller="carol")["key"]
    for text, internal in (("We look at it.", False), ("It is the switch.", True)):
        created(alice.http.post(f"/v1/tickets/{key}/comments", json={"text": text, "internal": internal}))
    refused = carol.http.post(f"/v1/tickets/{key}/comments", json={"text": "x", "internal": True})
    problem(refused, 403, "not_permitted")
    seen = {who: [one["data"]["text"] for one in person.timeline(key) if one["kind"] == "comment"]
            for who, person in (("alice", alice), ("carol", carol))}  # fmt: skip
    assert seen == {"alice": ["We look at it.", "It is the switch."], "carol": ["We look at it."]}


def test_pages(alice: Person) -> None:
    """Lists are paged: following the cursor returns every item once, in one order, whatever is added meanwhile."""
    mine = {"service": "email", "summary": uuid4().hex}
    keys = [listed(alice, **mine) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while len(seen) < 5:
        query = {"limit": "2", "text": mine["summary"]} | ({"cursor": cursor} if cursor else {})
        page = alice.http.get("/v1/tickets", params=query).json()
        seen += [one["key"] for one in page["items"]]
        cursor = page["next"]
        listed(alice, **mine)
    assert sorted(seen[:5]) == sorted(keys)


def test_filters(alice: Person) -> None:
    """A list can be filtered by process, state, text, and whether tickets have ended."""
    mine = listed(alice, service="email", summary="A very special summary")
    query = {"text": "very SPECIAL", "state": "draft", "open": "true", "process": "change", "opener": "alice"}
    assert [one["key"] for one in alice.http.get("/v1/tickets", params=query).json()["items"]] == [mine]
    for other in ({"state": "review"}, {"open": "false"}, {"process": "incident"}, {"opener": "bob"}):
        assert alice.http.get("/v1/tickets", params=query | other).json()["items"] == []
