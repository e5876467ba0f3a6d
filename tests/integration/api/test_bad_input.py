"""Every bad request is answered with a problem, and changes nothing."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from api.local.installation import Installation
from tests.servers.installations import Person, created, problem

CHANGE = {"summary": "Swap the switch", "service": "email"}


def opened(alice: Person) -> str:
    return str(alice.start("change", **CHANGE)["key"])


def test_unknown_ticket(alice: Person) -> None:
    """Every request for a ticket that does not exist is answered with 404."""
    for key in ("CHG-999999", "nonsense", "CHG-0", "CHG-1%2F..%2F2", "INC-" + "9" * 200):
        problem(alice.http.get(f"/v1/tickets/{key}"), 404, "unknown_ticket" if "%2F" not in key else "not_found")
    problem(alice.send("CHG-999999", "submit"), 404, "unknown_ticket")
    problem(alice.http.patch("/v1/tickets/CHG-999999/fields", json={}), 404, "unknown_ticket")


def test_invisible_ticket(alice: Person, erin: Person) -> None:
    """A ticket that the actor may not see does not exist for the actor."""
    key = alice.start("incident", summary="Mail is down", service="email")["key"]
    for path in ("", "/timeline", "/allowed", "/explain", "/notifications"):
        problem(erin.http.get(f"/v1/tickets/{key}{path}"), 404, "unknown_ticket")
    problem(erin.send(key, "start"), 404, "unknown_ticket")
    problem(erin.http.post(f"/v1/tickets/{key}/comments", json={"text": "hello"}), 404, "unknown_ticket")
    problem(erin.http.post(f"/v1/tickets/{key}/claim"), 404, "unknown_ticket")
    assert key not in [item["key"] for item in erin.http.get("/v1/tickets?process=incident").json()["items"]]
    assert key in [item["key"] for item in alice.http.get("/v1/tickets?process=incident").json()["items"]]


def test_unknown_process(alice: Person) -> None:
    """A process that does not exist is 404, and the answer names the processes that do."""
    body = problem(alice.http.post("/v1/tickets", json={"process": "chnge"}), 404, "unknown_process")
    assert "change" in body["detail"]
    assert "incident" in body["detail"]
    problem(alice.http.get("/v1/processes/chnge"), 404, "unknown_process")


def test_event_not_allowed_now(alice: Person) -> None:
    """An event that the ticket does not accept now is 409, and the answer lists the accepted events and the reason."""
    key = opened(alice)
    body = problem(alice.send(key, "complete"), 409, "unknown_event")
    assert body["allowed"] == ["submit", "cancel"]
    assert "complete" in body["detail"]
    assert alice.read(key)["revision"] == 1


def test_outcomes_from_outside(alice: Person) -> None:
    """Nobody can send the outcome of an approval."""
    problem(alice.send(opened(alice), "approved"), 409, "unknown_event")


def test_wrong_actor(alice: Person, carol: Person) -> None:
    """An event that only another person may send is 403."""
    problem(carol.send(opened(alice), "submit"), 403, "not_permitted")


def test_not_an_approver(alice: Person) -> None:
    """Without an open approval nobody is an approver."""
    problem(alice.decide(opened(alice), "approve"), 403, "not_an_approver")


def test_missing_fields(alice: Person) -> None:
    """The answer names all missing required fields."""
    body = problem(alice.http.post("/v1/tickets", json={"process": "change"}), 422, "missing_fields")
    assert body["fields"] == ["summary", "service"]
    body = problem(alice.send(opened(alice), "submit"), 422, "missing_fields")
    assert body["fields"] == ["planned_start", "planned_end", "backout_plan"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"),
        ("summary", 7),
        ("summary", "x" * 201),
        ("impact", "huge"),
        ("planned_start", "tomorrow"),
        ("planned_start", "2026-03-14T20:00:00"),
        ("service", "no_such_service"),
    ],
)
def test_invalid_fields(alice: Person, field: str, value: object) -> None:
    """The answer names an unknown field, a wrong type and a value out of limits, at opening and at editing."""
    asked = {"process": "change", "fields": CHANGE | {field: value}}
    assert problem(alice.http.post("/v1/tickets", json=asked), 422, "invalid_fields")["fields"] == [field]
    key = opened(alice)
    edited = alice.http.patch(f"/v1/tickets/{key}/fields", json={field: value, "impact": "high"} | {field: value})
    assert problem(edited, 422, "invalid_fields")["fields"] == [field]
    assert alice.read(key)["fields"]["impact"] == "low"


def test_the_first_event_names_people_who_exist(alice: Person, person: Callable[[str], Person]) -> None:
    """A ticket is not opened by a request whose first event names nobody; what is refused before values comes first."""
    asked = {"process": "improvement", "fields": {"summary": "Faster builds"}}
    asked["event"] = {"name": "assess", "fields": {"owner": "zed"}}
    body = problem(person("bianca").http.post("/v1/tickets", json=asked), 422, "invalid_fields")
    assert (body["fields"], body["detail"]) == (["owner"], "owner: there is no person 'zed'")
    problem(alice.http.post("/v1/tickets", json=asked), 403, "not_permitted")


def test_read_only_fields(alice: Person) -> None:
    """A field that only the process writes can't be edited, and an edit that contains it changes nothing."""
    key = opened(alice)
    edited = alice.http.patch(f"/v1/tickets/{key}/fields", json={"summary": "New", "risk": 9, "outcome": "successful"})
    assert sorted(problem(edited, 422, "read_only_fields")["fields"]) == ["outcome", "risk"]
    assert alice.read(key)["fields"]["summary"] == CHANGE["summary"]


