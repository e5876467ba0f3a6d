"""A microstep: exits states, takes transitions and enters states, in this order (SCXML 3.13)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from workflows.engine.statechart.chart import Chart, ChartTransition, Configuration
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.entry import entry_set, initial_entry_set
from workflows.engine.statechart.exits import History, exit_set


def microstep(
    chart: Chart, configuration: Configuration, transitions: Sequence[ChartTransition], content: Content
) -> Configuration:
    """The configuration after one microstep. ``transitions`` have no conflicts (see ``select`` and ``choose``)."""
    exits = exit_set(chart, configuration, transitions)
    history = _record(chart, configuration, exits)
    for state in reversed(configuration.active):
        if state in exits:
            content.exit(state)
    for transition in sorted(transitions, key=lambda transition: transition.index):
        content.take(transition)
    active = {state for state in configuration.active if state not in exits}
    _enter(chart, entry_set(chart, transitions, history), active, content)
    return Configuration(chart.in_document_order(active), history)


def enter_initial(chart: Chart, content: Content) -> Configuration:
    """Enters the root by its default, as SCXML's interpret does before its main loop."""
    active: set[str] = set()
    _enter(chart, initial_entry_set(chart), active, content)
    return Configuration(chart.in_document_order(active), {})


def _record(chart: Chart, configuration: Configuration, exits: frozenset[str]) -> History:
    """The histories after the exits: an exited state records active children (shallow) or active leaves (deep)."""
    recorded: dict[str, tuple[str, ...]] = {}
    for state in exits:
        for child in chart.states[state].children:
            kind = chart.states[child].kind
            if kind == "shallow":
                recorded[child] = tuple(s for s in configuration.active if chart.states[s].parent == state)
            elif kind == "deep":
                recorded[child] = tuple(
                    s for s in configuration.active if s in chart.leaves and chart.is_descendant(s, state)
                )
    if not recorded:
        return configuration.history
    # Sorted by name, so that equal histories serialize alike.
    return dict(sorted({**configuration.history, **recorded}.items()))


def _enter(chart: Chart, states: Iterable[str], active: set[str], content: Content) -> None:
    for state in states:
        active.add(state)
        content.enter(state)
        if chart.states[state].kind == "final":
            _report_done(chart, state, active, content)


def _report_done(chart: Chart, final: str, active: set[str], content: Content) -> None:
    completed = chart.completed_by(final)
    if not completed:
        content.ended(final)
    for state in takewhile(lambda state: chart.is_in_final(state, active), completed):
        content.done(state)
