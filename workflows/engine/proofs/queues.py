"""The queues of an abstract ticket: SCXML's internal queue, and the outcomes that are due."""

from __future__ import annotations

from collections.abc import Collection

from workflows.engine.proofs.abstract_state import AbstractEvent, AbstractOutcome, AbstractState
from workflows.engine.proofs.choices import Infeasible

MOST_RAISED = 100
"""LANGUAGE, section 4: a step has at most so many microsteps, and an event that raises more is refused."""
SEVERAL = 2
"""Equal outcomes that are due and represent any number of them: the abstraction that keeps the queue finite."""


class Queues:
    """The queues during an attempt at a step."""

    def __init__(self, abstract: AbstractState) -> None:
        self.raised: list[AbstractEvent | AbstractOutcome] = list(abstract.raised)
        self.due: list[AbstractOutcome] = list(abstract.pending)

    @property
    def are_empty(self) -> bool:
        return not (self.raised or self.due)

    def add(self, one: AbstractEvent | AbstractOutcome) -> None:
        """Adds to the internal queue. Raises Infeasible beyond the bound."""
        self.raised.append(one)
        if len(self.raised) > MOST_RAISED:
            raise Infeasible

    def make_due(self, outcome: AbstractOutcome, *, first: bool = False) -> None:
        """Makes an outcome due, the last or the ``first`` of all; two equal ones represent any number of them."""
        if self.due.count(outcome) < SEVERAL:
            self.due.insert(0 if first else len(self.due), outcome)

    def are_several(self, outcome: AbstractOutcome) -> bool:
        """Whether the equal outcomes that are due represent any number of them."""
        return self.due.count(outcome) >= SEVERAL

    def leave(self, state: str) -> None:
        """Drops the due outcomes of a state that is left."""
        self.due = [one for one in self.due if one.state != state]

    def void(self, state: str, names: Collection[str]) -> None:
        """Drops the due outcomes of a state's block with these names."""
        self.due = [one for one in self.due if one.state != state or one.of_states or one.name not in names]

    def lapse(self, states: Collection[str]) -> None:
        """Withdraws the outcomes of compound states that are in a final state no more."""
        lapsed = {AbstractOutcome(state, name, of_states=True) for state in states for name in ("done", "failed")}
        self.due = [one for one in self.due if one not in lapsed]
        self.raised = [one for one in self.raised if one not in lapsed]

    def clear(self) -> None:
        self.raised.clear()
        self.due.clear()
