"""``http`` steps that a state runs, on the real server, against a real web server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from tests.servers.answering import Answering, answering_server
from tests.servers.families import Household, household

SECRET = "swordfish-4711"


@pytest.fixture
def server() -> Iterator[Answering]:
    with answering_server() as started:
        yield started


@pytest.fixture
async def home(
    client: Client, task_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Household]:
    """An installation that may send requests to this machine."""
    monkeypatch.setenv("HOOK_TOKEN", SECRET)
    allowed: dict[str, Any] = {
        "outbound_hosts": ("localhost:*",),
        "outbound_plain_http": True,
        "outbound_networks": ("127.0.0.0/8", "::1/128"),
        "secrets": {"TOKEN": "env:HOOK_TOKEN"},
    }
    async with household(client, task_queue, tmp_path, **allowed) as started:
        yield started


async def test_an_answer_is_saved_and_used(home: Household, server: Answering) -> None:
    """The request carries the step's key and its secret, the answer's JSON is the result, no history has the secret."""
    ticket = await home.start("errand", how=server.url)
    await ticket.send("ask")
    assert (await ticket.ended()).states == ("finished",)
    assert (await ticket.view()).snapshot.fields["answer"] == "heard"
    (asked,) = server.asked
    assert asked.headers["idempotency-key"] == f"{ticket.key}:asking:1:0"
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    assert asked.headers["stanchion-hops"] == "1"
    assert asked.headers["stanchion-chain"].startswith(f"{ticket.key}:")
    history = await ticket.workflow.fetch_history()
    assert SECRET.encode() not in b"".join(event.SerializeToString() for event in history.events)


async def test_a_server_that_is_busy_is_asked_again(home: Household, server: Answering) -> None:
    """Every attempt has the same key, so that the other side can handle the request once."""
    server.answers = [(503, {}, b""), *server.answers]
    ticket = await home.start("errand", how=server.url)
    await ticket.send("ask")
    assert (await ticket.ended()).states == ("finished",)
    assert len({asked.headers["idempotency-key"] for asked in server.asked}) == 1
    assert len(server.asked) == 2


async def test_a_server_that_refuses_is_asked_once(home: Household, server: Answering) -> None:
    """A failure that a retry would not change is the outcome ``failed``, with a reason that people can read."""
    server.answers = [(403, {}, SECRET.encode())]
    ticket = await home.start("errand", how=server.url)
    await ticket.send("ask")
    snapshot = await home.until_in(ticket, "stuck")
    assert snapshot.problems[0].text == f"POST {server.url}: localhost answered 403 Forbidden"
    assert len(server.asked) == 1


async def test_a_host_that_is_not_allowed_is_never_asked(home: Household, server: Answering) -> None:
    """A request to another host fails at once, and the ticket names the setting that prevents it."""
    ticket = await home.start("errand", how=f"http://127.0.0.1:{server.port}/")
    await ticket.send("ask")
    snapshot = await home.until_in(ticket, "stuck")
    assert "'127.0.0.1' is not among the hosts of STANCHION_OUTBOUND_HOSTS" in snapshot.problems[0].text
    assert server.asked == []
