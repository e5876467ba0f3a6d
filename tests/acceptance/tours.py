"""Documents that are followed as a reader would do it: their commands, their files, and the output shown there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from api.local.ports import any_free
from tests.paths import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
VARIES = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"-?\d+[hms]( \d+[ms])? of working time"), "LENGTH of working time"),
    (re.compile(r"ready in .*"), "ready in SOME TIME"),
    (re.compile(r"\brevisions? \d+(–\d+)?"), "revision NUMBER"),  # steps of the engine may come a little later
    (re.compile(r"\bworkflow task \d+"), "workflow task NUMBER"),
    (re.compile(r"\d+ of \d+$"), "ALL of ALL"),
    (re.compile(r"\s+"), " "),
]
GAP = "…"
COUNTED = re.compile(r"\d+ (processes, )\d+( scenarios)|\d+ (scenarios: )\d+( ok)")


def commands(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the output shown there."""
    steps: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line.removeprefix("$ "), []))
        else:
            steps[-1][1].append(line)
    return steps


def uncounted(line: str) -> str:
    """A line of output with ``…`` for its numbers of processes and scenarios, which documents don't name."""
    return COUNTED.sub(lambda found: "… " + "…".join(part for part in found.groups() if part), line)


def stable(line: str) -> str:
    """A line without the parts that differ from day to day."""
    for pattern, word in VARIES:
        line = pattern.sub(word, line)
    return line.strip()


def said_as_written(said: list[str], written: list[str]) -> bool:
    """Whether the lines are those of the document; ``…`` in the document stands for any number of lines.

    All places of the document at which a line may stand are followed at once: a trial of one after another takes hours
    where a long output does not match.
    """
    places = _with_gaps_left_out({0}, written)
    for line in said:
        taken = {place for place in places if place < len(written) and written[place] in (GAP, line)}
        places = _with_gaps_left_out({place + (written[place] != GAP) for place in taken}, written)
    return len(written) in places


def _with_gaps_left_out(places: set[int], written: list[str]) -> set[int]:
    """These places, and those behind each ``…`` at them, which may stand for no line."""
    found: set[int] = set()
    for first in places:
        place = first
        found.add(place)
        while place < len(written) and written[place] == GAP:
            place += 1
            found.add(place)
    return found


@dataclass
class Reader:
    """A person who follows a document literally, in a folder of their own."""

    folder: Path
    environment: dict[str, str]
    servers: list[subprocess.Popen[str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    """The commands that were run, in order."""

    def read(self, document: str) -> None:
        """Follows every block of the document: ``console``, ``diff`` and ``yaml`` blocks, in its order."""
        for kind, block in BLOCK.findall(document):
            if kind == "console":
                for command, written in commands(block):
                    self.run(command, written)
            elif kind in ("diff", "yaml") and block.startswith("# ours/"):
                path, _, text = block.removeprefix("# ").partition("\n")
                if kind == "diff":
                    self.edit(self.folder / path, text)
                else:
                    (self.folder / path).write_text(text)

    def run(self, command: str, written: list[str]) -> None:
        """Runs a command, which must print what is written; a server continues in a terminal of its own."""
        self.done.append(command)
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.environment[name] = value
            return
        said = self.serve(command) if command.startswith("stanchion up") else self.wait_for(command)
        lines = [stable(uncounted(line)) for line in said]
        assert said_as_written(lines, [stable(line) for line in written]), f"$ {command}\n" + "\n".join(said)

    def wait_for(self, command: str) -> list[str]:
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.stdout.splitlines()

    def serve(self, command: str) -> list[str]:
        """What a server prints until it is ready."""
        up = subprocess.Popen(
            f"exec {command}", shell=True, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )
        self.servers.append(up)
        assert up.stdout is not None
        said = []
        for line in up.stdout:
            said.append(line.rstrip("\n"))
            if "ready in" in line:
                return said
        pytest.fail("\n".join(said))

    def stop(self) -> None:
        """Presses Ctrl-C in the terminals of the servers, and waits for their ends."""
        while self.servers:
            server = self.servers.pop()
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=60)

    def edit(self, path: Path, change: str) -> None:
        """Applies a diff to a file: the lines that it removes or keeps must be there, once."""
        lines = change.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text()
        assert text.count(before) == 1, f"{path.name} does not have, or not once:\n{before}"
        path.write_text(text.replace(before, after))


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    """A reader with the command on their path, in a checkout, and with none of the settings of the environment."""
    command = folder / "bin" / "stanchion"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
    command.chmod(0o755)
    (folder / "definitions").symlink_to(ROOT / "definitions")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STANCHION_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "STANCHION_TEMPORAL_PORT": "0"}
    environment |= {"STANCHION_PORT": str(any_free())}
    environment |= {"PATH": f"{command.parent}:{environment['PATH']}", "COLUMNS": "200"}
    own = Reader(folder, environment)
    try:
        yield own
    finally:
        own.stop()
