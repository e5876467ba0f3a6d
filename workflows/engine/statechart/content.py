"""What a chart does not know, and asks of its caller."""

from __future__ import annotations

from typing import Protocol

from workflows.engine.statechart.chart import Transition


class Content(Protocol):
    """The caller's working step: it may change while the algorithm runs; the configuration it started from does not.

    Whatever a method raises goes through to the caller, who then throws this working step away.
    """

    def enabled(self, transition: Transition, event: str | None) -> bool:
        """Whether the guard holds; asked at most once for a transition in one selection."""
        ...

    def exit(self, state_id: str) -> None: ...

    def take(self, transition: Transition) -> None: ...

    def enter(self, state_id: str) -> None: ...

    def done(self, state_id: str) -> None:
        """The compound state has entered its final child, or the parallel one is in final states throughout."""
        ...

    def raised(self) -> str | None:
        """Takes the next internal event off the queue; None where it is empty."""
        ...

    def ended(self, state_id: str) -> None:
        """This final state of the top level was entered."""
        ...
