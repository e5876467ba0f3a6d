"""Performs what steps want done: one ``match``, one record at a time by revision, and nothing that blocks an event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from temporalio.exceptions import ActivityError, FailureError

from definitions.times import Instant
from workflows.contracts import (
    ASK_APPROVERS,
    BEYOND,
    CHECK_PEOPLE,
    DELIVER,
    EXTEND_CALENDARS,
    LOOK_UP_SERVICES,
    RECORD,
    BeyondAnswer,
    BeyondRequest,
    DeliverRequest,
    DeliverResult,
    ExtendRequest,
    ExtendResult,
    RecordResult,
)
from workflows.engine.model.availability import PeopleChecked
from workflows.engine.model.effects import (
    AskApprovers,
    Automate,
    CancelRun,
    CheckPeople,
    Effect,
    ExtendCalendars,
    LookUpServices,
    Notify,
    SendEvent,
    StartTicket,
    TellEnd,
)
from workflows.engine.model.events import Asked, Known
from workflows.ticket.attempts import Attempts
from workflows.ticket.automation import Automation
from workflows.ticket.child_workflows import NOT_RUNNING, Starting
from workflows.ticket.jobs import Jobs
from workflows.ticket.messages import TicketInput
from workflows.ticket.options import DELIVERY, Call, at_once, cause_of, in_time
from workflows.ticket.recording import batch_of
from workflows.ticket.signals import Telling
from workflows.ticket.state import TicketState
from workflows.ticket.workflow_task import this_task


@dataclass(frozen=True, slots=True)
class Question:
    """An effect that is answered, and what the answer does."""

    call: Call[Any]
    answered: Callable[[Any], object]


class Performer:
    """Performs the effects of one ticket. What can be done within the workflow task is; the rest goes on beside it.

    A ticket that is ``alone`` does nothing beyond itself: a scenario plays one, and says itself what others answer.
    """

    def __init__(self, state: TicketState, given: TicketInput) -> None:
        self._state = state
        self._alone = given.alone
        self._attempts = Attempts(state, given.clock)
        self._now = self._attempts.now
        self._questions = Jobs()
        self._duties = Jobs()
        """All that an ended ticket waits for: not answers to questions, they are not wanted any more."""
        self._automation = Automation(state, self._attempts, self._duties)
        self._starting = Starting(state, given, self._attempts, self._duties)
        self.telling = Telling(state, self._attempts, self._duties)
        self._recording: asyncio.Task[object] | None = None

    @property
    def idle(self) -> bool:
        """Nothing is under way and nothing is left to do."""
        return not (self._questions or self._duties or self._state.effects or self._state.unrecorded)

    def has_work(self) -> bool:
        """Something is to be started, or has come to its end."""
        state = self._state
        to_record = bool(state.unrecorded) and self._recording is None
        return to_record or bool(state.effects) or self._questions.any_done() or self._duties.any_done()

    def next_wake(self) -> Instant | None:
        """When something is to be tried again, UTC seconds."""
        wakes = self._attempts.next_wake(), self.telling.next_wake()
        return min((at for at in wakes if at is not None), default=None)

    async def perform(self) -> None:
        """Ask what is to be asked, a few seconds at most, and start what takes longer."""
        self._questions.gather_finished()
        self._duties.gather_finished()
        self._starting.gather_finished()
        while self._state.effects:
            effects, self._state.effects = self._state.effects, []
            questions = [question for effect in effects if (question := self._question(effect))]
            questions = [*self._beyond(effects), *questions]
            answers = await asyncio.gather(*(_try(question.call) for question in questions))
            for question, answer in zip(questions, answers, strict=True):
                if answer is None:
                    self._questions.start(self._ask_on(question))
                else:
                    question.answered(answer)
        if self._state.ended:
            self._questions.cancel()
        if self._state.unrecorded and self._recording is None:
            self._recording = self._duties.start(self._record())

    async def tell_not_opened(self) -> None:
        """A child that can't be opened tells its parent, who waits for it."""
        parent = self._state.opened_by
        if parent is not None:
            await self.telling.tell_parent(parent, NOT_RUNNING, failed=True)

    def _question(self, effect: Effect) -> Question | None:
        """What is to be asked; everything else is started here."""
        state, now = self._state, self._now
        match effect:
            case Notify():
                pass  # goes out with the record of its step, so that it is told exactly when the step is kept
            case AskApprovers():
                call: Call[Any] = Call(ASK_APPROVERS, effect, Asked, "approvers_unknown")
                return Question(call, lambda answer: state.apply(answer, now()))
            case CheckPeople():
                call = Call(CHECK_PEOPLE, effect, PeopleChecked, "people_unknown")
                return Question(call, lambda answer: state.apply(answer, now()))
            case LookUpServices():
                call = Call(LOOK_UP_SERVICES, effect, Known, "services_unknown")
                return Question(call, lambda answer: state.apply(answer, now()))
            case ExtendCalendars(until):
                longer = ExtendRequest(until, state.pinned.calendars)
                call = Call(EXTEND_CALENDARS, longer, ExtendResult, "calendars_too_short")
                asked_in = state.migrations
                return Question(call, lambda answer: state.grow_calendars(answer.calendars, now(), asked_in))
            case Automate() | CancelRun() | StartTicket() | SendEvent() | TellEnd():
                self._reach_out(effect)
            case _:
                assert_never(effect)
        return None

    def _beyond(self, effects: Sequence[Effect]) -> tuple[Question, ...]:
        """What a ticket that is alone wants of others, in one question: its scenario answers in order."""
        starts = tuple(effect for effect in effects if isinstance(effect, StartTicket))
        sends = tuple(effect for effect in effects if isinstance(effect, SendEvent))
        if not self._alone or not (starts or sends):
            return ()
        return (Question(Call(BEYOND, BeyondRequest(starts, sends), BeyondAnswer, "not_performed"), self._hear),)

    def _hear(self, answer: BeyondAnswer) -> None:
        for started in answer.started:
            self._state.apply(started, self._now())

    def _reach_out(self, effect: Automate | CancelRun | StartTicket | SendEvent | TellEnd) -> None:
        match effect:
            case _ if self._alone:
                pass
            case Automate():
                self._automation.start(effect)
            case CancelRun():
                self._automation.cancel(effect)
            case StartTicket():
                self._starting.start(effect)
            case SendEvent():
                self.telling.send(effect)
            case TellEnd():
                self.telling.tell_end(effect)
            case _:
                assert_never(effect)

    async def _ask_on(self, question: Question) -> None:
        question.answered(await self._attempts.in_the_end(question.call))

    async def _record(self) -> None:
        try:
            while self._state.unrecorded:
                steps, batch = batch_of(self._state)
                call = Call(RECORD, replace(batch, workflow_task=this_task()), RecordResult, "records_away")
                recorded = await _try(call) or await self._attempts.in_the_end(call)
                del self._state.unrecorded[: len(steps)]
                self._follow_up(recorded)
        finally:
            self._recording = None

    def _follow_up(self, recorded: RecordResult) -> None:
        for problem in recorded.problems:
            self._attempts.report_problem("not_notified", problem)
        if not self._alone:
            for link, key in recorded.pointing:
                self.telling.tell_linked(link, key)
        if recorded.to_deliver:
            self._duties.start(self._deliver(recorded.to_deliver))

    async def _deliver(self, ids: tuple[str, ...]) -> None:
        call = Call(DELIVER, DeliverRequest(ids), DeliverResult, "not_delivered")
        try:
            delivered = await in_time(call, DELIVERY)
        except ActivityError as failure:
            self._attempts.report_problem(call.problem, cause_of(failure))
        else:
            for failed in delivered.failures:
                self._attempts.report_problem(call.problem, failed)


async def _try(call: Call[Any]) -> Any:
    """The answer within this workflow task, or None."""
    try:
        return await at_once(call)
    except FailureError:
        return None
