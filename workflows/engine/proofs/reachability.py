"""Reachability: all that can happen to a ticket, explored with no, some or all of the decidable guards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from workflows.engine.compiled import Compiled
from workflows.engine.proofs.cone_of_influence import decisive_names
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.exploration import Exploration, explore
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.proofs.property import Property, reachability_property


@dataclass(frozen=True)
class Reachability:
    """The explorations of one process, shared by all proofs about what people of the organization can do."""

    compiled: Compiled
    expressions: Expressions
    actors: PossibleActors
    limit: int
    _explored: dict[tuple[str, ...], Exploration] = field(default_factory=dict)

    @cached_property
    def coarse(self) -> Exploration:
        """Every guard taken both ways: a small exploration, and the coarsest over-approximation."""
        return self.tracking(())

    @cached_property
    def exact(self) -> Exploration:
        """Every decidable guard decided: the most precise exploration."""
        return self.tracking(decisive_names(self.compiled, self.expressions))

    def tracking(self, names: Collection[str]) -> Exploration:
        """The guards that read these names or the assignee decided; every other guard taken both ways."""
        prop = self._property(names)
        if prop.tracked not in self._explored:
            self._explored[prop.tracked] = explore(prop, keep_successors=True, limit=self.limit)
        return self._explored[prop.tracked]

    def exact_within(self, limit: int, until: Collection[str] = ()) -> Exploration:
        """``exact`` if already explored; else up to ``limit`` abstract states, or ``until`` all these are reached."""
        prop = self._property(decisive_names(self.compiled, self.expressions))
        known = self._explored.get(prop.tracked)
        return known or explore(prop, keep_successors=not until, limit=limit, until=frozenset(until))

    def _property(self, names: Collection[str]) -> Property:
        return reachability_property(self.compiled, self.expressions, self.actors, names)
