"""Child workflows: the tickets and Python workflows that a ticket starts, and that outlive it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError, is_cancelled_exception
from temporalio.workflow import ChildWorkflowCancellationType, ParentClosePolicy

from workflows.contracts import (
    OPEN_TICKET,
    OPEN_WORKFLOW,
    NumberedStart,
    OpenAnswer,
    OpenRequest,
    OpenWorkflowRequest,
)
from workflows.engine.model.automation import Parent, StartTicket
from workflows.engine.model.events import ChildEnded, Started
from workflows.ticket.attempts import Attempts
from workflows.ticket.jobs import Jobs
from workflows.ticket.messages import TicketInput, WorkflowInput
from workflows.ticket.names import NUMBERED, workflow_id
from workflows.ticket.options import TicketCall
from workflows.ticket.state import TicketState

MOST_PENDING_STARTS = 4
"""Starts at the same time: each carries a definition, and a workflow task takes four megabytes at most."""
NO_STATE = ""
"""The state of a child that ended without a state: it was terminated, or could not be opened."""


@dataclass(frozen=True, slots=True)
class _ChildWorkflow:
    """A child workflow to start: its type and its argument."""

    key: str
    workflow: str
    given: TicketInput | WorkflowInput
    already: bool
    start: NumberedStart | None = None
    """None for a workflow in Python, which has no number."""


class ChildWorkflows:
    """The child workflows of one ticket. The ticket's workflow completes only when every start is answered."""

    def __init__(self, state: TicketState, given: TicketInput, attempts: Attempts, duties: Jobs) -> None:
        self._state = state
        self._given = given
        self._attempts = attempts
        self._duties = duties
        self._turn = asyncio.Semaphore(MOST_PENDING_STARTS)
        self._watched = Jobs()
        """Children of this run. They don't hold up a continue-as-new, as the starts do."""

    def start(self, effect: StartTicket) -> None:
        """Starts a child workflow; ``Started`` is applied to the ticket when the start is answered."""
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

    async def _opened(self, effect: StartTicket) -> _ChildWorkflow | str:
        """The child workflow with its key; or the reason why it can't be started."""
        own = self._state.snapshot.key
        parent = Parent(own, effect.place)
        call: TicketCall[Any]
        if effect.workflow is not None:
            call = TicketCall(OPEN_WORKFLOW, OpenWorkflowRequest(effect.id, effect.workflow), OpenAnswer, "not_started")
        else:
            asker, at = f"ticket:{own}", self._attempts.now()
            request = OpenRequest(
                effect.id, effect.process or "", effect.fields, asker, parent, at, effect.hops, effect.chain
            )
            call = TicketCall(OPEN_TICKET, request, OpenAnswer, "not_started")
        answer: OpenAnswer = await self._attempts.until_answered(call)
        if answer.key is None:
            return answer.problem or "it can't be opened"
        if effect.workflow is not None:
            given = WorkflowInput(answer.key, effect.fields, parent)
            return _ChildWorkflow(answer.key, effect.workflow, given, already=False)
        if answer.pinned is None:
            return answer.problem or "it can't be opened"
        opened = TicketInput(
            answer.pinned, answer.opening, history_bound=self._given.history_bound, clock=self._given.clock
        )
        return _ChildWorkflow(answer.key, effect.process or "", opened, answer.already, request.numbered)

    async def _run(self, effect: StartTicket, found: _ChildWorkflow) -> Started:
        try:
            child = await workflow.start_child_workflow(
                found.workflow,
                found.given,
                id=workflow_id(found.key),
                parent_close_policy=ParentClosePolicy.ABANDON,
                cancellation_type=ChildWorkflowCancellationType.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                memo={NUMBERED: found.start} if found.start else None,
            )
        except WorkflowAlreadyStartedError:
            # OPEN_TICKET has asked Temporal: if this start had the key before, the ticket is the same. A new key that
            # already runs belongs to another start.
            problem = None if found.already else f"{found.key} is already running, from another start"
            return Started(effect.id, found.key if found.already else None, effect.link, effect.place, problem)
        if effect.place is not None:
            self._watched.start(self._watch(effect, found.key, child))
        return Started(effect.id, found.key, effect.link, effect.place)

    async def _watch(self, effect: StartTicket, key: str, child: workflow.ChildWorkflowHandle[Any, Any]) -> None:
        """Reports a child that was terminated or could not be opened; every other child signals its end itself."""
        try:
            await child
        except ChildWorkflowError as failure:
            if effect.place is not None and not is_cancelled_exception(failure):
                self._state.apply(ChildEnded(effect.place, key, NO_STATE, failed=True), self._attempts.now())
