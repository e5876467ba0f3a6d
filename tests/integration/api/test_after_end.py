"""Comments on tickets that have ended, over HTTP, and the answers to requests repeated after the end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from uuid import uuid4

import httpx
import pytest

from activities.records.counters import TicketStart
from activities.records.store import Records
from api.clock import now
from api.cluster import Cluster
from api.definition_store.store import DefinitionStore
from api.local.installation import Installation
from api.records import location
from definitions.loading.folders import SHIPPED
from tests.servers.installations import Person, at_once, created, idempotent, problem
from workflows.contracts import NumberedStart
from workflows.engine.model.events import Open
from workflows.ticket.messages import TicketInput

FIELDS = {"summary": "Mail is down", "service": "email"}


@pytest.fixture
def ended(alice: Person) -> str:
    """A canceled incident of alice's."""
    key = str(alice.start("incident", **FIELDS)["key"])
    assert created(alice.send(key, "cancel"))["ended"] is True
    return key


def comment(person: Person, ticket: str, text: str, key: str | None = None, **body: Any) -> httpx.Response:
    path = f"/v1/tickets/{ticket}/comments"
    return person.http.post(path, json={"text": text} | body, headers=idempotent(key))


def comments(person: Person, ticket: str) -> list[tuple[str, str]]:
    return [(one["actor"], one["data"]["text"]) for one in person.timeline(ticket) if one["kind"] == "comment"]


def records_of(installation: Installation) -> Records:
    return Records(location(installation.settings))


def test_a_comment_after_the_end(alice: Person, ended: str, installation: Installation) -> None:
    """An ended ticket takes a comment and stays ended; its revision grows, and its chain holds."""
    before = alice.read(ended)
    said = created(comment(alice, ended, "Thank you"))
    assert (said["revision"], said["ended"], said["states"]) == (before["revision"] + 1, True, ["canceled"])
    after = alice.read(ended)
    assert (after["revision"], after["ended_at"]) == (said["revision"], before["ended_at"])
    assert comments(alice, ended) == [("alice", "Thank you")]
    store = records_of(installation)
    assert store.verify_chain(ended).holds
    store.close()


def test_everything_else_is_refused(alice: Person, ended: str) -> None:
    """An ended ticket takes comments only: no event, no edit, no task."""
    problem(alice.send(ended, "cancel"), 409, "ended")
    problem(alice.http.patch(f"/v1/tickets/{ended}/fields", json={"summary": "x"}), 409, "ended")
    problem(alice.http.post(f"/v1/tickets/{ended}/tasks/do", json={"result": "done"}), 409, "ended")
    problem(comment(alice, ended, " "), 422, "invalid_fields")


def test_who_may_comment_after_the_end(alice: Person, erin: Person, ended: str) -> None:
    """The rules of the process hold after the end too: a person who may not see the ticket does not find it."""
    problem(comment(erin, ended, "What was it?"), 404, "unknown_ticket")
    created(comment(alice, ended, "between us", internal=True))
    assert comments(alice, ended) == [("alice", "between us")]


def test_ten_comments_at_once(alice: Person, ended: str) -> None:
    """Ten comments at once are all kept, each in its own revision."""
    numbers = iter(range(10))
    lock = threading.Lock()

    def say() -> httpx.Response:
        with lock:
            number = next(numbers)
        return comment(alice, ended, f"comment {number}")

    before = alice.read(ended)["revision"]
    said = [created(one) for one in at_once(10, say)]
    assert sorted(one["revision"] for one in said) == list(range(before + 1, before + 11))
    assert sorted(text for _, text in comments(alice, ended)) == sorted(f"comment {number}" for number in range(10))


def test_one_comment_ten_times(alice: Person, ended: str) -> None:
    """The same comment sent ten times at once, and then again, under one key is one comment with one answer."""
    once = uuid4().hex
    said = [created(one) for one in at_once(10, lambda: comment(alice, ended, "Thanks", once))]
    assert said == [said[0]] * 10
    assert created(comment(alice, ended, "Thanks", once)) == said[0]
    problem(comment(alice, ended, "Other", once), 409, "key_reused")
    assert comments(alice, ended) == [("alice", "Thanks")]


def test_a_revision_after_the_end(alice: Person, ended: str) -> None:
    """A comment with If-Match is refused if the ticket has changed since that revision."""
    path, revision = f"/v1/tickets/{ended}/comments", alice.read(ended)["revision"]
    stale = {"If-Match": f'"{revision - 1}"'}
    problem(alice.http.post(path, json={"text": "x"}, headers=stale), 412, "stale")
    created(alice.http.post(path, json={"text": "x"}, headers={"If-Match": f'"{revision}"'}))


def short_runs(installation: Installation) -> str:
    """An incident of alice's whose history is continued as new again and again."""
    in_use = DefinitionStore([SHIPPED])
    definitions, alice = in_use.current, in_use.actor("alice")
    assert alice is not None
    store = records_of(installation)
    key = store.allocate(
        TicketStart(scope="alice", start_key=uuid4().hex, body_hash="b", process="incident", prefix="INC", at=now())
    ).key
    store.close()
    facts = definitions.people.facts(definitions.known("incident").process, FIELDS)
    given = TicketInput(
        definitions.pinned("incident", now()), opening=Open(key, alice, FIELDS, facts), history_bound=20
    )

    async def start() -> None:
        cluster = await Cluster.connect(installation.settings)
        await cluster.start("incident", key, given, NumberedStart("alice", key))

    asyncio.run(start())
    return key


def test_one_key_over_many_runs(alice: Person, installation: Installation) -> None:
    """A request gets the same answer after its ticket was continued as new, and after it has ended in a later run."""
    key, once = short_runs(installation), uuid4().hex
    first = created(comment(alice, key, "Is anybody there?", once))
    for number in range(12):
        created(comment(alice, key, f"comment {number}"))
    assert created(comment(alice, key, "Is anybody there?", once)) == first
    problem(comment(alice, key, "Something else", once), 409, "key_reused")
    for number in range(12, 20):
        created(comment(alice, key, f"comment {number}"))
    assert created(alice.send(key, "cancel"))["ended"] is True
    assert created(comment(alice, key, "Is anybody there?", once)) == first
    assert len(comments(alice, key)) == 21
