"""Signals to other tickets: events that are sent, the answers to them, and the end of this ticket.

A signal goes to the workflow id of the other ticket, so that it reaches whichever run is open. The receiver answers
each event as taken or refused. The sender's workflow completes only then, so that a refusal reaches the sender also
where the event was its last effect.
"""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from definitions.people.directory import ENGINE
from definitions.times import Instant
from workflows.contracts import FIND_LINKED, LinkedAnswer, LinkedRequest
from workflows.engine.model.automation import Parent, SendEvent, TellEnd
from workflows.engine.model.bounds import MOST_EFFECTS
from workflows.engine.model.events import ChildEnded, NotTaken, Send
from workflows.engine.model.result import Refusal
from workflows.ticket.attempts import Attempts
from workflows.ticket.jobs import Jobs
from workflows.ticket.messages import Answer, AnswerTo, EventEnvelope
from workflows.ticket.names import ANSWER, CHILD_ENDED, EVENT, workflow_id
from workflows.ticket.options import TicketCall
from workflows.ticket.state import TicketState, Verdict

ANSWER_TIMEOUT = 900
"""Seconds within which a running ticket answers; only a ticket that was terminated meanwhile does not."""
MOST_PENDING = 50
"""Signals on their way at the same time. The others wait for their turn; Temporal holds 2,000 of a workflow."""
MOST_PENDING_BEFORE = 1_900
"""The same for runs that began under an older interpreter, which sent all at once."""
NOT_OPEN = "no open ticket has this key"


class Signals:
    """The signals that one ticket sends."""

    def __init__(self, state: TicketState, attempts: Attempts, duties: Jobs) -> None:
        self._state = state
        self._attempts = attempts
        self._duties = duties
        self._answers_due: dict[str, Instant] = {}
        """The deadline of the answer to each message."""
        self._answers: dict[str, Answer] = {}
        self._signaled: set[tuple[str, str]] = set()
        self._turn = asyncio.Semaphore(MOST_PENDING if state.is_strict else MOST_PENDING_BEFORE)

    def next_wake(self) -> Instant | None:
        """When an ended ticket stops waiting for answers; an open ticket checks whenever it wakes up."""
        return min(self._answers_due.values(), default=None) if self._state.ended else None

    def send(self, effect: SendEvent) -> None:
        """Sends an event to each ticket; ``NotTaken`` is applied for each that refuses it or is not open."""
        self._duties.start(self._send(effect))

    def signal_end(self, effect: TellEnd) -> None:
        """Signals the end of this ticket to the parent that waits for it and to the tickets that it links to."""
        if effect.parent is not None:
            self._duties.start(self.signal_parent(effect.parent, effect.state, failed=effect.failed))
        for link, key in effect.links:
            self.signal_linked(link, key)

    def signal_linked(self, link: str, key: str) -> None:
        """Signals the end of this ticket to the other end of a link, once."""
        if (link, key) not in self._signaled:
            self._signaled.add((link, key))
            self._duties.start(self._signal_linked(link, key))

    def answer(self, to: AnswerTo | None, verdict: Verdict) -> None:
        """Answers the ticket that has sent an event: taken, or refused with the reason."""
        if to is not None:
            refused = f"{verdict.code}: {verdict.reason}" if isinstance(verdict, Refusal) else None
            self._duties.start(self._signal(to.ticket, ANSWER, Answer(to.id, refused)))

    def answered(self, answer: Answer) -> None:
        """Takes the answer of a receiver; a repeated answer is dropped."""
        if answer.id in self._answers_due:
            self._answers[answer.id] = answer

    async def signal_parent(self, parent: Parent, state: str, *, failed: bool) -> None:
        """Signals the end of this ticket to its parent; a parent that has ended does not wait for it."""
        if parent.place is not None:
            ended = ChildEnded(parent.place, self._key, state, failed, hops=self._next_hop, chain=self._chain)
            await self._signal(parent.key, CHILD_ENDED, ended)

    @property
    def _key(self) -> str:
        return self._state.key

    @property
    def _next_hop(self) -> int:
        """The links of the chain that the end of this ticket continues; a ticket that was not opened begins none."""
        if self._state.refusal or not self._state.is_strict:
            return 0
        return self._state.snapshot.hops + 1

    @property
    def _chain(self) -> str:
        """The id of the chain that the end of this ticket continues."""
        return self._state.snapshot.chain if self._next_hop else ""

    async def _send(self, effect: SendEvent) -> None:
        keys = list(effect.to)
        if effect.linked is not None:
            request = LinkedRequest(self._key, effect.linked)
            call: TicketCall[Any] = TicketCall(FIND_LINKED, request, LinkedAnswer, "linked_unknown")
            found: LinkedAnswer = await self._attempts.until_answered(call)
            if self._state.is_strict and len(found.tickets) > MOST_EFFECTS:
                self._attempts.report_problem(
                    "too_many",
                    f"{effect.event!r} to linked:{effect.linked}: {len(found.tickets):,} tickets, and a step sends an "
                    f"event to at most {MOST_EFFECTS:,}",
                )
                return
            keys += found.tickets
        wanted = tuple(dict.fromkeys(keys))
        refusals = await asyncio.gather(*(self._deliver(effect, key) for key in wanted))
        for key, refused in zip(wanted, refusals, strict=True):
            if refused is not None:
                self._state.apply(NotTaken(key, effect.event, refused, effect.cancel_of), self._attempts.now())

    async def _deliver(self, effect: SendEvent, key: str) -> str | None:
        """None where the ticket has taken the event, else the reason why not."""
        if key == self._key:
            return "a ticket can't send an event to itself: use raise"
        message = f"{effect.id}>{key}"
        event = Send(effect.event, ENGINE, effect.fields, sender=self._key, hops=effect.hops, chain=effect.chain)
        envelope = EventEnvelope.of(event, key=f"engine:{message}", answer_to=AnswerTo(self._key, message))
        self._answers_due[message] = until = self._attempts.now() + ANSWER_TIMEOUT
        try:
            if not await self._signal(key, EVENT, envelope):
                return NOT_OPEN
            self._state.fresh = self._state.ended or self._state.fresh
            await workflow.wait_condition(lambda: message in self._answers or self._attempts.now() >= until)
        finally:
            del self._answers_due[message]
        answer = self._answers.pop(message, None)
        return answer.refused if answer else f"no answer within {ANSWER_TIMEOUT} seconds"

    async def _signal_linked(self, link: str, key: str) -> None:
        state = next(iter(self._state.snapshot.configuration), None)
        event = Send(
            f"ended.{link}", ENGINE, sender=self._key, sender_state=state, hops=self._next_hop, chain=self._chain
        )
        await self._signal(key, EVENT, EventEnvelope.of(event, key=f"engine:{self._key}:ended:{link}>{key}"))

    async def _signal(self, key: str, name: str, message: Any) -> bool:
        """Signals the open workflow of a ticket; False where there is none."""
        try:
            async with self._turn:
                await workflow.get_external_workflow_handle(workflow_id(key)).signal(name, message)
        except FailureError as failure:
            if is_cancelled_exception(failure):
                raise
            return False
        return True
