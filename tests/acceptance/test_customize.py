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


def test_a_long_output_that_does_not_match_is_noticed_at_once() -> None:
    """The time to compare grows with the lines of output and of the page, not with the ways to match them."""
    page = [line for number in range(12) for line in ("…", f"{number}")]
    lines = [str(number % 12) for number in range(3_000)]
    assert said_as_written([*lines, "11"], page)
    assert not said_as_written([*lines, "12"], page)
