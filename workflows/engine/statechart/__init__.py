"""W3C SCXML's algorithm over a compiled chart: pure, and knowing nothing of tickets, time or guards' language."""

from workflows.engine.statechart.build import ChartError, StateSpec, TransitionSpec, compile_chart
from workflows.engine.statechart.chart import ROOT, Chart, Configuration, Kind, State, Transition
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
    "Configuration",
    "Content",
    "Kind",
    "State",
    "StateSpec",
    "TooManyMicrosteps",
    "Transition",
    "TransitionSpec",
    "choose",
    "compile_chart",
    "macrostep",
    "microstep",
    "select",
    "stabilize",
    "start",
]
