"""Performs what steps want done: one ``match``, one record at a time by revision, and nothing that blocks an event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from activities.contracts import (
    ASK_APPROVERS,
    DELIVER,
    EXTEND_CALENDARS,
    LOOK_UP_SERVICES,
    RECORD,
    DeliverRequest,
    DeliverResult,
    ExtendRequest,
    ExtendResult,
    RecordResult,
)
from workflows.engine.effects import (
    AskApprovers,
    Automate,
    CancelRun,
    Effect,
    ExtendCalendars,
    LookUpServices,
    Notify,
    SendEvent,
    StartTicket,
    TellEnd,
)
from workflows.engine.events import Asked, Known
from workflows.engine.snapshot import Instant
from workflows.ticket.clock import Clock
from workflows.ticket.patience import DELIVERY, Call, at_once, cause_of, in_the_end, in_time
from workflows.ticket.recording import batch_of
from workflows.ticket.state import TicketState


@dataclass(frozen=True, slots=True)
class Question:
    """An effect that is answered, and what the answer does."""

    call: Call[Any]
    answered: Callable[[Any], object]


class Performer:
    """Performs the effects of one ticket. What can be done within the workflow task is; the rest goes on beside it."""

    def __init__(self, state: TicketState, clock: Clock) -> None:
        self._state = state
        self._now = clock.now
        # Lists, not sets: the order in which tasks are cancelled is the order of commands in history.
        self._questions: list[asyncio.Task[None]] = []
        self._duties: list[asyncio.Task[None]] = []
        """Records and deliveries: an ended ticket waits for these, not for answers."""
        self._recording: asyncio.Task[None] | None = None
        self._wakes: list[Instant] = []

    @property
    def idle(self) -> bool:
        """Nothing is under way and nothing is left to do."""
        return not (self._questions or self._duties or self._state.effects or self._state.unrecorded)

    def has_work(self) -> bool:
        """Something is to be started, or has come to its end."""
        state = self._state
        to_record = bool(state.unrecorded) and self._recording is None
        return to_record or bool(state.effects) or any(job.done() for job in (*self._questions, *self._duties))

    def next_wake(self) -> Instant | None:
        """When a call that was given up for a while is to be tried again, UTC seconds."""
        return min(self._wakes, default=None)

    async def perform(self) -> None:
        """Ask what is to be asked, a few seconds at most, and start what takes longer."""
        self._gather_finished()
        while self._state.effects:
            effects, self._state.effects = self._state.effects, []
            questions = [question for effect in effects if (question := self._question(effect))]
            answers = await asyncio.gather(*(_try(question.call) for question in questions))
            for question, answer in zip(questions, answers, strict=True):
                if answer is None:
                    self._start(self._ask_on(question), self._questions)
                else:
                    question.answered(answer)
        if self._state.ended:
            for question_job in self._questions:
                question_job.cancel()
        if self._state.unrecorded and self._recording is None:
            self._recording = self._start(self._record(), self._duties)

    def _question(self, effect: Effect) -> Question | None:
        state, now = self._state, self._now
        match effect:
            case Notify():
                return None  # goes out with the record of its step, so that it is told exactly when the step is kept
            case AskApprovers():
                call: Call[Any] = Call(ASK_APPROVERS, effect, Asked, "approvers_unknown")
                return Question(call, lambda answer: state.apply(answer, now()))
            case LookUpServices():
                call = Call(LOOK_UP_SERVICES, effect, Known, "services_unknown")
                return Question(call, lambda answer: state.apply(answer, now()))
            case ExtendCalendars(until):
                longer = ExtendRequest(until, state.pinned.calendars)
                call = Call(EXTEND_CALENDARS, longer, ExtendResult, "calendars_too_short")
                return Question(call, lambda answer: state.grow_calendars(answer.calendars, now()))
            case Automate() | StartTicket() | SendEvent() | TellEnd():
                self._tell("not_performed", f"{effect.id}: this version does not reach beyond its own ticket yet")
                return None
            case CancelRun():
                return None  # nothing runs: see above
            case _:
                assert_never(effect)

    async def _ask_on(self, question: Question) -> None:
        question.answered(await self._in_the_end(question.call))

    async def _record(self) -> None:
        try:
            while self._state.unrecorded:
                steps, batch = batch_of(self._state)
                call = Call(RECORD, batch, RecordResult, "records_away")
                recorded = await _try(call) or await self._in_the_end(call)
                del self._state.unrecorded[: len(steps)]
                self._follow_up(recorded)
        finally:
            self._recording = None

    def _follow_up(self, recorded: RecordResult) -> None:
        for problem in recorded.problems:
            self._tell("not_notified", problem)
        if recorded.to_deliver:
            self._start(self._deliver(recorded.to_deliver), self._duties)

    async def _deliver(self, ids: tuple[str, ...]) -> None:
        call = Call(DELIVER, DeliverRequest(ids), DeliverResult, "not_delivered")
        try:
            delivered = await in_time(call, DELIVERY)
        except ActivityError as failure:
            self._tell(call.trouble, cause_of(failure))
        else:
            for failed in delivered.failures:
                self._tell(call.trouble, failed)

    async def _in_the_end(self, call: Call[Any]) -> Any:
        return await in_the_end(call, self._tell, self._wait)

    def _tell(self, code: str, text: str) -> None:
        self._state.trouble(code, text, self._now())

    async def _wait(self, seconds: int) -> None:
        """Until the one timer of the ticket has brought the time."""
        until = self._now() + seconds
        self._wakes.append(until)
        self._state.fresh = True
        try:
            await workflow.wait_condition(lambda: self._now() >= until)
        finally:
            self._wakes.remove(until)

    def _start(self, job: Coroutine[Any, Any, None], jobs: list[asyncio.Task[None]]) -> asyncio.Task[None]:
        task = asyncio.create_task(job)
        jobs.append(task)
        return task

    def _gather_finished(self) -> None:
        """Forget what is done; a bug in it must fail the workflow task, never the ticket and never in silence."""
        for jobs in (self._questions, self._duties):
            for job in [job for job in jobs if job.done()]:
                jobs.remove(job)
                error = None if job.cancelled() else job.exception()
                if error and not is_cancelled_exception(error):
                    raise RuntimeError("an effect could not be performed") from error


async def _try(call: Call[Any]) -> Any:
    """The answer within this workflow task, or None."""
    try:
        return await at_once(call)
    except FailureError:
        return None
