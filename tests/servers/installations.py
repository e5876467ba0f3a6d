"""A whole installation for tests: embedded server, worker and API as processes of their own, in a temporary folder."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from api.local.child_processes import ChildProcess
from api.local.installation import Installation
from api.local.state_folder import StateFolder
from api.settings import EdgeSettings

T = TypeVar("T")
Run = Callable[..., tuple[int, str, str]]
"""Runs a command line: its exit code, output and errors."""


def settings(folder: Path, **given: Any) -> EdgeSettings:
    """Settings of an installation on free ports."""
    own: dict[str, Any] = {"port": 0, "temporal_port": 0, "state_folder": folder, "identity": "development"}
    return EdgeSettings().model_copy(update=own | given)


@contextmanager
def installed(folder: Path, **given: Any) -> Iterator[Installation]:
    """A running installation whose processes are not restarted."""
    with StateFolder(folder) as locked:
        installation = Installation(settings(folder, **given), locked, print)
        try:
            installation.start()
            asyncio.run(installation.ready())
            yield installation
        finally:
            installation.stop()


def kill(child: ChildProcess) -> None:
    """SIGKILL, and wait until it is gone."""
    assert child.process is not None
    child.process.kill()
    child.process.wait()


def revive(installation: Installation, *children: ChildProcess) -> None:
    """Starts killed processes again and waits until tickets can be sent to."""
    for child in children:
        child.start()
    asyncio.run(installation.ready())


def until(true: Callable[[], T], why: Callable[[], object] = str) -> T:
    """The first true answer; fails after two minutes without one, with what ``why`` says then."""
    give_up = time.monotonic() + 120
    while not (found := true()):
        assert time.monotonic() < give_up, f"it has never come to that {why()}"
    return found


class Person:
    """A person who uses the API."""

    def __init__(self, url: str, person: str | None) -> None:
        headers = {"X-Actor": person} if person else {}
        patient = httpx.HTTPTransport(retries=7)  # with growing pauses, where no server listens for a while
        self.http = httpx.Client(base_url=url, headers=headers, transport=patient, timeout=60)

    def start(self, process: str, key: str | None = None, **fields: Any) -> dict[str, Any]:
        answer = self.http.post("/v1/tickets", json={"process": process, "fields": fields}, headers=idempotent(key))
        return created(answer)

    def send(self, ticket: str, event: str, *, key: str | None = None, **fields: Any) -> httpx.Response:
        path = f"/v1/tickets/{ticket}/events/{event}"
        return self.http.post(path, json={"fields": fields}, headers=idempotent(key))

    def decide(self, ticket: str, decision: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        path = f"/v1/tickets/{ticket}/decision"
        return self.http.post(path, json={"decision": decision} | more, headers=idempotent(key))

    def read(self, ticket: str) -> dict[str, Any]:
        answer = self.http.get(f"/v1/tickets/{ticket}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def timeline(self, ticket: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.http.get(f"/v1/tickets/{ticket}/timeline?limit=200").json()["items"]
        return items


def idempotent(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}


def created(answer: httpx.Response) -> dict[str, Any]:
    """The body of a successful answer."""
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of an answer, which must be one with this status and code."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert body["type"] == f"urn:stanchion:problem:{code}"
    assert body["title"]
    return body


def at_once(times: int, work: Any) -> list[Any]:
    """The results of ``work`` for this many callers, which all begin at the same moment."""
    answers: list[Any] = [None] * times
    gate = threading.Barrier(times)

    def call(index: int) -> None:
        gate.wait()
        answers[index] = work()

    threads = [threading.Thread(target=call, args=(index,)) for index in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
