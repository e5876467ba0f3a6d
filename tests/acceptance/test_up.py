"""``stanchion up`` and ``stanchion demo``, as people run them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest

from api.local.ports import any_free
from api.local.state_folder import running
from definitions.loading.folders import SHIPPED
from tests.paths import ROOT

REMEMBERED = """\
process: remembered
title: Remembered
practice: incident_management
prefix: RMB
initial: work
states:
  work:
    initial: open
    states:
      open: {on: {touch: {to: past, by: everyone}, close: {to: closed, by: everyone}}}
      past: {history: shallow}
  closed: {final: true}
"""


def stanchion(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command, in a folder of its own and with none of the settings of the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STANCHION_")}
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def read_until(process: subprocess.Popen[str], word: str) -> list[str]:
    """Reads the lines up to the first that holds ``word``."""
    lines: list[str] = []
    for line in output(process):
        lines.append(line)
        if word in line:
            return lines
    pytest.fail(f"ended without {word!r}:\n{''.join(lines)}")


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Waits for the end; returns the exit code and the remaining output."""
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running ``stanchion up`` and its address."""
    process = stanchion(tmp_path, "up", "--port", str(any_free()))
    try:
        read_until(process, "ready in")
        yield process, str(running(tmp_path / ".stanchion")["url"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_and_down(tmp_path: Path, number: signal.Signals) -> None:
    """The command prints what it starts and where, serves, and stops everything cleanly."""
    process = stanchion(tmp_path, "up", "--port", str(any_free()))
    said = "".join(read_until(process, "ready in"))
    facts = running(tmp_path / ".stanchion")
    assert facts["url"] in said
    assert facts["temporal"] in said
    assert str(tmp_path / ".stanchion") in said
    assert httpx.get(f"{facts['url']}/readyz", trust_env=False).json()["ready"] is True
    process.send_signal(number)
    code, rest = ended(process)
    assert (code, rest.splitlines()[-1]) == (0, "stopped"), rest
    assert not [pid for pid in facts["pids"].values() if is_alive(pid)]


def test_second_up_in_one_folder(up: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    """A second ``up`` in the same state folder refuses to start and names the process that has the folder."""
    code, said = ended(stanchion(tmp_path, "up", "--port", str(any_free())))
    assert code == 1
    assert (
        f".stanchion is in use by another `stanchion up` (Temporal server {pids(tmp_path)['Temporal server']}" in said
    )
    assert "--state" in said


def pids(folder: Path) -> dict[str, int]:
    found: dict[str, int] = running(folder / ".stanchion")["pids"]
    return found


def test_port_in_use(up: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    """A port that is taken is refused before anything is started, and the refusal states how to choose another port."""
    port = up[1].rpartition(":")[2]
    code, said = ended(stanchion(tmp_path, "up", "--state", "other", "--port", port))
    assert (code, said) == (
        1,
        f"port {port} on 127.0.0.1 is in use. Stop the program that listens there, or use another --port.\n",
    )


def test_killed_process_comes_back(up: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    """A process that is killed is restarted, and the restart is reported."""
    process, url = up
    os.kill(pids(tmp_path)["API"], signal.SIGKILL)
    said = "".join(read_until(process, "API runs again"))
    assert "was ended by SIGKILL; restarting it" in said
    patient = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=patient, timeout=60) as client:
        assert client.get(f"{url}/healthz").json() == {"status": "ok"}


def test_killed_up_takes_everything_along(tmp_path: Path) -> None:
    """When ``up`` itself is killed, no process is left behind, and the next ``up`` continues where it stopped."""
    process = stanchion(tmp_path, "up", "--port", str(any_free()))
    read_until(process, "ready in")
    url = running(tmp_path / ".stanchion")["url"]
    fields = {"summary": "Swap", "service": "email"}
    with httpx.Client(base_url=url, headers={"X-Actor": "alice"}, trust_env=False, timeout=30) as client:
        key = client.post("/v1/tickets", json={"process": "change", "fields": fields}).json()["key"]
    process.kill()
    process.communicate()
    again = stanchion(tmp_path, "up", "--port", str(any_free()))
    try:
        read_until(again, "ready in")
        shown = stanchion(tmp_path, "show", key, "--as", "alice", "--json")
        code, said = ended(shown)
        assert (code, json.loads(said)["state"]) == (0, ["draft"])
    finally:
        again.send_signal(signal.SIGTERM)
        again.communicate(timeout=60)


def test_broken_definitions(tmp_path: Path) -> None:
    """With definitions that have errors the command does not start, and prints every error."""
    (tmp_path / "mine" / "processes").mkdir(parents=True)
    (tmp_path / "mine" / "processes" / "broken.yaml").write_text("process: broken\ntitel: Broken\n")
    code, said = ended(stanchion(tmp_path, "up", "--definitions", "mine", "--port", str(any_free())))
    assert code != 0
    assert "broken.yaml:2:1 unknown-key" in said
    assert "did you mean 'title'" in said


def test_demo(tmp_path: Path) -> None:
    """The demo plays its story to the end, and every step of the story is in the timeline once."""
    code, said = ended(stanchion(tmp_path, "demo"))
    assert code == 0, said
    assert "SIGKILL for the worker" in said
    assert said.rstrip().endswith("Everything happened as described.")


def test_definitions_that_are_not_in_use_are_told_in_the_terminal(tmp_path: Path) -> None:
    """While files have errors, ``up`` says which file is not in use, also after a restart, and when all is well."""
    folder = tmp_path / "definitions"
    shutil.copytree(SHIPPED / "organization", folder / "organization")
    (folder / "processes").mkdir()
    file = folder / "processes" / "remembered.yaml"
    file.write_text(REMEMBERED)
    arguments = ("up", "--port", str(any_free()), "--definitions", str(folder), "--standalone")
    first = stanchion(tmp_path, *arguments)
    try:
        read_until(first, "ready in")
        file.write_text(REMEMBERED.replace("initial: open", "initial: opened"))
        told = read_until(first, "unknown-initial")
        assert "definitions have 1 error; the last good ones stay in use" in "".join(told)
        assert f"not in use: {file}" in "".join(told)
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
    second = stanchion(tmp_path, *arguments)
    try:
        read_until(second, "unknown-initial")
        file.write_text(REMEMBERED)
        read_until(second, "the definitions are good again, and in use")
    finally:
        second.send_signal(signal.SIGTERM)
        second.communicate(timeout=60)
