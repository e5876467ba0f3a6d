"""The controls of the shipped processes: each is an invariant, and each, taken away in a copy, is missed."""

from __future__ import annotations

import re

import pytest

from tests.controls import CONTROLS, proof_of, source_of
from tests.pages import CONTROLS_PAGE, controls_page, shipped, way, ways_of

EACH = [(process, index) for process, controls in CONTROLS.items() for index in range(len(controls))]
STEP = re.compile(r"open|edit|always|\w+(\.\w+)?|(after|until) .+|raised \w+")
"""The name of a step of a path, without the values chosen for it."""
PAGE = CONTROLS_PAGE.read_text(encoding="utf-8")


def test_every_invariant_is_a_control() -> None:
    """Each invariant of each shipped process is listed, in the order of its file, and nothing else is."""
    listed = {process: len(controls) for process, controls in CONTROLS.items()}
    assert listed == {name: len(process.invariants) for name, process in shipped().items()}


@pytest.mark.parametrize("process", CONTROLS)
def test_what_is_shipped_holds(process: str) -> None:
    """The proof finds no problem in a shipped process, and leaves no part of it unproved."""
    assert proof_of(source_of(process)) == []


@pytest.mark.parametrize(("process", "index"), EACH, ids=[f"{process}-{index + 1}" for process, index in EACH])
def test_a_control_that_is_taken_away_is_missed(process: str, index: int) -> None:
    """The copy is refused with a path from the opening to the forbidden state, and docs/controls.md shows the path."""
    found = way(process, index)
    assert found == ways_of(PAGE)[EACH.index((process, index))]
    path = found.split(" → ")
    assert path[0].partition(" ")[0] == "open"
    assert all(STEP.fullmatch(re.sub(r" \([^)]*\)$", "", step)) for step in path), path
    never = source_of(process).data["invariants"][index].get("never")
    assert never is None or path[-1] == never


def test_the_page_of_controls_is_that_of_the_definitions() -> None:
    """Around the paths, docs/controls.md is what the definitions say: `python -m tests.pages` writes it anew."""
    shown = iter(ways_of(PAGE))
    assert controls_page(lambda process, index: next(shown)) == PAGE
    assert list(shown) == []
