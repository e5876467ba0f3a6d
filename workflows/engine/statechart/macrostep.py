"""Run to completion: an event's microstep, then eventless transitions and raised events until nothing is left."""

from __future__ import annotations

from workflows.engine.statechart.chart import Chart, Configuration, Transition
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.microstep import enter_initial, microstep
from workflows.engine.statechart.select import select

MOST_MICROSTEPS = 100
"""LANGUAGE, section 4: more than these in one step refuse the event."""


class TooManyMicrosteps(Exception):
    """A step did not come to rest; its working step must be thrown away."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"not at rest after {limit} microsteps")
        self.limit = limit


class Budget:
    """The microsteps of one step, shared by all its macrosteps."""

    def __init__(self, limit: int = MOST_MICROSTEPS) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self) -> None:
        """Raises TooManyMicrosteps for the one after the last."""
        if self.spent >= self.limit:
            raise TooManyMicrosteps(self.limit)
        self.spent += 1


def start(chart: Chart, content: Content, budget: Budget | None = None) -> Configuration:
    """The initial entry, which is not counted as a microstep, stabilized."""
    return stabilize(chart, enter_initial(chart, content), content, budget or Budget())


def stabilize(chart: Chart, configuration: Configuration, content: Content, budget: Budget) -> Configuration:
    """Eventless transitions first, then one raised event, again until quiet or ended.

    A raised event that nothing handles is dropped. Raises TooManyMicrosteps.
    """
    while not chart.ended(configuration):
        transitions = select(chart, configuration, content, None)
        while not transitions:
            event = content.raised()
            if event is None:
                return configuration
            # Nothing changes between two dropped events, so the eventless need not be asked again.
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
) -> tuple[Configuration, tuple[Transition, ...]]:
    """Offers one event and stabilizes.

    Returns the transitions that the event itself took; where there are none nothing has happened, and the
    configuration is the one given. ``origin``: see ``select``. Raises TooManyMicrosteps.
    """
    transitions = select(chart, configuration, content, event, origin)
    if not transitions:
        return configuration, ()
    budget = budget or Budget()
    budget.spend()
    configuration = microstep(chart, configuration, transitions, content)
    return stabilize(chart, configuration, content, budget), transitions
