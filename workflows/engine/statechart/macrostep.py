"""Run to completion: an event's microstep, then eventless transitions and raised events until the chart is stable."""

from __future__ import annotations

from workflows.engine.statechart.chart import Chart, ChartTransition, Configuration
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.microstep import enter_initial, microstep
from workflows.engine.statechart.select import select

MOST_MICROSTEPS = 100
"""LANGUAGE, section 4: an event that needs more microsteps in one step is refused."""


class TooManyMicrosteps(Exception):
    """The step did not become stable; its working copy must be discarded."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"not stable after {limit} microsteps")
        self.limit = limit


class Budget:
    """The number of microsteps of one step, shared by all its macrosteps."""

    def __init__(self, limit: int = MOST_MICROSTEPS) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self) -> None:
        """Counts a microstep. Raises TooManyMicrosteps beyond the limit."""
        if self.spent >= self.limit:
            raise TooManyMicrosteps(self.limit)
        self.spent += 1


def start(chart: Chart, content: Content, budget: Budget | None = None) -> Configuration:
    """The configuration after the initial entry, which counts as no microstep, and stabilization."""
    return stabilize(chart, enter_initial(chart, content), content, budget or Budget())


def stabilize(chart: Chart, configuration: Configuration, content: Content, budget: Budget) -> Configuration:
    """Takes eventless transitions first, then one raised event, until the chart is stable or has ended.

    A raised event without a handler is dropped. Raises TooManyMicrosteps.
    """
    while not chart.ended(configuration):
        transitions = select(chart, configuration, content, None)
        while not transitions:
            event = content.raised()
            if event is None:
                return configuration
            # Nothing changes between two dropped events: eventless transitions need no new selection.
            transitions = select(chart, configuration, content, event)
        budget.spend()
        configuration = microstep(chart, configuration, transitions, content)
    return configuration


def macrostep(
    chart: Chart,
    configuration: Configuration,
    event: str,
    content: Content,
    origin: str | None = None,
    budget: Budget | None = None,
) -> tuple[Configuration, tuple[ChartTransition, ...]]:
    """Handles one event and stabilizes.

    Returns the transitions that the event itself takes; without any, the configuration is unchanged. ``origin``: see
    ``select``. Raises TooManyMicrosteps.
    """
    transitions = select(chart, configuration, content, event, origin)
    if not transitions:
        return configuration, ()
    budget = budget or Budget()
    budget.spend()
    configuration = microstep(chart, configuration, transitions, content)
    return stabilize(chart, configuration, content, budget), transitions
