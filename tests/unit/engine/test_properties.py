"""Properties of the pure core: random and hostile lives of tickets on every process."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.engine.random_tickets import Move, live, own, shipped
from tests.unit.engine.random_tickets_checks import Checks, check_allowed, check_replay

# A slow run is not a broken rule.
EXAMPLES = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MOVES = st.lists(st.tuples(*[st.integers(0, 10_000)] * 4), min_size=5, max_size=25)


@pytest.mark.parametrize("path", [*shipped(), *own()], ids=lambda path: path.stem)
@EXAMPLES
@given(seed=st.integers(0, 10_000), moves=MOVES)
def test_any_life_of_a_ticket_keeps_the_rules(path: Path, seed: int, moves: list[Move]) -> None:
    """No events block a ticket, lose a vote or count it twice, or move a clock back; replays and JSON agree."""
    life = live(path, seed, moves, Checks())
    if life is not None:
        check_allowed(life)
        check_replay(life)


@pytest.mark.parametrize("path", [*shipped(), *own()], ids=lambda path: path.stem)
def test_lives_begin(path: Path) -> None:
    """The values of random lives do open tickets: if every opening were refused, any rule would hold."""
    opened = [live(path, seed, [], Checks()) for seed in range(20)]
    assert sum(life is not None for life in opened) >= 10
