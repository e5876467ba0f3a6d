"""The same Idempotency-Key: one transition, one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx

from tests.servers.installations import Person, at_once, problem

CHANGE = {"summary": "Swap the switch", "service": "email"}


def answers(sent: list[httpx.Response]) -> list[tuple[int, Any]]:
    return [(one.status_code, one.json()) for one in sent]


def test_event_ten_times_at_once(alice: Person) -> None:
    """The same event sent ten times at once under one key moves the ticket once, and every answer is the same."""
    key, once = alice.start("change", **CHANGE)["key"], uuid4().hex
    sent = answers(at_once(10, lambda: alice.send(key, "cancel", key=once)))
    assert sent == [(200, sent[0][1])] * 10
    assert sent[0][1]["ended"] is True
    assert [one["data"]["name"] for one in alice.timeline(key) if one["kind"] == "event"] == ["cancel"]
    assert answers([alice.send(key, "cancel", key=once)]) == sent[:1], "and again after the ticket has ended"


def test_edit_ten_times_at_once(alice: Person) -> None:
    """The same edit sent ten times at once under one key writes once."""
    key, once = alice.start("change", **CHANGE)["key"], {"Idempotency-Key": uuid4().hex}
    path = f"/v1/tickets/{key}/fields"
    sent = answers(at_once(10, lambda: alice.http.patch(path, json={"summary": "New"}, headers=once)))
    assert sent == [(200, sent[0][1])] * 10
    assert alice.read(key)["revision"] == 2


def test_start_ten_times_at_once(alice: Person) -> None:
    """The same start sent ten times at once under one key opens one ticket, and every answer is the same."""
    summary = uuid4().hex
    body = {"process": "change", "fields": CHANGE | {"summary": summary}}
    once = {"Idempotency-Key": uuid4().hex}
    sent = answers(at_once(10, lambda: alice.http.post("/v1/tickets", json=body, headers=once)))
    assert sent == [(201, sent[0][1])] * 10
    alice.read(sent[0][1]["key"])  # lists may lag behind: reading a ticket waits for its record
    found = alice.http.get("/v1/tickets", params={"text": summary}).json()["items"]
    assert [one["key"] for one in found] == [sent[0][1]["key"]]


def test_start_and_act_ten_times_at_once(alice: Person) -> None:
    """Starting and acting in one call happens once, in both parts."""
    body = {"process": "change", "fields": CHANGE, "event": {"name": "cancel"}}
    once = {"Idempotency-Key": uuid4().hex}
    sent = answers(at_once(10, lambda: alice.http.post("/v1/tickets", json=body, headers=once)))
    assert sent == [(201, sent[0][1])] * 10
    key = sent[0][1]["key"]
    kinds = [one["kind"] for one in alice.timeline(key)]
    assert (kinds.count("opened"), kinds.count("event")) == (1, 1)
    again = alice.http.post("/v1/tickets", json=body, headers=once)
    assert answers([again]) == sent[:1], "and again after the ticket has ended"


def test_key_with_another_body(alice: Person) -> None:
    """A key that was used for another request is refused, whether that request was a start or an event."""
    once = uuid4().hex
    key = alice.start("change", once, **CHANGE)["key"]
    other = {"process": "change", "fields": CHANGE | {"summary": "Another"}}
    problem(alice.http.post("/v1/tickets", json=other, headers={"Idempotency-Key": once}), 409, "key_reused")
    assert alice.http.patch(
        f"/v1/tickets/{key}/fields", json={"summary": "One"}, headers={"Idempotency-Key": once}
    ).is_success, "the key of a start is not that of an event"
    second = alice.http.patch(f"/v1/tickets/{key}/fields", json={"summary": "Two"}, headers={"Idempotency-Key": once})
    problem(second, 409, "key_reused")
    problem(alice.send(key, "cancel", key=once), 409, "key_reused")
    assert alice.read(key)["fields"]["summary"] == "One"


def test_key_for_another_ticket(alice: Person) -> None:
    """A key belongs to one request: the same key on another ticket is refused, and changes nothing there."""
    once = uuid4().hex
    first, second = (alice.start("change", **CHANGE)["key"] for _ in range(2))
    assert alice.send(first, "cancel", key=once).json()["key"] == first
    problem(alice.send(second, "cancel", key=once), 409, "key_reused")
    assert alice.read(second)["state"] == ["draft"]


def test_key_of_another_person(alice: Person, carol: Person) -> None:
    """A key belongs to its sender: the same key of another person is another request."""
    once = uuid4().hex
    mine, hers = alice.start("change", once, **CHANGE)["key"], carol.start("change", once, **CHANGE)["key"]
    assert mine != hers
    path = f"/v1/tickets/{mine}/comments"
    texts = ["from alice", "from carol"]
    for who, text in zip((alice, carol), texts, strict=True):
        assert who.http.post(path, json={"text": text}, headers={"Idempotency-Key": once}).is_success
    assert [one["data"]["text"] for one in alice.timeline(mine) if one["kind"] == "comment"] == texts


def test_requests_without_a_key(alice: Person) -> None:
    """Without a key every request is a new request."""
    key = alice.start("change", **CHANGE)["key"]
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: alice.http.post(f"/v1/tickets/{key}/comments", json={"text": "hi"}), range(4)))
    assert all(one.is_success for one in sent)
    assert sorted(one.json()["revision"] for one in sent) == [2, 3, 4, 5]
