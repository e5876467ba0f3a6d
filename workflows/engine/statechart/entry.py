"""The entry set of a microstep: SCXML's computeEntrySet and its two recursive procedures (appendix D)."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.engine.statechart.chart import Chart, ChartTransition
from workflows.engine.statechart.exits import History, effective_targets, transition_domain


def entry_set(chart: Chart, transitions: Iterable[ChartTransition], history: History) -> tuple[str, ...]:
    """The states that the transitions enter, in entry order, which is document order: parents before children."""
    entering = _Entering(chart, history)
    for transition in transitions:
        domain = transition_domain(chart, transition, history)
        if domain is not None:
            entering.add_all(transition.targets, domain)
    return chart.in_document_order(entering.states)


def initial_entry_set(chart: Chart) -> tuple[str, ...]:
    """The default entry of the root."""
    entering = _Entering(chart, {})
    entering.add_all(chart.states[chart.root].initial, chart.root)
    return chart.in_document_order(entering.states)


class _Entering:
    """The entry set while targets are followed inwards and outwards."""

    def __init__(self, chart: Chart, history: History) -> None:
        self.chart = chart
        self.history = history
        self.states: set[str] = set()

    def add_all(self, given: Iterable[str], below: str) -> None:
        """Adds all targets inwards first, so that outwards only regions without a target are filled."""
        # Histories are replaced by the states that they represent: followed as a target, a history would lead outwards
        # through its parent, which may be active and outside the domain.
        targets = effective_targets(self.chart, given, self.history)
        for target in targets:
            # A target that contains another target is entered on the way to it, and not by its own default.
            if not any(self.chart.is_descendant(other, target) for other in targets):
                self._add_inwards(target)
        for target in targets:
            self._add_outwards(target, below)

    def _add_inwards(self, state_id: str) -> None:
        """SCXML's addDescendantStatesToEnter."""
        state = self.chart.states[state_id]
        self.states.add(state_id)
        if state.kind == "compound":
            self.add_all(state.initial, state_id)
        elif state.kind == "parallel":
            self._fill_regions(state_id)

    def _add_outwards(self, state_id: str, below: str) -> None:
        """SCXML's addAncestorStatesToEnter."""
        for ancestor in self.chart.ancestors(state_id, below):
            self.states.add(ancestor)
            if self.chart.states[ancestor].kind == "parallel":
                self._fill_regions(ancestor)

    def _fill_regions(self, parallel: str) -> None:
        for region in self.chart.child_states(parallel):
            if not any(self.chart.is_descendant(state, region) for state in self.states):
                self._add_inwards(region)
