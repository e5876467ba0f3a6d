"""Starts the tickets that a ticket wants, as workflows that outlive it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError, is_cancelled_exception
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

from workflows.contracts import OPEN_TICKET, OPEN_WORKFLOW, OpenAnswer, OpenRequest, OpenWorkflowRequest
from workflows.engine.model.automation import Parent, StartTicket
from workflows.engine.model.events import ChildEnded, Started
from workflows.ticket.attempts import Attempts
from workflows.ticket.jobs import Jobs
from workflows.ticket.messages import TicketInput, WorkflowInput
from workflows.ticket.names import workflow_id
from workflows.ticket.options import Call
from workflows.ticket.state import TicketState

AT_A_TIME = 4
"""Starts under way: each carries a definition, and a workflow task takes four megabytes."""
NOT_RUNNING = ""
"""The state of a child that ended in none: it was terminated, or could not be opened."""


@dataclass(frozen=True, slots=True)
class _Startable:
    """What is to be started: the type and the argument of a workflow."""

    key: str
    workflow: str
    given: TicketInput | WorkflowInput
    already: bool


class Starting:
    """The tickets that one ticket starts. A start is a duty: a ticket that ends waits for it."""

    def __init__(self, state: TicketState, given: TicketInput, attempts: Attempts, duties: Jobs) -> None:
        self._state = state
        self._given = given
        self._attempts = attempts
        self._duties = duties
        self._turn = asyncio.Semaphore(AT_A_TIME)
        self._watched = Jobs()
        """Children of this run. Not among the duties: a ticket goes on in a new run without them."""

    def start(self, effect: StartTicket) -> None:
        """Starts it beside the ticket's life, and answers ``Started``."""
        self._duties.start(self._start(effect))

    def gather_finished(self) -> None:
        """See ``Jobs``."""
        self._watched.gather_finished()

    async def _start(self, effect: StartTicket) -> None:
        async with self._turn:
            found = await self._opened(effect)
            if isinstance(found, str):
                answer = Started(effect.id, None, effect.link, effect.place, found)
            else:
                answer = await self._run(effect, found)
        self._state.apply(answer, self._attempts.now())

    async def _opened(self, effect: StartTicket) -> _Startable | str:
        """A key and what it starts with; or why there is none."""
        own = self._state.snapshot.key
        parent = Parent(own, effect.place)
        call: Call[Any]
        if effect.workflow is not None:
            call = Call(OPEN_WORKFLOW, OpenWorkflowRequest(effect.id, effect.workflow), OpenAnswer, "not_started")
        else:
            request = OpenRequest(effect.id, effect.process or "", effect.fields, f"ticket:{own}", parent)
            call = Call(OPEN_TICKET, request, OpenAnswer, "not_started")
        answer: OpenAnswer = await self._attempts.in_the_end(call)
        if answer.key is None:
            return answer.problem or "it can't be opened"
        if effect.workflow is not None:
            given = WorkflowInput(answer.key, effect.fields, parent)
            return _Startable(answer.key, effect.workflow, given, already=False)
        if answer.pinned is None:
            return answer.problem or "it can't be opened"
        opened = TicketInput(
            answer.pinned, answer.opening, history_bound=self._given.history_bound, clock=self._given.clock
        )
        return _Startable(answer.key, effect.process or "", opened, answer.already)

    async def _run(self, effect: StartTicket, found: _Startable) -> Started:
        try:
            child = await workflow.start_child_workflow(
                found.workflow,
                found.given,
                id=workflow_id(found.key),
                parent_close_policy=ParentClosePolicy.ABANDON,
                cancellation_type=ChildWorkflowCancellationType.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            # The number was this start's before: it is the same ticket. A fresh number that runs is somebody else's.
            problem = None if found.already else f"{found.key} runs already, and was not started from here"
            return Started(effect.id, found.key if found.already else None, effect.link, effect.place, problem)
        if effect.place is not None:
            self._watched.start(self._watch(effect, found.key, child))
        return Started(effect.id, found.key, effect.link, effect.place)

    async def _watch(self, effect: StartTicket, key: str, child: workflow.ChildWorkflowHandle[Any, Any]) -> None:
        """A child that ends tells by itself; one that is terminated, or can't be opened, can't."""
        try:
            await child
        except ChildWorkflowError as failure:
            if effect.place is not None and not is_cancelled_exception(failure):
                self._state.apply(ChildEnded(effect.place, key, NOT_RUNNING, failed=True), self._attempts.now())
