"""Which transitions an event takes: SCXML's selectTransitions and selectEventlessTransitions, without the conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workflows.engine.statechart.chart import Chart, Configuration, Transition
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.exits import exit_set


def select(
    chart: Chart, configuration: Configuration, content: Content, event: str | None, origin: str | None = None
) -> tuple[Transition, ...]:
    """The optimally enabled set (SCXML 3.13) for the event, or for none: eventless.

    Every active leaf, in document order, offers the first enabled transition on its way out to the root. With
    ``origin``, only that state and its ancestors are asked, and an origin that is no longer active selects nothing.
    A chart that has ended selects nothing.
    """
    if chart.ended(configuration) or (event is None and chart.eager.isdisjoint(configuration.active)):
        return ()
    if origin is None:
        offers: Iterable[str] = (state for state in configuration.active if state in chart.leaves)
    else:
        offers = (origin,) if origin in configuration.active else ()
    verdicts: dict[int, bool] = {}
    chosen: dict[int, Transition] = {}
    for state in offers:
        for transition in chart.candidates(state, event):
            # Regions share their ancestors; a guard is asked once and means the same to both.
            if transition.index not in verdicts:
                verdicts[transition.index] = content.enabled(transition, event)
            if verdicts[transition.index]:
                chosen[transition.index] = transition
                break
    return _without_conflicts(chart, configuration, tuple(chosen.values()))


def choose(
    chart: Chart, configuration: Configuration, content: Content, candidates: Sequence[Transition]
) -> tuple[Transition, ...]:
    """Those of the given (timed) transitions that can be taken now, in the order given: of two in conflict, the first.

    A transition whose source is not active is left out, before its guard is asked.
    """
    if chart.ended(configuration):
        return ()
    active = {chart.root, *configuration.active}
    enabled = tuple(t for t in candidates if t.source in active and content.enabled(t, None))
    return _without_conflicts(chart, configuration, enabled)


def _without_conflicts(
    chart: Chart, configuration: Configuration, enabled: tuple[Transition, ...]
) -> tuple[Transition, ...]:
    """Two conflict when both would exit one state: then the deeper source preempts, else the one selected first."""
    if len(enabled) < 2:
        return enabled
    kept: dict[int, tuple[Transition, frozenset[str]]] = {}
    for transition in enabled:
        exits = exit_set(chart, configuration, (transition,))
        rivals = [other for other, theirs in kept.values() if not exits.isdisjoint(theirs)]
        if all(chart.is_descendant(transition.source, rival.source) for rival in rivals):
            for rival in rivals:
                del kept[rival.index]
            kept[transition.index] = (transition, exits)
    return tuple(transition for transition, _ in kept.values())
