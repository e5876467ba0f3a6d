"""Selection: SCXML's selectTransitions and selectEventlessTransitions, and the removal of conflicts (section 3.13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workflows.engine.statechart.chart import Chart, ChartTransition, Configuration
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.exits import exit_set


def select(
    chart: Chart,
    configuration: Configuration,
    content: Content,
    event: str | None,
    origin: str | None = None,
    *,
    alone: bool = False,
) -> tuple[ChartTransition, ...]:
    """The optimally enabled transitions (SCXML 3.13) for the event; with None, of the eventless transitions.

    Every active leaf, in document order, offers the first enabled transition on its way outwards to the root. With
    ``origin``, only that state offers one, and none if it is no longer active; ``alone``, only one of its own. A chart
    that has ended selects none.
    """
    if chart.ended(configuration) or (event is None and chart.eager.isdisjoint(configuration.active)):
        return ()
    if origin is None:
        offers: Iterable[str] = (state for state in configuration.active if state in chart.leaves)
    else:
        offers = (origin,) if origin in configuration.active else ()
    verdicts: dict[int, bool] = {}
    chosen: dict[int, ChartTransition] = {}
    for state in offers:
        for transition in chart.candidates(state, event):
            if alone and transition.source != state:
                break
            # Regions share ancestors: each guard is evaluated once, with one result for all of them.
            if transition.index not in verdicts:
                verdicts[transition.index] = content.enabled(transition, event)
            if verdicts[transition.index]:
                chosen[transition.index] = transition
                break
    return _without_conflicts(chart, configuration, tuple(chosen.values()))


def choose(
    chart: Chart, configuration: Configuration, content: Content, candidates: Sequence[ChartTransition]
) -> tuple[ChartTransition, ...]:
    """The given (timed) transitions that are enabled, in the order given; of two in conflict, the first.

    A transition whose source is not active is left out, and its guard is not evaluated.
    """
    if chart.ended(configuration):
        return ()
    active = {chart.root, *configuration.active}
    enabled = tuple(t for t in candidates if t.source in active and content.enabled(t, None))
    return _without_conflicts(chart, configuration, enabled)


def _without_conflicts(
    chart: Chart, configuration: Configuration, enabled: tuple[ChartTransition, ...]
) -> tuple[ChartTransition, ...]:
    """Two transitions conflict if both exit one state: the deeper source preempts, or else the one selected first."""
    if len(enabled) < 2:
        return enabled
    kept: dict[int, tuple[ChartTransition, frozenset[str]]] = {}
    for transition in enabled:
        exits = exit_set(chart, configuration, (transition,))
        rivals = [other for other, theirs in kept.values() if not exits.isdisjoint(theirs)]
        if all(chart.is_descendant(transition.source, rival.source) for rival in rivals):
            for rival in rivals:
                del kept[rival.index]
            kept[transition.index] = (transition, exits)
    return tuple(transition for transition, _ in kept.values())
