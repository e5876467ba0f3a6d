"""The reference of the timeline."""

from __future__ import annotations

import json
import re

import pytest

from api.cli.timeline_reference import PAGE, main
from workflows.engine.model import timeline
from workflows.engine.model.timeline import SHAPES
from workflows.engine.model.timeline.shape import UnknownEntry

SHAPE = re.compile(
    r"^\| key \| takes \| meaning \|\n\|---\|---\|---\|\n((?:\| .*\n)+)\n```json\n(.+)\n```$", re.MULTILINE
)


def test_it_is_current() -> None:
    """The page matches the shapes."""
    assert main(["--check"]) == 0


def test_every_shape_is_documented() -> None:
    """The page has an example of every shape, each with a row for each of its keys."""
    found = set()
    for rows, example in SHAPE.findall(PAGE.read_text(encoding="utf-8")):
        shown = json.loads(example)
        entry = timeline.of(shown["kind"], shown["data"])
        assert not isinstance(entry, UnknownEntry), example
        assert set(shown["data"]) <= set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE)), example
        found.add(type(entry))
    assert found == set(SHAPES)


def test_every_key_has_a_meaning() -> None:
    """A key whose value varies has a meaning."""
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    unsaid = [row for row in rows if row[2].startswith("Always this value")]
    assert [row for row in unsaid if not row[1].startswith("`")] == []
    assert len(rows) > len(unsaid) > 0


@pytest.mark.parametrize("arguments", [[], ["--look"], ["--write", "--check"]])
def test_it_is_written_or_checked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown command is refused with the names of the two commands."""
    assert main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m api.cli.timeline_reference --write | --check\n"
