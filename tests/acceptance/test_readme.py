"""The tour of the README, as who reads it takes it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.ports import any_free

ROOT = Path(__file__).parents[2]
VARIES = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"-?\d+[hms]( \d+[ms])? of working time"), "LENGTH of working time"),
    (re.compile(r"\s+"), " "),
]


def tour() -> list[tuple[str, list[str]]]:
    """Every command of the README's console blocks, with what it says there."""
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    steps: list[tuple[str, list[str]]] = []
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            steps.append((line.removeprefix("$ "), []))
        else:
            steps[-1][1].append(line)
    return steps


def stable(line: str) -> str:
    """A line without what differs from day to day."""
    for pattern, word in VARIES:
        line = pattern.sub(word, line)
    return line.strip()


def said_as_written(said: list[str], written: list[str]) -> bool:
    """Whether the lines are those of the README; ``…`` there stands for any number of lines."""
    if not written:
        return not said
    if written[0] == "…":
        return any(said_as_written(said[skipped:], written[1:]) for skipped in range(len(said) + 1))
    return bool(said) and said[0] == written[0] and said_as_written(said[1:], written[1:])


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a second terminal, beside a running ``stanchion up``."""
    command = tmp_path / "bin" / "stanchion"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
    command.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STANCHION_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "STANCHION_TEMPORAL_PORT": "0"}
    environment |= {"PATH": f"{command.parent}:{environment['PATH']}", "COLUMNS": "200"}
    up = subprocess.Popen(
        [command, "up", "--port", str(any_free())], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert up.stdout is not None
    try:
        told = []
        for line in up.stdout:
            told.append(line)
            if "ready in" in line:
                break
        else:
            pytest.fail("".join(told))
        yield environment
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)


def test_the_tour(shell: dict[str, str], tmp_path: Path) -> None:
    """Every command of the README says what the README says, but for times and what it leaves out."""
    steps = tour()
    assert len(steps) > 5
    for command, written in steps:
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            shell[name] = value
            continue
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=shell, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip
        said = [stable(line) for line in done.stdout.splitlines()]
        assert said_as_written(said, [stable(line) for line in written]), f"$ {command}\n{done.stdout}"