def test_stale_revision(alice: Person) -> None:
    """If-Match with a revision other than the ticket's is 412; with the ticket's own ETag the request is accepted."""
    key = opened(alice)
    path = f"/v1/tickets/{key}/fields"
    tag = alice.http.get(f"/v1/tickets/{key}").headers["ETag"]
    first = alice.http.patch(path, json={"summary": "One"}, headers={"If-Match": tag})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    problem(alice.http.patch(path, json={"summary": "Two"}, headers={"If-Match": tag}), 412, "stale")
    assert alice.read(key)["fields"]["summary"] == "One"
    assert alice.http.patch(path, json={"summary": "Three"}, headers={"If-Match": "*"}).status_code == 200
    problem(alice.http.patch(path, json={"summary": "x"}, headers={"If-Match": "W/x"}), 422, "invalid_request")


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff\xfe", b'{"process": "change"', b"[" * 100_000])
def test_malformed_json(alice: Person, body: bytes) -> None:
    """A body that is not JSON is refused, however it is malformed."""
    answer = alice.http.post("/v1/tickets", content=body, headers={"Content-Type": "application/json"})
    code = "invalid_request" if not body else "malformed_json"
    problem(answer, 422 if not body else 400, code)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"change"',
        b'{"process": 3}',
        b'{"process": "change", "fileds": {}}',
        b'{"process": "change", "fields": []}',
        b'{"process": "change", "fields": {"summary": NaN}}',
        b'{"process": "change", "fields": {"summary": "\\ud800"}}',
        b'{"process": "change", "fields": {"summary": "a\\u0000b"}}',
        b'{"process": "change", "fields": {"summary": 99999999999999999999}}',
        b'{"process": "change", "fields": {"summary": ' + b"[" * 40 + b"]" * 40 + b"}}",
    ],
)
def test_json_of_another_form(alice: Person, body: bytes) -> None:
    """JSON that a route does not expect is 422, and the answer does not echo the body."""
    answer = alice.http.post("/v1/tickets", content=body, headers={"Content-Type": "application/json"})
    found = problem(answer, 422, "invalid_request")
    assert found["errors"]
    assert all(set(one) == {"at", "message"} for one in found["errors"])


def test_body_over_the_limit(alice: Person) -> None:
    """A body over one megabyte is 413, announced or in chunks."""
    text = b'{"process": "change", "fields": {"summary": "' + b"x" * 1_000_000 + b'"}}'
    headers = {"Content-Type": "application/json"}
    problem(alice.http.post("/v1/tickets", content=text, headers=headers), 413, "body_too_large")

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(text), 50_000):
            yield text[start : start + 50_000]

    problem(alice.http.post("/v1/tickets", content=chunks(), headers=headers), 413, "body_too_large")


def test_large_body_within_the_limit(alice: Person) -> None:
    """A body just under the limit is accepted in full."""
    text = "x" * 90_000
    key = opened(alice)
    assert alice.http.post(f"/v1/tickets/{key}/comments", json={"text": text}).status_code == 200
    assert alice.timeline(key)[-1]["data"]["text"] == text


def test_a_wrong_time_is_answered_with_an_example(alice: Person) -> None:
    """The refusal of a correction at an impossible time names the place, and shows how a time is written."""
    key = opened(alice)
    body = {"step": 1, "at": "zork", "comment": "why"}
    wrong = problem(alice.http.post(f"/v1/tickets/{key}/corrections", json=body), 422, "invalid_request")
    assert wrong["detail"] == "body.at: 'zork' is no datetime such as 2026-03-14T20:00:00+01:00"


def test_unknown_route_and_method(alice: Person) -> None:
    """An unknown path is 404 and a wrong method 405, both as problems."""
    nothing = problem(alice.http.get("/v1/nothing"), 404, "not_found")
    assert nothing["detail"].startswith("There is nothing at this address")
    answer = alice.http.delete("/v1/tickets")
    wrong = problem(answer, 405, "method_not_allowed")
    assert wrong["detail"] == "This address does not take DELETE. It takes GET, POST."
    assert answer.headers["Allow"] == "GET, POST"
    answer = alice.http.post("/v1/freezes/some_id")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET, PUT"


