"""The workflow that runs every ticket of every process: it performs effects, keeps one timer, holds no rule of ITSM.

Theory of operation: an update's validator judges the event on the pure core and refuses it before anything is written
to history. The handler takes the steps and never waits. ``run`` wakes up, performs the effects of the steps and waits
again. Effects that are answered within a few seconds are performed inside the same workflow task: the sender of an
event gets the result when the step is on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from workflows.engine.explain import explain
    from workflows.engine.model.availability import OrganizationChanged
    from workflows.engine.model.events import ChildEnded
    from workflows.engine.model.interpreter import INTERPRETER, LAZY_TIMER
    from workflows.engine.model.result import Refusal
    from workflows.ticket.admission import refusal_after_judging, refusal_before_judging
    from workflows.ticket.effects import EffectPerformer
    from workflows.ticket.messages import (
        Answer,
        Carries,
        EventEnvelope,
        EventResult,
        ExplainQuestion,
        TicketInput,
        TicketResult,
        TicketView,
        refusal_error,
    )
    from workflows.ticket.names import (
        ANSWER,
        ANSWERED,
        CARRIES,
        CHILD_ENDED,
        EVENT,
        EXPLAIN,
        ORGANIZATION_CHANGED,
        SETTLE,
        SNAPSHOT,
    )
    from workflows.ticket.payloads import fits
    from workflows.ticket.state import Repeated, Taken, TicketState, Verdict, is_dropped, sender_of
    from workflows.ticket.timer import OneTimer


@workflow.defn(dynamic=True)
class Ticket:
    """One ticket; the workflow type is the id of its process."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        self._given: TicketInput = workflow.payload_converter().from_payload(args[0].payload, TicketInput)
        if self._given.interpreter > INTERPRETER:
            return  # run fails the workflow task, and with it every update and query of that task
        if self._given.opening and self._given.opening.at is not None:
            clock = replace(self._given.clock, earliest=self._given.opening.at)
            self._given = replace(self._given, clock=clock)
        self._clock = self._given.clock
        self._state = self._begin(self._given)
        self._effects = EffectPerformer(self._state, self._given)
        self._timer = OneTimer(eager=self._given.interpreter < LAZY_TIMER)
        self._judged: tuple[str, int, int, Verdict] | None = None
        self._too_large_at: int | None = None
        """The revision at which the ticket was too large to continue as new."""

    def _begin(self, given: TicketInput) -> TicketState:
        """The ticket at the start of this run; a trace replaces it by a ticket that it observes."""
        return TicketState(given, self._clock.now())

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> TicketResult:
        """Runs until the ticket has ended and all its records and notifications are written.

        Raises a non-retryable ApplicationError for an opening that the process refuses.
        """
        if self._given.interpreter > INTERPRETER:
            raise RuntimeError("a newer build has started this ticket: it waits for a worker of that build")
        if self._state.refusal:
            await self._effects.signal_not_opened()
            self._refuse(self._state.refusal)
        while not await self._settle():
            await workflow.wait_condition(self._has_work)
        ended = self._state.snapshot
        return TicketResult(ended.key, ended.revision, self._state.leaves(ended), ended.failed)

    async def _settle(self) -> bool:
        """Performs what is due now and sets the timer for the next deadline; true when the ticket is complete."""
        self._fire()
        await self._effects.perform()
        self._state.fresh = False
        wakes = [at for at in (self._state.next_deadline(), self._effects.next_wake()) if at is not None]
        self._timer.set(min(wakes, default=None), self._clock)
        if not self._is_quiet():
            return False
        if self._is_to_continue_as_new() and not self._state.ended:
            self._continue_as_new()
        return self._state.ended

    def _fire(self) -> None:
        if not self._timer.rang:
            return
        self._timer.rang = False
        due, before = self._state.next_deadline(), self._revision
        self._state.advance(self._clock.now())
        if due is not None and due <= self._clock.now() and self._revision == before:
            raise RuntimeError(f"what was due at {due} did not fire")

    def _has_work(self) -> bool:
        if self._timer.rang or self._state.fresh or self._effects.has_work():
            return True
        return (self._state.ended or self._is_to_continue_as_new()) and self._is_quiet()

    def _is_quiet(self) -> bool:
        return self._effects.idle and not self._timer.rang and workflow.all_handlers_finished()

    def _is_to_continue_as_new(self) -> bool:
        """Whether the history is long, and the ticket has not been found too large since its last step."""
        info = workflow.info()
        long = info.get_current_history_length() >= self._given.history_bound
        return (long or info.is_continue_as_new_suggested()) and self._too_large_at != self._revision

    def _continue_as_new(self) -> None:
        """Ends this run with the start of the next one. A ticket that is too large goes on in this run instead."""
        given = replace(self._given, pinned=self._state.pinned, opening=None, carried=self._state.carry())
        if fits(given, self._given.interpreter):
            workflow.continue_as_new(replace(given, interpreter=INTERPRETER))
        self._state.report_too_large(self._clock.now())
        self._too_large_at = self._revision

    @workflow.update(name=EVENT)
    def event(self, envelope: EventEnvelope) -> EventResult:
        """Takes an event. Its update id is the idempotency key: same key, same answer."""
        key = self._update_id()
        verdict = self._judge(key, envelope)
        self._judged = None
        if isinstance(verdict, Refusal):
            noted = self._state.noted(key, envelope, verdict, self._clock.now())
            return noted if noted else self._refuse(verdict)
        if isinstance(verdict, Repeated):
            return verdict.result
        self._state.accept(verdict)
        return self._state.keep_answer(key, envelope, verdict)

    @event.validator
    def refuse_event(self, envelope: EventEnvelope) -> None:
        """Refuses an event that the ticket does not take now, before anything is written to history."""
        key = self._update_id()
        self._refuse_unjudged(envelope)
        verdict = self._judge(key, envelope)
        if isinstance(verdict, Taken) and (
            refusal := refusal_after_judging(self._state, verdict, self._effects.under_way)
        ):
            self._refuse(refusal)
        if isinstance(verdict, Refusal) and not self._state.notes(envelope, verdict):
            self._refuse(verdict)
        self._judged = (key, self._revision, self._clock.now(), verdict)

    def _refuse_unjudged(self, envelope: EventEnvelope) -> None:
        refusal = None if self._state.refusal else refusal_before_judging(self._state.compiled, envelope)
        if refusal is not None:
            self._refuse(refusal)

    def _judge(self, key: str, envelope: EventEnvelope) -> Verdict:
        """Judges an event once: the handler reuses its validator's verdict for the same update, revision and time."""
        if self._judged and self._judged[:3] == (key, self._revision, self._clock.now()):
            return self._judged[3]
        return self._state.judge(key, envelope, self._clock.now())

    @workflow.signal(name=EVENT)
    def event_signal(self, envelope: EventEnvelope) -> None:
        """Takes an event whose sender waits for no result; the timeline shows a refusal."""
        if self._state.refusal:
            return
        verdict = self._state.judge(envelope.key, envelope, self._clock.now())
        if isinstance(verdict, Taken):
            self._state.accept(verdict)
            if envelope.key:
                self._state.keep_answer(envelope.key, envelope, verdict)
        elif isinstance(verdict, Refusal) and not is_dropped(envelope, verdict):
            self._state.note(sender_of(envelope), verdict.code, verdict.reason, self._clock.now())
        self._effects.signals.answer(envelope.answer_to, verdict)

    @workflow.signal(name=ANSWER)
    def answer(self, answer: Answer) -> None:
        """Takes the answer of another ticket to an event that this ticket has sent."""
        self._effects.signals.answered(answer)

    @workflow.signal(name=CHILD_ENDED)
    def child_ended(self, ended: ChildEnded) -> None:
        """Takes the end of a child."""
        if not self._state.refusal:
            self._state.apply(ended, self._clock.now())

    @workflow.signal(name=ORGANIZATION_CHANGED)
    def organization_changed(self, changed: OrganizationChanged) -> None:
        """Takes the news that the organization has changed: approvers and task holders may have left."""
        if not self._state.refusal:
            self._state.organization_changed(changed, self._clock.now())

    @workflow.signal(name=SETTLE)
    def settle(self) -> None:
        """Records the ticket as it is, which takes back what a lost workflow task has recorded beyond it."""
        self._state.unsettled = not self._state.refusal

    @workflow.query(name=SNAPSHOT)
    def view(self) -> TicketView:
        """The ticket as of the last workflow task."""
        pinned = self._state.pinned
        return TicketView(
            snapshot=self._state.snapshot,
            digest=pinned.digest,
            calendar=pinned.calendar,
            next_deadline=self._state.next_deadline(),
            interpreter=self._given.interpreter,
            unrecorded=len(self._state.unrecorded),
            history_length=workflow.info().get_current_history_length(),
        )

    @workflow.query(name=EXPLAIN)
    def why(self, question: ExplainQuestion) -> Any:
        """Why the ticket is where it is, who may do what, and what fires next."""
        at = max(self._clock.now(), question.now or 0)
        return explain(self._state.compiled, self._state.snapshot, question.actor, at)

    @workflow.query(name=ANSWERED)
    def answered(self, key: str) -> list[EventResult]:
        """The answer under an idempotency key, also of an earlier run; empty where the key is unknown."""
        known = self._state.handled.answer(key)
        return [known] if known else []

    @workflow.query(name=CARRIES)
    def carries(self) -> Carries:
        """The ticket with the definition and the calendars that it runs on."""
        return Carries(self._state.snapshot, self._state.pinned)

    @property
    def _revision(self) -> int:
        return 0 if self._state.refusal else self._state.snapshot.revision

    def _update_id(self) -> str:
        update = workflow.current_update_info()
        if update is None:
            raise RuntimeError("an event needs the update that has brought it")
        return update.id

    def _refuse(self, refusal: Refusal) -> NoReturn:
        states = () if self._state.refusal else self._state.snapshot.configuration
        raise refusal_error(refusal, self._revision, states)
