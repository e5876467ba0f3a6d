"""The algorithm of W3C SCXML (https://www.w3.org/TR/scxml/) over a compiled chart: pure, and without tickets or time.

Theory of operation. The steps are those of the recommendation's appendix D, under its names; values take the place of
its global variables. The caller supplies guards and executable content as a ``Content``.

    select       selectTransitions · selectEventlessTransitions    select.select (section 3.13)
                 removeConflictingTransitions                      select (preemption)
    exit         computeExitSet · getTransitionDomain · findLCCA   exits.exit_set, Chart.domain, Chart.lcca
                 exitStates: record histories, then run onexit     microstep.microstep
    transition   executeTransitionContent                          microstep.microstep
    enter        computeEntrySet · addDescendantStatesToEnter ·
                 addAncestorStatesToEnter                          entry.entry_set
                 enterStates: run onentry, report done states      microstep.microstep
    stabilize    the inner loop of mainEventLoop                   macrostep.stabilize
    macrostep    one turn of mainEventLoop                         macrostep.macrostep

Invariants of the algorithm:

* A configuration is legal (section 3.11) before and after a microstep, but not within it.
* In a set without conflicts, no compound domain lies within another: it is active and has an active child, which both
  exit sets would contain. Entry sets are therefore disjoint too, and the order of the transitions matters to their
  content alone.
* Content runs in exit order (innermost and last in the document first), then for the transitions in document order,
  then in entry order. ``done`` of a parallel state is judged by the states entered so far, so that the last region to
  reach its final state reports it.
* A microstep returns new values. If content raises, the old configuration and history are unchanged.

The implementation departs from appendix D in six places. The root may have transitions; their domain is the root. A
target that contains another target of the same transition is not entered by its default as well. A history is replaced
by the states that it represents (section 3.10): as a target of its own, it would enter the states between its parent
and the domain a second time. A parallel state that is itself a region is final once it is done (section 3.4). A chart
that has ended keeps its final state active and runs no onexit: the caller decides what happens at the end. An internal
transition of a parallel state has that state as its domain, and exits the regions of its targets alone; SCXML exits the
whole parallel state, and charts of older interpreters do so (``Chart.internal_regions``).

The caller queues ``done``, the event ``done.state.<id>`` of section 3.7. Tickets offer it to that state alone, by the
``alone`` of ``select``. They keep it until a transition takes it, where SCXML drops it, and withdraw it when the final
state is left (``Chart.completed_by``).

Reading order: chart, build, events, content; then select, exits, entry, microstep, macrostep.
"""

from workflows.engine.statechart.build import ChartError, StateSpec, TransitionSpec, compile_chart
from workflows.engine.statechart.chart import ROOT, Chart, ChartState, ChartTransition, Configuration, Kind
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.macrostep import (
    MOST_MICROSTEPS,
    Budget,
    TooManyMicrosteps,
    macrostep,
    stabilize,
    start,
)
from workflows.engine.statechart.microstep import microstep
from workflows.engine.statechart.select import choose, select

__all__ = [
    "MOST_MICROSTEPS",
    "ROOT",
    "Budget",
    "Chart",
    "ChartError",
    "ChartState",
    "ChartTransition",
    "Configuration",
    "Content",
    "Kind",
    "StateSpec",
    "TooManyMicrosteps",
    "TransitionSpec",
    "choose",
    "compile_chart",
    "macrostep",
    "microstep",
    "select",
    "stabilize",
    "start",
]
