"""The pages of the shipped processes."""

from __future__ import annotations

import pytest

from definitions.schema.process import Process
from tests.pages import PRACTICES, drawn, page_of, shipped

PROCESSES = shipped()


def test_every_process_has_its_page() -> None:
    """There is a page for each shipped process, and for no other."""
    assert {path.stem for path in PRACTICES.glob("*.md")} == set(PROCESSES)


@pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)
def test_the_picture_is_that_of_the_process(process: Process) -> None:
    """The picture of a page is the one that `stanchion diagram` draws: `python -m tests.pages` writes it anew."""
    page = page_of(process).read_text(encoding="utf-8")
    assert drawn(page, process) == page
