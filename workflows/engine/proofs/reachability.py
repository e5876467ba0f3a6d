"""All that can happen to a ticket: without a look at guards, with some of them, and with all that can be decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from workflows.engine.compiled import Compiled
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.exploration import Exploration, explore
from workflows.engine.proofs.possible_actors import Somebody
from workflows.engine.proofs.property import Question, decisive, everything


@dataclass(frozen=True)
class Everything:
    """Of one process, for all the proofs that ask for what people of the organization can do."""

    compiled: Compiled
    expressions: Expressions
    somebody: Somebody
    limit: int
    _explored: dict[tuple[str, ...], Exploration] = field(default_factory=dict)

    @cached_property
    def coarse(self) -> Exploration:
        """Every guard taken both ways: small, and with more in it than can happen."""
        return self.telling_apart(())

    @cached_property
    def exact(self) -> Exploration:
        """With every guard that can be decided."""
        return self.telling_apart(decisive(self.compiled, self.expressions))

    def telling_apart(self, names: Collection[str]) -> Exploration:
        """With the guards that read these names, and the assignee; every other one is taken both ways."""
        question = self._question(names)
        if question.tracked not in self._explored:
            self._explored[question.tracked] = explore(question, keep_ways=True, limit=self.limit)
        return self._explored[question.tracked]

    def exact_within(self, limit: int, until: Collection[str] = ()) -> Exploration:
        """``exact``, if it is known; else up to ``limit`` situations, or ``until`` each of these states is reached."""
        question = self._question(decisive(self.compiled, self.expressions))
        known = self._explored.get(question.tracked)
        return known or explore(question, keep_ways=not until, limit=limit, until=frozenset(until))

    def _question(self, names: Collection[str]) -> Question:
        return everything(self.compiled, self.expressions, self.somebody, names)
