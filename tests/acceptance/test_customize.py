"""The tutorial on customizing a process, followed by a newcomer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.tours import reader, said_as_written
from tests.paths import ROOT


def test_the_tutorial(tmp_path: Path) -> None:
    """Every command prints what the page shows, on files that were written and changed exactly as the page shows."""
    with reader(tmp_path) as newcomer:
        newcomer.read((ROOT / "docs" / "customize.md").read_text())
        assert [command for command in newcomer.done if command.startswith("stanchion ")][-1].startswith(
            "stanchion approve"
        )
        assert len(newcomer.servers) == 1


@pytest.mark.parametrize("said", [["a"], ["a", "c"], ["a", "b", "d"], []])
def test_what_is_not_written_is_noticed(said: list[str]) -> None:
    """A command that prints less, more or something else than the page fails the tutorial."""
    assert not said_as_written(said, ["a", "…", "b"])
    assert said_as_written(["a", "b"], ["a", "…", "b"])
