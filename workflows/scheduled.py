"""The workflow that a Temporal Schedule starts: it opens the tickets of one firing and completes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from definitions.schema.model import Json
    from workflows.contracts import (
        OPEN_TICKET,
        PLAN_SCHEDULE,
        OpenAnswer,
        OpenRequest,
        SchedulePlan,
        ScheduleRequest,
    )
    from workflows.ticket.messages import TicketInput
    from workflows.ticket.names import NUMBERED, workflow_id
    from workflows.ticket.options import ActivityCall, ActivityOptions, execute

OPEN_SCHEDULED = "stanchion.open_scheduled"
"""The type of this workflow: with a dot, which the id of a process never has."""
SCHEDULE_OPTIONS = ActivityOptions(timedelta(seconds=60), timedelta(days=7), timedelta(seconds=1), timedelta(minutes=1))
"""No caller waits, and a review that opens late is better than none."""
_MOMENT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@dataclass(frozen=True, slots=True)
class ScheduledOpening:
    """A schedule of a process, as its Temporal Schedule carries it."""

    id: str
    process: str
    schedule: Mapping[str, Json]
    """As written, with its defaults."""
    time_zone: str | None = None
    """The zone of its times; None for schedules made before it was kept."""
    at: int | None = None
    """The moment of a firing that was missed (UTC seconds); None where Temporal's schedule gives the moment."""


@dataclass(frozen=True, slots=True)
class ScheduledResult:
    """The opened tickets; ``gone`` where the process has no such schedule any more."""

    tickets: tuple[str, ...] = ()
    gone: bool = False
    left_out: str | None = None
    """The reason why the schedule opens nothing at this moment."""


@workflow.defn(name=OPEN_SCHEDULED)
class OpenScheduled:
    """One firing of one schedule."""

    @workflow.run
    async def run(self, opening: ScheduledOpening) -> ScheduledResult:
        """Opens every ticket that can be opened.

        Raises a non-retryable ApplicationError that names the others: Temporal shows the firing as failed.
        """
        at = _moment() if opening.at is None else opening.at
        request = ScheduleRequest(opening.id, opening.process, opening.schedule, at, opening.time_zone)
        plan = await execute(ActivityCall(PLAN_SCHEDULE, request, SchedulePlan), SCHEDULE_OPTIONS)
        problems = [plan.problem] if plan.problem else []
        tickets: list[str] = []
        for one in plan.tickets:
            answer = await execute(ActivityCall(OPEN_TICKET, one, OpenAnswer), SCHEDULE_OPTIONS)
            if answer.key is None or answer.pinned is None:
                problems.append(f"{one.id}: {answer.problem or 'no reason was given'}")
                continue
            if await _starts(one, answer):
                tickets.append(answer.key)
            else:
                problems.append(f"{one.id}: {answer.key} is already running, from another start")
        if problems:
            raise ApplicationError("; ".join(problems), list(tickets), type="not_opened", non_retryable=True)
        return ScheduledResult(tuple(tickets), plan.gone, plan.left_out)


async def _starts(request: OpenRequest, answer: OpenAnswer) -> bool:
    """Starts the ticket. Returns false if the key of the ticket belongs to another start."""
    if answer.key is None or answer.pinned is None:
        raise ValueError("a ticket is started with its key and its definition")
    try:
        await workflow.start_child_workflow(
            request.process,
            TicketInput(answer.pinned, opening=answer.opening),
            id=workflow_id(answer.key),
            parent_close_policy=ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            memo={NUMBERED: request.numbered},
        )
    except WorkflowAlreadyStartedError:
        return answer.already  # by OPEN_TICKET's question to Temporal: this firing started it before an interruption
    return True


def _moment() -> int:
    """The scheduled moment of the firing (UTC seconds), which may be long past where the server was away."""
    scheduled = workflow.info().typed_search_attributes.get(_MOMENT)
    return int((scheduled or workflow.info().start_time).timestamp())
