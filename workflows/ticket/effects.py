"""Performs the effects of steps: one ``match`` over all effects, and no effect ever blocks the handling of an event.

Steps are recorded in the order of their revisions, one record at a time.
"""

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
from workflows.ticket.child_workflows import NO_STATE, ChildWorkflows
from workflows.ticket.jobs import Jobs
from workflows.ticket.messages import TicketInput
from workflows.ticket.options import DELIVERY_OPTIONS, RETRY_AFTER, TicketCall, cause_of, execute, execute_locally
from workflows.ticket.payloads import fits
from workflows.ticket.recording import batch_of
from workflows.ticket.signals import Signals
from workflows.ticket.state import TicketState
from workflows.ticket.workflow_task import this_task


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """An effect whose activity answers, and what applies the answer to the ticket."""

    call: TicketCall[Any]
    answered: Callable[[Any], object]


class EffectPerformer:
    """Performs the effects of one ticket: within the workflow task where that is possible, else in tasks beside it.

    A ticket that is ``alone`` reaches no other ticket and no other system: its scenario gives their answers.
    """

    def __init__(self, state: TicketState, given: TicketInput) -> None:
        self._state = state
        self._alone = given.alone
        self._interpreter = given.interpreter
        self._attempts = Attempts(state, given.clock)
        self._now = self._attempts.now
        self._pending = Jobs()
        self._duties = Jobs()
        """Tasks that an ended ticket still waits for; answers that only an open ticket needs are not among them."""
        self._automation = Automation(state, self._attempts, self._duties)
        self._child_workflows = ChildWorkflows(state, given, self._attempts, self._duties)
        self.signals = Signals(state, self._attempts, self._duties)
        self._recording: asyncio.Task[object] | None = None

    @property
    def idle(self) -> bool:
        """Whether no task runs and no effect or record is left."""
        return not (self._pending or self._duties or self._state.effects or self._state.to_record)

    @property
    def under_way(self) -> int:
        """The number of effects that are not answered yet."""
        return len(self._pending) + len(self._duties) + len(self._state.effects)

    def has_work(self) -> bool:
        """Whether an effect is left to start, or a task is done."""
        state = self._state
        to_record = state.to_record and self._recording is None
        return to_record or bool(state.effects) or self._pending.any_done() or self._duties.any_done()

    def next_wake(self) -> Instant | None:
        """When the next call is due to be repeated, UTC seconds; None while none is."""
        wakes = self._attempts.next_wake(), self.signals.next_wake()
        return min((at for at in wakes if at is not None), default=None)

    async def perform(self) -> None:
        """Performs new effects: their answers within a few seconds, or a task for each that takes longer."""
        self._pending.gather_finished()
        self._duties.gather_finished()
        self._child_workflows.gather_finished()
        while self._state.effects:
            effects, self._state.effects = self._state.effects, []
            awaited = [pending for effect in effects if (pending := self._pending_answer(effect))]
            awaited = [*self._beyond(effects), *awaited]
            answers = await asyncio.gather(*(_try(pending.call) for pending in awaited))
            for pending, answer in zip(awaited, answers, strict=True):
                if answer is None:
                    self._pending.start(self._await_answer(pending))
                else:
                    pending.answered(answer)
        if self._state.ended:
            self._pending.cancel()
        if self._state.to_record and self._recording is None:
            self._recording = self._duties.start(self._record())

    async def signal_not_opened(self) -> None:
        """Signals to the waiting parent that this child could not be opened."""
        parent = self._state.opened_by
        if parent is not None:
            await self.signals.signal_parent(parent, NO_STATE, failed=True)

    def _pending_answer(self, effect: Effect) -> PendingAnswer | None:
        """The answer that an effect needs; None for an effect that is started here instead."""
        state, now = self._state, self._now
        match effect:
            case Notify():
                pass  # the record of the step delivers it: a notification goes out exactly when its step is kept
            case AskApprovers():
                call: TicketCall[Any] = TicketCall(ASK_APPROVERS, effect, Asked, "approvers_unknown")
                return PendingAnswer(call, lambda answer: state.apply(answer, now()))
            case CheckPeople():
                call = TicketCall(CHECK_PEOPLE, effect, PeopleChecked, "people_unknown")
                return PendingAnswer(call, lambda answer: state.apply(answer, now()))
            case LookUpServices():
                call = TicketCall(LOOK_UP_SERVICES, effect, Known, "services_unknown")
                return PendingAnswer(call, lambda answer: state.apply(answer, now()))
            case ExtendCalendars(until):
                longer = ExtendRequest(until, state.pinned.calendars)
                call = TicketCall(EXTEND_CALENDARS, longer, ExtendResult, "calendars_too_short")
                asked_in = state.migrations
                return PendingAnswer(call, lambda answer: state.grow_calendars(answer.calendars, now(), asked_in))
            case Automate() | CancelRun() | StartTicket() | SendEvent() | TellEnd():
                self._start(effect)
            case _:
                assert_never(effect)
        return None

    def _beyond(self, effects: Sequence[Effect]) -> tuple[PendingAnswer, ...]:
        """The starts and sends of a ticket that is alone, in one call: its scenario answers them in order."""
        starts = tuple(effect for effect in effects if isinstance(effect, StartTicket))
        sends = tuple(effect for effect in effects if isinstance(effect, SendEvent))
        if not self._alone or not (starts or sends):
            return ()
        call: TicketCall[Any] = TicketCall(BEYOND, BeyondRequest(starts, sends), BeyondAnswer, "not_performed")
        return (PendingAnswer(call, self._apply_started),)

    def _apply_started(self, answer: BeyondAnswer) -> None:
        for started in answer.started:
            self._state.apply(started, self._now())

    def _start(self, effect: Automate | CancelRun | StartTicket | SendEvent | TellEnd) -> None:
        match effect:
            case _ if self._alone:
                pass
            case Automate():
                self._automation.start(effect)
            case CancelRun():
                self._automation.cancel(effect)
            case StartTicket():
                self._child_workflows.start(effect)
            case SendEvent():
                self.signals.send(effect)
            case TellEnd():
                self.signals.signal_end(effect)
            case _:
                assert_never(effect)

    async def _await_answer(self, pending: PendingAnswer) -> None:
        pending.answered(await self._attempts.until_answered(pending.call))

    async def _record(self) -> None:
        try:
            while self._state.to_record:
                steps, batch = batch_of(self._state)
                call = TicketCall(RECORD, replace(batch, workflow_task=this_task()), RecordResult, "records_away")
                recorded = await _try(call) or await self._recorded_later(call)
                self._state.recorded(steps)
                self._follow_up(recorded)
        finally:
            self._recording = None

    async def _recorded_later(self, call: TicketCall[Any]) -> Any:
        """The answer of the records, however long it takes. A batch too large for a payload stays with the worker."""
        if fits(call.argument, self._interpreter):
            return await self._attempts.until_answered(call)
        while True:
            self._attempts.report_problem(call.problem, f"{call.activity}: the records do not answer")
            await self._attempts.wait(RETRY_AFTER)
            if (recorded := await _try(call)) is not None:
                return recorded

    def _follow_up(self, recorded: RecordResult) -> None:
        for problem in recorded.problems:
            self._attempts.report_problem("not_notified", problem)
        if not self._alone:
            for link, key in recorded.pointing:
                self.signals.signal_linked(link, key)
        if recorded.to_deliver:
            self._duties.start(self._deliver(recorded.to_deliver))

    async def _deliver(self, ids: tuple[str, ...]) -> None:
        call = TicketCall(DELIVER, DeliverRequest(ids), DeliverResult, "not_delivered")
        try:
            delivered = await execute(call, DELIVERY_OPTIONS)
        except ActivityError as failure:
            self._attempts.report_problem(call.problem, cause_of(failure))
        else:
            for failed in delivered.failures:
                self._attempts.report_problem(call.problem, failed)


async def _try(call: TicketCall[Any]) -> Any:
    """The answer within this workflow task; None where the local activity fails."""
    try:
        return await execute_locally(call)
    except FailureError:
        return None
