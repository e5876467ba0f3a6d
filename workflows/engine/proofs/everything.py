"""All that can happen to a ticket: without a look at guards, with some of them, and with all that can be decided."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from workflows.engine.compiled import Compiled
from workflows.engine.proofs.exploring import Exploration, explore
from workflows.engine.proofs.known import Expressions
from workflows.engine.proofs.question import decisive, everything
from workflows.engine.proofs.somebody import Somebody


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
        question = everything(self.compiled, self.expressions, self.somebody, names)
        if question.tracked not in self._explored:
            self._explored[question.tracked] = explore(question, keep_ways=True, limit=self.limit)
        return self._explored[question.tracked]

    def on_the_way_to(self, states: Collection[str], limit: int) -> Exploration:
        """As ``exact``, no further than until each of ``states`` has been reached."""
        if "exact" in vars(self):
            return self.exact
        names = decisive(self.compiled, self.expressions)
        question = everything(self.compiled, self.expressions, self.somebody, names)
        return explore(question, limit=limit, until=frozenset(states))
