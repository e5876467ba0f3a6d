"""Calls that are made until they answer, and what people are told meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import workflow

from definitions.times import Instant
from workflows.engine.model.problem import ProblemCode
from workflows.ticket.clock import Clock
from workflows.ticket.options import Call, in_the_end
from workflows.ticket.state import TicketState


class Attempts:
    """The one place of a ticket that waits for a time of its own; wakes by the ticket's one timer."""

    def __init__(self, state: TicketState, clock: Clock) -> None:
        self._state = state
        self.now: Callable[[], Instant] = clock.now
        self._wakes: list[Instant] = []

    def next_wake(self) -> Instant | None:
        """When a call that was given up for a while is to be tried again, UTC seconds."""
        return min(self._wakes, default=None)

    def report_problem(self, code: ProblemCode, text: str) -> None:
        """Show people what can't be done for now, or at all."""
        self._state.report_problem(code, text, self.now())

    async def in_the_end(self, call: Call[Any]) -> Any:
        """The answer, however long that takes. Raises only when it is not wanted any more."""
        return await in_the_end(call, self.report_problem, self._wait)

    async def _wait(self, seconds: int) -> None:
        """Until the one timer of the ticket has brought the time."""
        until = self.now() + seconds
        self._wakes.append(until)
        self._state.fresh = True
        try:
            await workflow.wait_condition(lambda: self.now() >= until)
        finally:
            self._wakes.remove(until)
