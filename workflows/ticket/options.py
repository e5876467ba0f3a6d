"""How long an activity is given, and what happens when the world is away: nothing is lost, and somebody sees it."""

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

AT_ONCE = timedelta(seconds=5)
"""The workflow task waits for this (its own limit is ten seconds), so a step and its record are one task in history."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The bounds of an activity of its own: of one attempt, of all of them, and of the pauses between."""

    attempt: timedelta
    altogether: timedelta
    first_pause: timedelta
    longest_pause: timedelta


ANSWER = Patience(timedelta(seconds=60), timedelta(minutes=15), timedelta(seconds=1), timedelta(minutes=1))
DELIVERY = Patience(timedelta(minutes=5), timedelta(hours=6), timedelta(seconds=10), timedelta(minutes=10))
"""A mail server may be away for a while, and nobody waits for it."""

AGAIN_AFTER = 900
"""Seconds between the end of one bounded retry and the next."""

_SHORT = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=3)


@dataclass(frozen=True, slots=True)
class ActivityCall(Generic[Answer]):
    """One activity with its argument."""

    activity: str
    argument: Any
    answers: type[Answer]


@dataclass(frozen=True, slots=True)
class Call(ActivityCall[Answer]):
    """An activity of a ticket; ``problem`` is reported on the ticket when the activity does not answer."""

    problem: ProblemCode


async def at_once(call: ActivityCall[Answer]) -> Answer:
    """Within the workflow task, as one event in history; raises FailureError when it takes too long or fails."""
    answer: Answer = await workflow.execute_local_activity(
        call.activity,
        call.argument,
        result_type=call.answers,
        schedule_to_close_timeout=AT_ONCE,
        retry_policy=_SHORT,
    )
    return answer


async def in_time(call: ActivityCall[Answer], patience: Patience = ANSWER) -> Answer:
    """As an activity of its own, retried for a while; raises ActivityError after that."""
    answer: Answer = await workflow.execute_activity(
        call.activity,
        call.argument,
        result_type=call.answers,
        start_to_close_timeout=patience.attempt,
        schedule_to_close_timeout=patience.altogether,
        retry_policy=RetryPolicy(initial_interval=patience.first_pause, maximum_interval=patience.longest_pause),
    )
    return answer


async def in_the_end(
    call: Call[Answer], report_problem: Callable[[ProblemCode, str], None], wait: Callable[[int], Awaitable[None]]
) -> Answer:
    """Until it answers, however long that is; each time that a bounded retry is over, a problem is reported.

    Raises ActivityError or asyncio's CancelledError only when the answer is not wanted any more.
    """
    while True:
        try:
            return await in_time(call)
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            report_problem(call.problem, cause_of(failure))
            await wait(AGAIN_AFTER)


def cause_of(failure: ActivityError) -> str:
    """What a person can read of a failure; activities scrub secrets from their own messages."""
    cause = failure.cause or failure
    return f"{failure.activity_type}: {getattr(cause, 'message', None) or cause}"
