"""Failures that Temporal reports: workflow tasks that fail again and again, and workflows that have failed.

Temporal retries a failed workflow task for ever, with growing pauses. Meanwhile the workflow does nothing else. Nothing
is lost: the first worker that can carry out the task continues the workflow. Servers from version 1.30 on mark such
workflows with a search attribute, and remove it when a task succeeds. A task that times out is none of these failures:
its worker died or hung, and another worker carries it out. Every method raises what Temporal's client
raises, unless its docstring says otherwise.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import TypeVar

from temporalio.api.common.v1 import SearchAttributes, WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.client import WorkflowExecution as Listed
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError, RPCStatusCode

from api.problems import Away, TicketStuck
from definitions.times import Instant
from workflows.engine.model.bounds import cut
from workflows.ticket.names import FAILURES, PROBE, workflow_id

LOG = logging.getLogger("stanchion.api")
NEWEST_EVENTS = 50
"""The number of newest events of a history that are searched for failures of the present workflow task."""
LONGEST_CAUSE = 300
"""The most characters of a cause."""
LOOKED_AT = 1_000
"""Open workflows that are examined if the server does not mark workflows whose tasks fail."""
EXPLAINED_SECONDS = 2.0
"""How long a request without an answer waits for the reason."""
WAITED = frozenset({RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION})
"""What Temporal answers where no worker carries out a task in time."""
REMEMBERED = 1_000
"""The most stuck workflows that a process remembers."""
AT_ONCE = 20
"""Workflows that are examined at the same time."""
MARK = "TemporalReportedProblems"
CAUSES: Mapping[str, str] = {
    "force_close_command": (
        "Temporal ended the workflow task, because more events arrived in the meantime than it keeps; look for tickets "
        "or machines that send many events to this ticket"
    ),
    "unhandled_command": "new events arrived while the ticket was about to end or to continue in a new run",
    "non_deterministic_error": "the worker runs another build than the one that has recorded the history",
    "pending_signals_limit_exceeded": "the ticket has more signals on their way than Temporal takes",
    "pending_activities_limit_exceeded": "the ticket has more activities on their way than Temporal takes",
    "pending_child_workflows_limit_exceeded": "the ticket has started more workflows at once than Temporal takes",
    "grpc_message_too_large": "the answer of the worker has more bytes than Temporal takes in one message",
    "payloads_too_large": "a value that the worker has sent has more bytes than Temporal takes",
}
"""The causes of failed workflow tasks for which Temporal often gives no text, in words for operators."""
MARKED_FAILED = "category=WorkflowTaskFailed"
"""The mark's value where a worker reported the newest failure; tasks that time out have another value."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class StuckWorkflow:
    """An open workflow whose workflow task fails again and again."""

    id: str
    type: str
    since: Instant
    """When the task failed for the first time, UTC seconds."""
    failures: int
    cause: str | None
    """The first line of the last failure; it may hold values of the ticket. None if Temporal has kept no failure."""


@dataclass(frozen=True, slots=True)
class StuckWorkflows:
    """Some stuck workflows, and the number of all."""

    items: tuple[StuckWorkflow, ...]
    total: int
    marked: bool
    """False if the server marks no workflows: only the newest ``LOOKED_AT`` open workflows were examined."""


@dataclass(frozen=True, slots=True)
class FailedWorkflow:
    """A workflow that has failed, was terminated, or ran out of time."""

    id: str
    type: str
    run: str
    at: Instant
    """UTC seconds."""
    reason: str
    """The first line of the failure; it may hold values of the ticket."""


