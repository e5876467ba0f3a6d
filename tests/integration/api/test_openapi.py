"""Valid and invalid requests that are generated from the OpenAPI document: every response is documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.explored_world import ExploredWorld, explored_world
from tests.servers.exploring import explore

EXAMPLES = 4
SEED = 20261130
ACTORS = {"felix": "all", "carol": "positive", "dora": "positive"}
"""A requester; the change manager, who approves and does the work; a process owner and manager. With the boundaries."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExploredWorld]:
    """An installation for this test alone, since the requests declare freezes and change tickets."""
    with explored_world(tmp_path_factory.mktemp("explored")) as running:
        yield running


@pytest.mark.parametrize("who", ACTORS)
def test_every_answer_is_documented(world: ExploredWorld, who: str) -> None:
    """No request makes the server fail, and every response has a status, headers and a body that OpenAPI describes."""
    explored = explore(world.url, who, world.known, examples=EXAMPLES, seed=SEED, boundaries=ACTORS[who])
    assert not explored.wrong, "\n\n".join(f"{fault}\n{example}" for fault, example in explored.wrong.items())
    assert set(explored.cases) == set(world.operations)
    assert not [one for one, times in explored.answers.items() if one[1] >= 500]
    reached = {operation for operation, status in explored.answers if status < 300}
    assert len(reached) > len(world.operations) / 2
