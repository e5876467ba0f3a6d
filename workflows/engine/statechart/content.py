"""The port of the algorithm: guards and executable content, which the caller supplies."""

from __future__ import annotations

from typing import Protocol

from workflows.engine.statechart.chart import ChartTransition


class Content(Protocol):
    """The caller's working copy. It may change while the algorithm runs; the configuration before the step does not.

    An exception of a method propagates to the caller, who then discards the working copy.
    """

    def enabled(self, transition: ChartTransition, event: str | None) -> bool:
        """Whether the guard holds; evaluated at most once for each transition of a selection."""
        ...

    def exit(self, state_id: str) -> None: ...

    def take(self, transition: ChartTransition) -> None: ...

    def enter(self, state_id: str) -> None: ...

    def done(self, state_id: str) -> None:
        """The compound state has entered a final child, or every region of the parallel state is in a final state."""
        ...

    def raised(self) -> str | None:
        """Removes and returns the next internal event of the queue; None if the queue is empty."""
        ...

    def ended(self, state_id: str) -> None:
        """The chart has entered this final state of the top level, and has ended."""
        ...
