"""Run to completion: an event's microstep, then eventless transitions and raised events until the chart is stable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from workflows.engine.statechart.chart import Chart, ChartTransition, Configuration
from workflows.engine.statechart.content import Content
from workflows.engine.statechart.microstep import enter_initial, microstep
from workflows.engine.statechart.select import select

MOST_MICROSTEPS = 100
"""LANGUAGE, section 4: an event that needs more microsteps in one step is refused."""


MOST_SHOWN = 6
"""Microsteps of a circle that a message shows."""

Microstep: TypeAlias = tuple[str | None, tuple[ChartTransition, ...]]
"""The event of a microstep, None for eventless transitions, and the transitions that it takes."""


class TooManyMicrosteps(Exception):
    """The step did not become stable; its working copy must be discarded."""

    def __init__(self, limit: int, trail: Sequence[Microstep] = ()) -> None:
        """``trail``: the microsteps that were taken, the newest last."""
        circle = _circle(trail)
        went = "; ".join(_shown(one) for one in circle[:MOST_SHOWN] or trail[-MOST_SHOWN:])
        more = f"; and {len(circle) - MOST_SHOWN} more" if len(circle) > MOST_SHOWN else ""
        again = ", and round again" if circle else ""
        super().__init__(
            f"the ticket does not come to rest: after {limit} transitions it still moves ({went}{more}{again}). The "
            "process must end this: give one of these transitions a condition (when) that becomes false"
        )
        self.limit = limit


class Budget:
    """The number of microsteps of one step, shared by all its macrosteps."""

    def __init__(self, limit: int = MOST_MICROSTEPS) -> None:
        self.limit = limit
        self.trail: list[Microstep] = []

    def spend(self, event: str | None, transitions: Sequence[ChartTransition]) -> None:
        """Counts a microstep. Raises TooManyMicrosteps beyond the limit."""
        if len(self.trail) >= self.limit:
            raise TooManyMicrosteps(self.limit, self.trail)
        self.trail.append((event, tuple(transitions)))


def _circle(trail: Sequence[Microstep]) -> Sequence[Microstep]:
    """The shortest run of microsteps that has come twice in a row at the end; empty if there is none."""
    for length in range(1, len(trail) // 2 + 1):
        if trail[-length:] == trail[-2 * length : -length]:
            return trail[-length:]
    return ()


def _shown(step: Microstep) -> str:
    event, transitions = step
    moves = (f"{one.source} → {', '.join(one.targets)}" if one.targets else one.source for one in transitions)
    return f"{', '.join(moves)} by {event or 'always'}" if transitions else str(event)


def start(chart: Chart, content: Content, budget: Budget | None = None) -> Configuration:
    """The configuration after the initial entry, which counts as no microstep, and stabilization."""
    return stabilize(chart, enter_initial(chart, content), content, budget or Budget())


def stabilize(chart: Chart, configuration: Configuration, content: Content, budget: Budget) -> Configuration:
    """Takes eventless transitions first, then one raised event, until the chart is stable or has ended.

    A raised event without a handler is dropped. Raises TooManyMicrosteps.
    """
    while not chart.ended(configuration):
        event: str | None = None
        transitions = select(chart, configuration, content, None)
        while not transitions:
            event = content.raised()
            if event is None:
                return configuration
            # Nothing changes between two dropped events: eventless transitions need no new selection.
            transitions = select(chart, configuration, content, event)
        budget.spend(event, transitions)
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
    budget.spend(event, transitions)
    configuration = microstep(chart, configuration, transitions, content)
    return stabilize(chart, configuration, content, budget), transitions
