"""Activity calls that are repeated until they answer, and the problems that the ticket shows meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from temporalio import workflow

from definitions.times import Instant
from workflows.engine.model.problem import ProblemCode
from workflows.ticket.clock import TicketClock
from workflows.ticket.options import TicketCall, execute_until_answered
from workflows.ticket.state import TicketState


class Attempts:
    """The pauses between repeated activity calls of one ticket; the ticket's one timer ends them."""

    def __init__(self, state: TicketState, clock: TicketClock) -> None:
        self._state = state
        self.now: Callable[[], Instant] = clock.now
        self._wakes: list[Instant] = []

    def next_wake(self) -> Instant | None:
        """When the next call is due to be repeated, UTC seconds; None while none is."""
        return min(self._wakes, default=None)

    def report_problem(self, code: ProblemCode, text: str) -> None:
        """Reports a problem on the ticket."""
        self._state.report_problem(code, text, self.now())

    async def until_answered(self, call: TicketCall[Any]) -> Any:
        """The answer, however long it takes. Raises only where the call is canceled."""
        return await execute_until_answered(call, self.report_problem, self.wait)

    async def wait(self, seconds: int) -> None:
        """Waits until the ticket's one timer has fired at the end of the pause."""
        until = self.now() + seconds
        self._wakes.append(until)
        self._state.fresh = True
        try:
            await workflow.wait_condition(lambda: self.now() >= until)
        finally:
            self._wakes.remove(until)
