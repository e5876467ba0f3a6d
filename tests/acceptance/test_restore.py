"""The page on backup and restore, as an operator follows it."""

from __future__ import annotations

from pathlib import Path

from api.local.ports import any_free
from tests.acceptance.tours import reader
from tests.paths import ROOT

STOP = "Press Ctrl-C"


def test_the_walk(tmp_path: Path) -> None:
    """The commands of the page print what the page shows, after each restore."""
    page = (ROOT / "docs" / "restore.md").read_text(encoding="utf-8")
    with reader(tmp_path) as operator:
        for part in page.split(STOP):
            operator.stop()
            operator.environment["STANCHION_PORT"] = str(any_free())
            operator.read(part)
        assert operator.done.count("stanchion up") == 5
        assert operator.done.count("stanchion records reconcile") == 3
