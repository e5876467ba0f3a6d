"""Readiness tells what works now, not what has worked."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator

import pytest

from api.local.installation import Installation
from api.tickets.readiness import NO_WORKER
from tests.servers.installations import Person

TRIES = 100


@pytest.fixture
def alice(installation: Installation) -> Iterator[Person]:
    person = Person(installation.url, "alice")
    yield person
    person.http.close()


def test_hung_worker(installation: Installation, alice: Person) -> None:
    """A worker that hangs is reported at once, though Temporal still knows it; when it continues, all is ready."""
    assert alice.http.get("/readyz").json() == {
        "ready": True, "temporal": True, "worker": True, "records": True, "problems": [],
    }  # fmt: skip
    pid = installation.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        answer = alice.http.get("/readyz")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (answer.status_code, answer.json()["problems"]) == (503, [NO_WORKER])
    assert any(alice.http.get("/readyz").is_success for _ in range(TRIES))


def test_locked_records(installation: Installation, alice: Person) -> None:
    """Records that another program has locked can be read but not written: lists are answered, and nothing is ready."""
    url = installation.settings.records.removeprefix("sqlite:///")
    other = sqlite3.connect(url, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = alice.http.get("/readyz")
    listed = alice.http.get("/v1/tickets")
    other.close()
    problem = "the records are locked by another program: end its transaction"
    assert (answer.status_code, answer.json()["problems"]) == (503, [problem])
    assert listed.is_success
    assert alice.http.get("/readyz").is_success