def test_unknown_query_parameters(alice: Person) -> None:
    """A query parameter that a route does not take is refused with those that it takes, on every kind of route."""
    key = opened(alice)
    told = problem(alice.http.get("/v1/tickets?practice=change"), 422, "invalid_request")["detail"]
    assert told == (
        "This address does not take the query parameter 'practice': it takes assignee, cursor, limit, open, opener, "
        "process, state, text."
    )
    none = "This address does not take the query parameter 'x': it takes none."
    for answer in (
        alice.http.get(f"/v1/tickets/{key}?x=1"),
        alice.http.post("/v1/tickets?x=1", json={"process": "change", "fields": CHANGE}),
        alice.http.get("/healthz?x=1"),
        alice.http.post("/v1/callbacks/token?x=1", json={"done": 1}),
    ):
        assert problem(answer, 422, "invalid_request")["detail"] == none
    decided = alice.http.post(f"/v1/tickets/{key}/decision?sate=x", json={"decision": "approve"})
    assert problem(decided, 422, "invalid_request")["detail"].endswith("'sate': it takes state.")
    assert alice.http.get("/v1/tickets?process=change&open=true&limit=1").is_success
    assert alice.http.get("/v1/freezes?all=true").is_success


def test_bad_cursor_and_limit(alice: Person) -> None:
    """An invalid cursor and a page size out of limits are 422."""
    half = base64.urlsafe_b64encode(b'[0,"\\ud800"]').decode().rstrip("=")
    for cursor in ("nonsense", "§", half):
        problem(alice.http.get("/v1/tickets", params={"cursor": cursor}), 422, "invalid_request")
    problem(alice.http.get("/v1/tickets?limit=0"), 422, "invalid_request")
    problem(alice.http.get("/v1/tickets?limit=many"), 422, "invalid_request")


def test_nobody(person: Callable[[str | None], Person]) -> None:
    """A request without an identity, or with the identity of an unknown person, is 401 everywhere."""
    for somebody in (person(None), person("zed"), person("engine"), person("ticket:CHG-1")):
        for path in ("/v1/me", "/v1/tickets", "/v1/tickets/CHG-1", "/v1/processes", "/v1/definitions"):
            answer = somebody.http.get(path)
            problem(answer, 401, "unauthenticated")
            assert "WWW-Authenticate" in answer.headers
        problem(somebody.http.post("/v1/tickets", json={"process": "change"}), 401, "unauthenticated")


def test_rebound_host(alice: Person) -> None:
    """A web page whose name was rebound to this machine has no identity: its Host header names another server."""
    problem(alice.http.get("/v1/me", headers={"Host": "evil.example"}), 401, "unauthenticated")
    for host in ("127.0.0.1.evil.example:80", "[::1]evil.example", "[::1]:80@evil.example", "localhost:80:80"):
        problem(alice.http.get("/v1/me", headers={"Host": host}), 401, "unauthenticated")
    assert alice.http.get("/v1/me", headers={"Host": "[::1]:80"}).status_code == 200
    assert alice.http.get("/v1/me", headers={"Host": "localhost:1"}).status_code == 200


def test_forwarded_headers_are_not_believed(installation: Installation) -> None:
    """X-Forwarded-For from a caller does not change the peer, and two X-Actor headers identify nobody."""
    place = urlsplit(installation.url)
    assert place.hostname
    with socket.create_connection((place.hostname, place.port or 0)) as raw:
        raw.sendall(
            b"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nX-Actor: alice\r\nX-Actor: carol\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 401"), answer


def test_bad_idempotency_key(alice: Person) -> None:
    """A key that is too long or contains a space is refused before anything happens."""
    for key in ("k" * 201, "two words"):
        answer = alice.http.post(
            "/v1/tickets", json={"process": "change", "fields": CHANGE}, headers={"Idempotency-Key": key}
        )
        problem(answer, 422, "invalid_request")


def test_refused_opening_uses_no_number(alice: Person) -> None:
    """A refused opening starts no ticket and uses no number."""
    before = int(opened(alice).removeprefix("CHG-"))
    problem(alice.http.post("/v1/tickets", json={"process": "change"}), 422, "missing_fields")
    refused = {"process": "change", "fields": CHANGE, "event": {"name": "nonsense"}}
    problem(alice.http.post("/v1/tickets", json=refused), 409, "unknown_event")
    assert opened(alice) == f"CHG-{before + 1}"


def test_the_end_wins_over_wrong_values(alice: Person) -> None:
    """The answer reports that a ticket has ended or changed before it reports a service that does not exist."""
    key = opened(alice)
    path, fields = f"/v1/tickets/{key}/fields", {"service": "no_such_service"}
    problem(alice.http.patch(path, json=fields, headers={"If-Match": '"99"'}), 412, "stale")
    created(alice.send(key, "cancel"))
    problem(alice.http.patch(path, json=fields), 409, "ended")


def test_a_refusal_is_short(alice: Person) -> None:
    """A refusal of 30,000 unknown fields names the first twenty and the number, at an opening and at an event."""
    fields = {f"unknown{number}": 1 for number in range(30_000)}
    key = opened(alice)
    answers = (
        alice.http.post("/v1/tickets", json={"process": "change", "fields": fields}),
        alice.http.patch(f"/v1/tickets/{key}/fields", json=fields),
        alice.http.post("/v1/tickets", json={"process": "change", **fields}),
    )
    for answer in answers:
        assert answer.status_code == 422
        assert len(answer.content) < 20_000
    assert alice.send(key, "submit").status_code != 503
