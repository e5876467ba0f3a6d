"""The tour of the README, as a reader takes it."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.tours import reader
from tests.paths import ROOT


def test_the_tour(tmp_path: Path) -> None:
    """Every command of the README prints what the README shows, except for times and omitted lines."""
    with reader(tmp_path) as somebody:
        somebody.serve("stanchion up")
        somebody.read((ROOT / "README.md").read_text())
        assert len(somebody.done) > 5
