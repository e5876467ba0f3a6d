"""Tells other tickets: events that are sent, what became of them, and that this ticket has ended.

All of it goes by signals to the workflow id of the other ticket, so that it arrives in whichever run that one is in. An
event that is sent is answered by its receiver, taken or refused, and sending it is a duty until then: so a refusal
reaches the sender also where sending was the last that it did.
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
from workflows.engine.model.events import ChildEnded, NotTaken, Send
from workflows.engine.model.result import Refusal
from workflows.ticket.attempts import Attempts
from workflows.ticket.jobs import Jobs
from workflows.ticket.messages import Answer, AnswerTo, EventEnvelope
from workflows.ticket.names import ANSWER, CHILD_ENDED, EVENT, workflow_id
from workflows.ticket.options import Call
from workflows.ticket.state import TicketState, Verdict

SOON = 900
"""Seconds in which a ticket that runs answers: only one that was terminated in that very moment does not."""
NOT_OPEN = "no open ticket has this key"


class Telling:
    """What one ticket says to others."""

    def __init__(self, state: TicketState, attempts: Attempts, duties: Jobs) -> None:
        self._state = state
        self._attempts = attempts
        self._duties = duties
        self._awaited: dict[str, Instant] = {}
        """Until when the answer to each message is waited for."""
        self._answers: dict[str, Answer] = {}
        self._told: set[tuple[str, str]] = set()

    def next_wake(self) -> Instant | None:
        """When an ended ticket stops waiting for answers; one that goes on looks when it wakes for something else."""
        return min(self._awaited.values(), default=None) if self._state.ended else None

    def send(self, effect: SendEvent) -> None:
        """Sends an event to each ticket, and applies ``NotTaken`` for each that does not take it."""
        self._duties.start(self._send(effect))

    def tell_end(self, effect: TellEnd) -> None:
        """Tells the parent that waits, and the tickets that this one points to."""
        if effect.parent is not None:
            self._duties.start(self.tell_parent(effect.parent, effect.state, failed=effect.failed))
        for link, key in effect.links:
            self.tell_linked(link, key)

    def tell_linked(self, link: str, key: str) -> None:
        """Tells one end of a link, once, that this ticket has ended."""
        if (link, key) not in self._told:
            self._told.add((link, key))
            self._duties.start(self._tell_linked(link, key))

    def answer(self, to: AnswerTo | None, verdict: Verdict) -> None:
        """Tells a sender what became of its event."""
        if to is not None:
            refused = f"{verdict.code}: {verdict.reason}" if isinstance(verdict, Refusal) else None
            self._duties.start(self._signal(to.ticket, ANSWER, Answer(to.id, refused)))

    def answered(self, answer: Answer) -> None:
        """A receiver has told what became of an event; nobody wants to know it twice."""
        if answer.id in self._awaited:
            self._answers[answer.id] = answer

    async def tell_parent(self, parent: Parent, state: str, *, failed: bool) -> None:
        """Tells the ticket that waits for this one; where it has ended, nobody waits."""
        if parent.place is not None:
            ended = ChildEnded(parent.place, self._key, state, failed)
            await self._signal(parent.key, CHILD_ENDED, ended)

    @property
    def _key(self) -> str:
        return self._state.key

    async def _send(self, effect: SendEvent) -> None:
        keys = list(effect.to)
        if effect.linked is not None:
            request = LinkedRequest(self._key, effect.linked)
            call: Call[Any] = Call(FIND_LINKED, request, LinkedAnswer, "linked_unknown")
            found: LinkedAnswer = await self._attempts.in_the_end(call)
            keys += found.tickets
        wanted = tuple(dict.fromkeys(keys))
        refusals = await asyncio.gather(*(self._deliver(effect, key) for key in wanted))
        for key, refused in zip(wanted, refusals, strict=True):
            if refused is not None:
                self._state.apply(NotTaken(key, effect.event, refused, effect.cancel_of), self._attempts.now())

    async def _deliver(self, effect: SendEvent, key: str) -> str | None:
        """None where the ticket has taken the event, else why not."""
        if key == self._key:
            return "a ticket sends nothing to itself: write raise"
        message = f"{effect.id}>{key}"
        event = Send(effect.event, ENGINE, effect.fields, sender=self._key)
        envelope = EventEnvelope.of(event, key=f"engine:{message}", answer_to=AnswerTo(self._key, message))
        self._awaited[message] = until = self._attempts.now() + SOON
        try:
            if not await self._signal(key, EVENT, envelope):
                return NOT_OPEN
            self._state.fresh = self._state.ended or self._state.fresh
            await workflow.wait_condition(lambda: message in self._answers or self._attempts.now() >= until)
        finally:
            del self._awaited[message]
        answer = self._answers.pop(message, None)
        return answer.refused if answer else f"it has not answered within {SOON} seconds"

    async def _tell_linked(self, link: str, key: str) -> None:
        event = Send(
            f"ended.{link}", ENGINE, sender=self._key, sender_state=next(iter(self._state.snapshot.configuration), None)
        )
        await self._signal(key, EVENT, EventEnvelope.of(event, key=f"engine:{self._key}:ended:{link}>{key}"))

    async def _signal(self, key: str, name: str, message: Any) -> bool:
        """Whether a ticket of this key was there to hear it."""
        try:
            await workflow.get_external_workflow_handle(workflow_id(key)).signal(name, message)
        except FailureError as failure:
            if is_cancelled_exception(failure):
                raise
            return False
        return True