class WorkflowFailures:
    """The failures of the workflows of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._open = f"TaskQueue = '{task_queue}' AND ExecutionStatus = 'Running'"
        self._ended = f"TaskQueue = '{task_queue}' AND ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')"
        self._marks: bool | None = None
        self._known: set[str] = set()

    def known(self, id_: str) -> bool:
        """Whether a workflow was stuck when this process last checked it; makes no request."""
        return id_ in self._known

    async def of(self, id_: str) -> StuckWorkflow | None:
        """The failures of a workflow's present task; None if the workflow is not stuck."""
        found = await self._client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(
                namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=id_)
            )
        )
        stuck = await self._stuck(id_, found) if found.pending_workflow_task.attempt >= FAILURES else None
        if stuck is None:
            self._known.discard(id_)
        elif len(self._known) < REMEMBERED:
            self._known.add(id_)
        return stuck

    async def explained(self, key: str, away: Away) -> Away:
        """Why a ticket has not answered, as far as Temporal can tell. Never raises."""
        try:
            async with asyncio.timeout(EXPLAINED_SECONDS):
                found = await self.of(workflow_id(key))
        except (TimeoutError, RPCError, RuntimeError):
            return away
        if found is not None:
            LOG.error("%s is stuck: its workflow task has failed %s times in a row", key, found.failures)
            return TicketStuck(key, found.since, found.failures)
        if isinstance(away.__cause__, WorkflowQueryFailedError):
            return TicketStuck(key)
        return Away("worker") if _waited(away.__cause__) else away

    async def marked(self) -> frozenset[str]:
        """The ids of at most ``REMEMBERED`` stuck workflows, which ``known`` remembers from then on.

        If the server marks no workflows, these are the workflows that requests have found stuck.
        """
        if await self._marked():
            query = f"{self._open} AND {MARK} = '{MARKED_FAILED}'"
            self._known = {one.id async for one in self._client.list_workflows(query, limit=REMEMBERED)}
        else:
            await self.looked_at(sorted(self._known))  # each look forgets a workflow that is no longer stuck
        return frozenset(self._known)

    async def stuck(self, most: int) -> StuckWorkflows:
        """At most ``most`` stuck workflows."""
        if not await self._marked():
            newest = [one.id async for one in self._client.list_workflows(self._open, limit=LOOKED_AT)]
            found = await self.looked_at(newest)
            return StuckWorkflows(tuple(found[:most]), len(found), marked=False)
        query = f"{self._open} AND {MARK} = '{MARKED_FAILED}'"
        marked = [one.id async for one in self._client.list_workflows(query, limit=most)]
        found = await self.looked_at(marked)
        total = (await self._client.count_workflows(query)).count if len(marked) == most else len(found)
        return StuckWorkflows(tuple(found), total, marked=True)

    async def failed(self, since: Instant, most: int) -> tuple[FailedWorkflow, ...]:
        """At most ``most`` workflows that have failed since then, the newest first."""
        listed = [one async for one in self._client.list_workflows(self._failed_since(since), limit=most)]
        return tuple(await _each(listed, self._failed))

    async def failed_runs(self, since: Instant) -> Sequence[Listed]:
        """The runs that have failed since then, without their reasons."""
        return [one async for one in self._client.list_workflows(self._failed_since(since), limit=REMEMBERED)]

    async def reasons(self, runs: Iterable[Listed]) -> Sequence[FailedWorkflow]:
        """Runs that have failed, with their reasons."""
        return await _each(runs, self._failed)

    async def count_failed(self, since: Instant) -> int:
        return (await self._client.count_workflows(self._failed_since(since))).count

    def _failed_since(self, since: Instant) -> str:
        closed = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self._ended} AND CloseTime >= '{closed}' AND WorkflowType != '{PROBE}'"

    async def _marked(self) -> bool:
        if self._marks is None:
            asked = DescribeNamespaceRequest(namespace=self._client.namespace)
            try:
                told = await self._client.workflow_service.describe_namespace(asked)
            except RPCError as error:
                if error.status not in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
                    raise
                self._marks = False
            else:
                self._marks = told.namespace_info.capabilities.reported_problems_search_attribute
        return self._marks

    async def looked_at(self, ids: Sequence[str]) -> list[StuckWorkflow]:
        """The stuck ones among these workflows; those that have been stuck longest come first."""
        found = await _each(ids, self._of_or_gone)
        return sorted((one for one in found if one is not None), key=lambda one: (one.since, one.id))

    async def _of_or_gone(self, id_: str) -> StuckWorkflow | None:
        try:
            return await self.of(id_)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            self._known.discard(id_)
            return None

    async def _stuck(self, id_: str, found: DescribeWorkflowExecutionResponse) -> StuckWorkflow | None:
        """The workflow, if its task has failed often enough. The history has only the first reported failure."""
        told = await self._client.workflow_service.get_workflow_execution_history_reverse(
            GetWorkflowExecutionHistoryReverseRequest(
                namespace=self._client.namespace,
                execution=found.workflow_execution_info.execution,
                maximum_page_size=NEWEST_EVENTS,
            )
        )
        since_success = failures_since_success(told.history.events)
        failures = max(found.pending_workflow_task.attempt - 1, len(since_success))
        reported = _reported(found.workflow_execution_info.search_attributes)
        if failures < FAILURES or not (since_success if reported is None else reported):
            return None
        began = since_success[-1].event_time if since_success else found.pending_workflow_task.original_scheduled_time
        cause = since_success[0] if since_success else None
        return StuckWorkflow(
            id=id_,
            type=found.workflow_execution_info.type.name,
            since=began.seconds,
            failures=failures,
            cause=await self._cause(cause) if cause else None,
        )

    async def _cause(self, event: HistoryEvent) -> str:
        failed = event.workflow_task_failed_event_attributes
        words = await self._words(failed.failure) if failed.HasField("failure") else ""
        return worded_cause(failed.cause, words)

    async def _words(self, failure: Failure) -> str:
        return in_one_line(await self._client.data_converter.decode_failure(failure))

    async def _failed(self, one: Listed) -> FailedWorkflow:
        ended = int(one.close_time.timestamp()) if one.close_time else 0
        return FailedWorkflow(one.id, one.workflow_type, one.run_id, ended, await self._reason(one))

    async def _reason(self, one: Listed) -> str:
        try:
            await self._client.get_workflow_handle(one.id, run_id=one.run_id).result(follow_runs=False)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return "Temporal no longer keeps its history"
        except WorkflowFailureError as error:
            return in_one_line(error.cause)
        return "the workflow has ended"


