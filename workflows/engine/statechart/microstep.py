"""One microstep, and the theory of operation of this package.

The algorithm is that of SCXML's appendix D, with its names, cut where values take the place of its global variables:

    select       selectTransitions · selectEventlessTransitions    select.select
                 removeConflictingTransitions                      select (preemption)
    exit         computeExitSet · getTransitionDomain · findLCCA   exits.exit_set, Chart.domain, Chart.lcca
                 exitStates: remember history, then run onexit     microstep (here)
    transition   executeTransitionContent                          microstep (here)
    enter        computeEntrySet · addDescendantStatesToEnter ·
                 addAncestorStatesToEnter                          entry.entry_set
                 enterStates: run onentry, tell what is done       microstep (here)
    stabilize    the inner loop of mainEventLoop                   macrostep.stabilize
    macrostep    one turn of mainEventLoop                         macrostep.macrostep

What holds between the steps, and what the code leans on:

* A configuration is legal (SCXML 3.11) before and after a microstep, never within it.
* Of a set without conflicts, no two domains lie within each other: a domain is an active compound state, so it has
  an active child, and nested domains would share it in their exit sets. So entry sets cannot clash either, and the
  order of the transitions matters only to their content.
* Content sees the states come and go in exit order (innermost and last in the document first), transitions in
  document order, and entry order. Whether a state is in its final states is asked of what has been entered so far,
  so the last region to get there is the one that tells of the parallel state.
* The active states and the history come back as new values. If content raises, nothing has happened to the old ones.

Appendix D is left in five places. The root may have transitions: its domain is always itself. A target that holds
another target of the same transition is not entered by its default as well. A history is entered as the states that it
stands for (section 3.10): followed as a target of its own, it would enter the states between its parent and the domain
a second time. A parallel state that is itself a region counts as final when it is done (section 3.4), for the one
around it. A chart that has ended keeps its final state active and runs no onexit: what remains to be done at the end
is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workflows.engine.statechart.chart import Chart, Configuration, Transition
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.entry import entry_set, initial_entry_set
from workflows.engine.statechart.exits import History, exit_set


def microstep(
    chart: Chart, configuration: Configuration, transitions: Sequence[Transition], content: Content
) -> Configuration:
    """Exits, takes, enters. ``transitions`` must be free of conflicts, as ``select`` and ``choose`` give them."""
    exits = exit_set(chart, configuration, transitions)
    history = _remember(chart, configuration, exits)
    for state in reversed(configuration.active):
        if state in exits:
            content.exit(state)
    for transition in sorted(transitions, key=lambda transition: transition.index):
        content.take(transition)
    active = {state for state in configuration.active if state not in exits}
    _enter(chart, entry_set(chart, transitions, history), active, content)
    return Configuration(chart.in_document_order(active), history)


def enter_initial(chart: Chart, content: Content) -> Configuration:
    """The default entry of the root, as SCXML's interpret does it before its main loop."""
    active: set[str] = set()
    _enter(chart, initial_entry_set(chart), active, content)
    return Configuration(chart.in_document_order(active), {})


def _remember(chart: Chart, configuration: Configuration, exits: frozenset[str]) -> History:
    """What the histories of the exited states keep: active children (shallow) or active leaves (deep)."""
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
    # In the order of their names, so that equal histories are also written down alike.
    return dict(sorted({**configuration.history, **recorded}.items()))


def _enter(chart: Chart, states: Iterable[str], active: set[str], content: Content) -> None:
    for state in states:
        active.add(state)
        content.enter(state)
        if chart.states[state].kind == "final":
            _tell_done(chart, state, active, content)


def _tell_done(chart: Chart, final: str, active: set[str], content: Content) -> None:
    parent, *outer = chart.ancestors(final)
    if parent == chart.root:
        content.ended(final)
        return
    content.done(parent)
    for ancestor in outer:
        if chart.states[ancestor].kind != "parallel" or not chart.is_in_final(ancestor, active):
            return
        content.done(ancestor)
