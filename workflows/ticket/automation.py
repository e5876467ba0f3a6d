"""Automation: each ``call`` and ``http`` step is an activity with the timeout and retries that the process sets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import exceptions, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.workflow import ActivityCancellationType

from workflows.contracts import AUTOMATE, AutomateRequest, AutomateResult
from workflows.engine.model.automation import Automate, CancelRun, Place
from workflows.engine.model.events import Ran
from workflows.ticket.attempts import Attempts
from workflows.ticket.jobs import Jobs
from workflows.ticket.state import TicketState

INITIAL_INTERVAL = timedelta(seconds=1)
MAXIMUM_INTERVAL = timedelta(minutes=1)


MOST_PENDING = 50
"""Activities of one ticket at the same time. The others wait for their turn; Temporal holds 2,000 of a workflow."""
MOST_PENDING_BEFORE = 1_900
"""The same for runs that began under an older interpreter, which scheduled all at once."""


class Automation:
    """The automation of one ticket. The workflow neither completes nor continues as new while a step runs."""

    def __init__(self, state: TicketState, attempts: Attempts, duties: Jobs) -> None:
        self._state = state
        self._turn = asyncio.Semaphore(MOST_PENDING if state.is_strict else MOST_PENDING_BEFORE)
        self._attempts = attempts
        self._duties = duties
        self._pending: list[tuple[Place, asyncio.Task[object]]] = []

    def start(self, effect: Automate) -> None:
        """Schedules the activity; the workflow handles other events meanwhile."""
        task = self._duties.start(self._perform(effect))
        self._pending = [one for one in self._pending if not one[1].done()]
        if effect.place is not None:
            self._pending.append((effect.place, task))

    def cancel(self, left: CancelRun) -> None:
        """Cancels the activities of a state that was left; their results are dropped.

        A request that has reached the other side can't be recalled: it ends there, without effect on the ticket.
        """
        for place, task in self._pending:
            if (place.state, place.visit) == (left.state, left.visit) and left.place in (None, place):
                task.cancel()

    async def _perform(self, effect: Automate) -> None:
        try:
            async with self._turn:
                result = await self._in_bounds(effect)
        except ActivityError as failure:
            if not is_cancelled_exception(failure):
                self._failed(effect, _reason(effect, failure))
        else:
            if effect.place is not None:
                self._state.apply(Ran(effect.place, result.value), self._attempts.now())

    async def _in_bounds(self, effect: Automate) -> AutomateResult:
        now = self._state.snapshot
        request = AutomateRequest(
            effect.id,
            effect.what,
            effect.timeout,
            now.key,
            now.process,
            effect.place,
            effect.callback_until,
            effect.hops,
            effect.chain,
        )
        answer: AutomateResult = await workflow.execute_activity(
            AUTOMATE,
            request,
            result_type=AutomateResult,
            start_to_close_timeout=timedelta(seconds=effect.timeout),
            retry_policy=RetryPolicy(
                initial_interval=INITIAL_INTERVAL, maximum_interval=MAXIMUM_INTERVAL, maximum_attempts=effect.retry + 1
            ),
            cancellation_type=ActivityCancellationType.TRY_CANCEL,
        )
        return answer

    def _failed(self, effect: Automate, reason: str) -> None:
        if effect.place is not None:
            self._state.apply(Ran(effect.place, failed=reason), self._attempts.now())
        else:
            self._attempts.report_problem("automation_failed", reason)


def _reason(effect: Automate, failure: ActivityError) -> str:
    """What failed and why, in words for people."""
    cause: Any = failure.cause
    if isinstance(cause, exceptions.TimeoutError):
        return f"{effect.what.title}: no answer within {effect.timeout} seconds"
    return f"{effect.what.title}: {getattr(cause, 'message', None) or failure.message}"