def _reported(attributes: SearchAttributes) -> bool | None:
    """Whether a worker reported the newest failure, by the server's mark; None if the workflow has no mark.

    After the first failure, the history has no more of them: it can't tell what came later.
    """
    mark = attributes.indexed_fields.get(MARK)
    if mark is None:
        return None
    return MARKED_FAILED in json.loads(mark.data)


def _waited(error: BaseException | None) -> bool:
    """Whether a request without an answer was waiting for a worker, while the server itself answers."""
    if isinstance(error, RPCError):
        return error.status in WAITED
    return isinstance(error, TimeoutError | RPCTimeoutOrCancelledError)


def failures_since_success(newest_first: Iterable[HistoryEvent]) -> list[HistoryEvent]:
    """The failures since the last workflow task that succeeded, the newest first.

    A task that timed out is not a failure: nobody took it, or the worker died or was held up. Temporal gives it to
    another worker. The client itself reports a task whose code does not end.
    """
    succeeded, failed = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    return [one for one in takewhile(lambda one: one.event_type != succeeded, newest_first) if one.event_type == failed]


def worded_cause(cause: WorkflowTaskFailedCause.ValueType, words: str) -> str:
    """Temporal's name of the cause of a failed workflow task, with the words of the failure or with our own."""
    known = WorkflowTaskFailedCause.Name(cause) if cause in WorkflowTaskFailedCause.values() else f"cause {cause}"
    name = known.removeprefix("WORKFLOW_TASK_FAILED_CAUSE_").lower()
    repeats = words.lower().replace(" ", "").replace("_", "") == name.replace("_", "")
    told = CAUSES.get(name, "") if repeats or not words else words
    return f"{name}: {told}" if told else name


def in_one_line(error: BaseException | None) -> str:
    """The first line of a failure, cut. In some libraries, further lines of a message hold the values that failed."""
    if error is None:
        return ""
    text = error.message if isinstance(error, FailureError) and error.message else str(error)
    kind = error.type if isinstance(error, ApplicationError) and error.type else ""
    first = text.strip().partition("\n")[0]
    return cut(f"{kind}: {first}" if kind else first, LONGEST_CAUSE)


async def _each(given: Iterable[T], ask: Callable[[T], Awaitable[R]]) -> list[R]:
    """The answers for all values, in their order; some are asked at the same time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(value: T) -> R:
        async with gate:
            return await ask(value)

    return list(await asyncio.gather(*(one(value) for value in given)))
