"""All that can happen to a ticket, explored at most twice: without a look at guards, and with the decidable ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from workflows.engine.compiled import Compiled
from workflows.engine.proofs.exploring import Exploration, explore
from workflows.engine.proofs.known import Expressions
from workflows.engine.proofs.question import everything
from workflows.engine.proofs.somebody import Somebody


@dataclass(frozen=True)
class Everything:
    """Of one process, for all the proofs that ask for what people of the organization can do."""

    compiled: Compiled
    expressions: Expressions
    somebody: Somebody
    limit: int

    @cached_property
    def coarse(self) -> Exploration:
        """Every guard taken both ways: small, and with more in it than can happen."""
        return self._explored(coarse=True)

    @cached_property
    def exact(self) -> Exploration:
        """With every guard that can be decided."""
        return self._explored(coarse=False)

    def _explored(self, *, coarse: bool) -> Exploration:
        question = everything(self.compiled, self.expressions, self.somebody, coarse=coarse)
        return explore(question, keep_ways=True, limit=self.limit)
