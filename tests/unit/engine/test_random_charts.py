"""Random processes on the pure core move as a second reading of SCXML says."""

from __future__ import annotations

from tests.unit.engine.played_processes import Played, compiled_of
from tests.unit.engine.random_processes import RandomProcess

CHARTS = 150


def difference(seed: int) -> str | None:
    given = RandomProcess(seed)
    played = Played(given, compiled_of(given.data))
    played.open()
    for event in given.events:
        if not played.over:
            played.send(event)
    return played.difference


def test_the_core_moves_as_scxml_says() -> None:
    """After every event the states, the histories, the field and the order of exits and entries are SCXML's."""
    for seed in range(CHARTS):
        assert difference(seed) is None, f"seed {seed}"
