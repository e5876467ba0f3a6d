"""Properties of a migration: random tickets, migrated while they wait."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.people.directory import Actor
from tests.unit.engine.random_tickets import Move, live, own, shipped
from workflows.engine.deadlines import advance
from workflows.engine.migration import migrate
from workflows.engine.model.events import Renames
from workflows.engine.model.result import Step

EXAMPLES = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MOVES = st.lists(st.tuples(*[st.integers(0, 10_000)] * 4), min_size=5, max_size=25)
OWNER = Actor("olga", roles=("process_owner",))


@pytest.mark.parametrize("path", [*shipped(), *own()], ids=lambda path: path.stem)
@EXAMPLES
@given(seed=st.integers(0, 10_000), moves=MOVES)
def test_a_migration_to_the_very_same_definition_changes_nothing_but_the_timeline(
    path: Path, seed: int, moves: list[Move]
) -> None:
    """A migration to the same definition changes nothing that a ticket waits for or remembers."""
    life = live(path, seed, moves, lambda _: None)
    if life is None or life.ticket.ended_at is not None:
        return
    before = life.ticket
    for step in advance(life.compiled, before, life.now):
        before = step.snapshot
    if before.ended_at is not None:
        return
    taken = migrate(life.compiled, life.compiled, before, Renames(), OWNER, life.now)
    assert isinstance(taken, Step), taken
    # A person migrates, which begins a new chain of events and starts.
    after = replace(taken.snapshot, revision=before.revision, at=before.at, chain=before.chain)
    assert {one.name: getattr(after, one.name) for one in fields(after)} == {
        one.name: getattr(before, one.name) for one in fields(before)
    }
    assert [entry.kind for entry in taken.audit] == ["migrated"]
