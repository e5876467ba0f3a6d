"""SIGKILL of the worker after each action of a rollout: the same end, and each action once by its key."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from shutil import copytree

import pytest

from tests.paths import ROOT
from tests.servers.deadly import FOLDER
from tests.servers.installations import Person, installed, until

DEEDS = [
    "deploy a", "check a", "check a", "deploy b", "deploy c", "check b c",
    "roll back c", "roll back b", "roll back a",
]  # fmt: skip
"""Two waves, the second of which is not healthy: every kind of activity of a rollout, in the order of the saga."""


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the workers of this test record their actions."""
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    monkeypatch.setenv(FOLDER, str(fleet))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("STANCHION_ACTIONS", "tests.servers.deadly")
    return fleet


def definitions(folder: Path) -> Path:
    """The launch of the tests, whose actions time out soon: nothing reports a worker that was killed."""
    copytree(ROOT / "tests" / "definitions" / "rollout", folder)
    launch = folder / "processes" / "launch.yaml"
    written = launch.read_text()
    assert "timeout: 20s" in written
    launch.write_text(written.replace("timeout: 20s", "timeout: 3s"))
    return folder


def test_a_worker_that_is_killed_after_each_deed_changes_nothing(tmp_path: Path, fleet: Path) -> None:
    """An action that was done but not reported is retried by the same key, done once, and the saga continues there."""
    own = definitions(tmp_path / "own")
    with installed(tmp_path / "state", definitions=own, standalone=True) as installation:
        alice = Person(installation.url, "alice")
        try:
            ticket = alice.start("launch", summary="2.0", retry=9)["key"]
            assert alice.send(ticket, "go").is_success
            for deed in DEEDS:
                assert installation.worker.process is not None
                assert installation.worker.process.wait(120) == -signal.SIGKILL, deed
                assert (fleet / "deeds").read_text().splitlines()[-1] == deed
                installation.worker.start()  # it may do the next deed, and die, before it is ready
            until(lambda: alice.read(ticket)["state"] == ["back"])
        finally:
            alice.http.close()
    assert (fleet / "deeds").read_text().splitlines() == DEEDS
    attempts = Counter(line.split(" ", 1)[0] for line in (fleet / "attempts").read_text().splitlines())
    assert len(attempts) == len(DEEDS)
    assert min(attempts.values()) >= 2
