"""Options of activities: timeouts, retry policies, and what follows when an activity does not answer.

No effect is lost: an activity that fails is scheduled again, and the ticket shows a problem meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from workflows.engine.model.problem import ProblemCode

Answer = TypeVar("Answer")

LOCAL_TIMEOUT = timedelta(seconds=5)
"""The workflow task waits this long, within its own limit of ten seconds: a step and its record are one task."""


@dataclass(frozen=True, slots=True)
class ActivityOptions:
    """The timeouts of an activity, of one attempt and of all attempts, and the intervals of its retry policy."""

    start_to_close: timedelta
    schedule_to_close: timedelta
    initial_interval: timedelta
    maximum_interval: timedelta
    heartbeat: timedelta | None = None
    """The pause between two heartbeats after which the attempt counts as lost, long before its own timeout."""


ANSWER_OPTIONS = ActivityOptions(
    timedelta(seconds=60), timedelta(minutes=15), timedelta(seconds=1), timedelta(minutes=1)
)
DELIVERY_OPTIONS = ActivityOptions(
    timedelta(minutes=5), timedelta(hours=6), timedelta(seconds=10), timedelta(minutes=10), timedelta(seconds=20)
)
"""A mail server may be away for hours, and no caller waits for a delivery. The mails of a killed worker do not wait."""

RETRY_AFTER = 900
"""Seconds from the failure of an activity to the next one that is scheduled for the same call."""

_LOCAL_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3)


@dataclass(frozen=True, slots=True)
class ActivityCall(Generic[Answer]):
    """One activity with its argument."""

    activity: str
    argument: Any
    answers: type[Answer]


@dataclass(frozen=True, slots=True)
class TicketCall(ActivityCall[Answer]):
    """An activity of a ticket; the ticket shows ``problem`` while the activity does not answer."""

    problem: ProblemCode


async def execute_locally(call: ActivityCall[Answer]) -> Answer:
    """Executes a local activity within the workflow task: one event in history. Raises FailureError."""
    answer: Answer = await workflow.execute_local_activity(
        call.activity,
        call.argument,
        result_type=call.answers,
        schedule_to_close_timeout=LOCAL_TIMEOUT,
        retry_policy=_LOCAL_RETRY,
    )
    return answer


async def execute(call: ActivityCall[Answer], options: ActivityOptions = ANSWER_OPTIONS) -> Answer:
    """Executes an activity with bounded retries. Raises ActivityError when they are used up."""
    answer: Answer = await workflow.execute_activity(
        call.activity,
        call.argument,
        result_type=call.answers,
        start_to_close_timeout=options.start_to_close,
        schedule_to_close_timeout=options.schedule_to_close,
        heartbeat_timeout=options.heartbeat,
        retry_policy=RetryPolicy(initial_interval=options.initial_interval, maximum_interval=options.maximum_interval),
    )
    return answer


async def execute_until_answered(
    call: TicketCall[Answer], report_problem: Callable[[ProblemCode, str], None], wait: Callable[[int], Awaitable[None]]
) -> Answer:
    """Executes an activity until it answers, however long that takes; each failure is reported as a problem.

    Raises ActivityError or asyncio's CancelledError only where the call itself is canceled.
    """
    while True:
        try:
            return await execute(call)
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            report_problem(call.problem, cause_of(failure))
            await wait(RETRY_AFTER)


def cause_of(failure: ActivityError) -> str:
    """The failure in words for people; activities scrub secrets from their own messages."""
    cause = failure.cause or failure
    return f"{failure.activity_type}: {getattr(cause, 'message', None) or cause}"
