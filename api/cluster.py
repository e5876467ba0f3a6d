"""Temporal, as the edge uses it: the one place that starts tickets, sends events to them and queries them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, ResetStickyTaskQueueRequest
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.idempotency import is_memo_of, memo_of
from api.problems import Away, refused
from api.settings import EdgeSettings
from api.workflow_failures import WorkflowFailures
from workflows.contracts import KeyUse, NumberedStart
from workflows.engine.explain import Explanation
from workflows.engine.model.result import Refusal
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import (
    Carries,
    EventEnvelope,
    EventResult,
    ExplainQuestion,
    TicketInput,
    TicketView,
    refusal_in,
)
from workflows.ticket.names import ALIVE, ANSWERED, CARRIES, EVENT, EXPLAIN, PROBE, SNAPSHOT, probe_id, workflow_id

LOG = logging.getLogger("stanchion.api")

AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.FAILED_PRECONDITION,  # no worker has polled lately
        RPCStatusCode.ABORTED,
        RPCStatusCode.UNKNOWN,  # the connection broke in the middle
    }
)


QUERY_SHARE = 0.2
"""The share of a request's time after which a query counts as lost."""


PROBE_SECONDS = 4.0
"""How long readiness waits for a worker."""


class NotRunningError(Exception):
    """No workflow of this ticket is open: it never was, or it has ended."""


class KeyTakenError(Exception):
    """Another ticket has this key: the records are older than Temporal, and have given the number out again."""


class Cluster:
    """A connection that opens when it is first needed, and opens again when it is lost."""

    def __init__(self, client: Client, settings: EdgeSettings) -> None:
        self._client = client
        self._task_queue = settings.task_queue
        self._seconds = settings.request_seconds
        self.failures = WorkflowFailures(client, settings.task_queue)

    @classmethod
    async def connect(cls, settings: EdgeSettings) -> Cluster:
        """Does not fail where Temporal is away: each request does."""
        client = await Client.connect(
            settings.temporal,
            namespace=settings.temporal_namespace,
            data_converter=data_converter(),
            lazy=True,
        )
        return cls(client, settings)

    async def start(self, process: str, key: str, given: TicketInput, start: NumberedStart) -> bool:
        """Starts a ticket unless it was started before. True where it runs now; it may have ended since.

        Raises Away, KeyTakenError.
        """
        async with self._talking_to(key):
            try:
                await self._client.start_workflow(
                    process,
                    given,
                    id=workflow_id(key),
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    memo=memo_of(start),
                    rpc_timeout=self._timeout,
                )
            except WorkflowAlreadyStartedError:
                return await self._runs(process, key, given, start)
            return True

    async def start_and_act(
        self, process: str, key: str, given: TicketInput, envelope: EventEnvelope, update_id: str, start: NumberedStart
    ) -> EventResult:
        """Starts a ticket and sends its first event in one call.

        Raises Away, RequestRefused, KeyTakenError, NotRunningError once it has ended.
        """
        opening: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            process,
            given,
            id=workflow_id(key),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            memo=memo_of(start),
        )
        async with self._talking_to(key):
            with contextlib.suppress(NotRunningError):
                await self._runs(process, key, given, start)
            try:
                result: EventResult = await self._client.execute_update_with_start_workflow(
                    EVENT,
                    envelope,
                    start_workflow_operation=opening,
                    id=update_id,
                    result_type=EventResult,
                    rpc_timeout=self._timeout,
                )
            except WorkflowAlreadyStartedError:
                result = await self._answer_before(key, update_id)
        return self._same_request(result, envelope)

    async def key_use(self, process: str, key: str, given: TicketInput, start: NumberedStart) -> KeyUse:
        """Whether this start, another start, or no start has begun a workflow of this key. Raises Away."""
        try:
            async with self._talking():
                await self._runs(process, key, given, start)
        except KeyTakenError:
            return "another"
        except NotRunningError:
            return "free"
        return "same"

    async def _runs(self, process: str, key: str, given: TicketInput, start: NumberedStart) -> bool:
        """Whether the workflow of this key runs, which the same start has begun before.

        Raises KeyTakenError where another start has begun it, NotRunningError where there is none.
        """
        handle = self._client.get_workflow_handle(workflow_id(key))
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                raise NotRunningError(key) from error
            raise
        same = is_memo_of(await described.memo(), start)
        if same is None:  # an older build has started it
            same = described.workflow_type == process and await self._has_opening(handle, given)
        if not same:
            raise KeyTakenError(key)
        return described.status is WorkflowExecutionStatus.RUNNING

    async def _has_opening(self, handle: WorkflowHandle[Any, Any], given: TicketInput) -> bool:
        """Whether the workflow was started with this opening; of a later run, whether the same person has opened it."""
        first = await anext(handle.fetch_history_events(page_size=1))
        payloads = first.workflow_execution_started_event_attributes.input.payloads
        if not payloads:
            return False  # no ticket at all
        (found,) = await self._client.data_converter.decode(payloads, [TicketInput])
        wanted, opening, carried = given.opening, found.opening, found.carried
        if wanted is None:
            return True
        if opening is None:
            return carried is not None and bool(carried.snapshot.opener == wanted.actor.id)
        same = opening.actor.id == wanted.actor.id and opening.parent == wanted.parent
        return same and dict(opening.fields) == dict(wanted.fields)

    async def act(self, key: str, envelope: EventEnvelope, update_id: str) -> EventResult:
        """Sends an event. The same ``update_id`` is carried out once and returns the same result each time.

        Raises Away, RequestRefused, NotRunningError where the ticket does not run.
        """
        async with self._talking_to(key):
            try:
                handle = self._client.get_workflow_handle(workflow_id(key))
                result: EventResult = await handle.execute_update(
                    EVENT, envelope, id=update_id, result_type=EventResult, rpc_timeout=self._timeout
                )
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:
                    raise
                result = await self._answer_before(key, update_id)
        return self._same_request(result, envelope)

    async def leave(self, key: str, envelope: EventEnvelope) -> None:
        """Leaves an event with a ticket, which takes the event as soon as it can. Does not wait for the answer.

        An event with the same ``key`` in its envelope is carried out once. Raises Away, NotRunningError where the
        ticket does not run.
        """
        async with self._talking():
            await self._client.get_workflow_handle(workflow_id(key)).signal(EVENT, envelope, rpc_timeout=self._timeout)

    async def answered(self, key: str, update_id: str) -> EventResult:
        """The result that a request had before. Raises Away, NotRunningError where it had none."""
        async with self._talking_to(key):
            return await self._answer_before(key, update_id)

    async def view(self, key: str) -> TicketView:
        """The ticket as its workflow has it. Raises Away, NotRunningError where there never was one."""
        async with self._talking_to(key):
            view: TicketView = await self._asked(key, SNAPSHOT, TicketView)
            return view

    async def carries(self, key: str) -> Carries:
        """The ticket with its definition and calendars. Raises Away, NotRunningError where there never was one."""
        async with self._talking_to(key):
            carried: Carries = await self._asked(key, CARRIES, Carries)
            return carried

    async def explain(self, key: str, question: ExplainQuestion) -> Explanation:
        """Why the ticket is where it is. Raises Away, NotRunningError where there never was one."""
        async with self._talking_to(key):
            told: Explanation = await self._asked(key, EXPLAIN, Explanation, question)
            return told

    async def has_worker(self) -> bool:
        """Whether a worker has polled for tickets lately. Raises Away."""
        async with self._talking():
            described = await self._client.workflow_service.describe_task_queue(
                DescribeTaskQueueRequest(
                    namespace=self._client.namespace,
                    task_queue=TaskQueue(name=self._task_queue),
                    task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                ),
                timeout=timedelta(seconds=2),
            )
            return bool(described.pollers)

    async def worker_answers(self) -> bool:
        """Whether a worker carries out a task now. Raises Away where Temporal does not answer."""
        if not await self.has_worker():
            return False
        try:
            async with self._talking(), asyncio.timeout(PROBE_SECONDS):
                try:
                    await self._probe()
                except RPCError as error:
                    if error.status != RPCStatusCode.NOT_FOUND:
                        raise
                    await self._start_probe()
                return True
        except (Away, NotRunningError):
            return False

    async def _probe(self) -> None:
        """Asks the probe; a query that the worker's library has lost is sent again, once."""
        handle = self._client.get_workflow_handle(probe_id(self._task_queue))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBE_SECONDS / 2):
                await handle.query(ALIVE)
                return
        await handle.query(ALIVE)

    async def _start_probe(self) -> None:
        """Runs the probe. Its queries go to every worker, not only to the one that has run it."""
        id_ = probe_id(self._task_queue)
        handle = await self._client.start_workflow(
            PROBE, id=id_, task_queue=self._task_queue, id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
        )
        await handle.result()
        await self._client.workflow_service.reset_sticky_task_queue(
            ResetStickyTaskQueueRequest(
                namespace=self._client.namespace,
                execution=WorkflowExecution(workflow_id=id_, run_id=handle.result_run_id or ""),
            )
        )

    @property
    def _timeout(self) -> timedelta:
        return timedelta(seconds=self._seconds)

    async def _asked(self, key: str, query: str, result_type: Any, *args: Any) -> Any:
        """The answer of a ticket's workflow to a query.

        Temporal's library may lose one of several queries that come at the same moment for a run that has ended
        (it logs ``leftover buffered tasks when evicting run``): a slow query is sent again, once.
        """
        handle = self._client.get_workflow_handle(workflow_id(key))
        ask = partial(handle.query, query, args=args, result_type=result_type, rpc_timeout=self._timeout)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds * QUERY_SHARE):
                return await ask()
        return await ask()

    async def _answer_before(self, key: str, update_id: str) -> EventResult:
        """The result that a repeated request had before. Raises NotRunningError where it had none.

        The last run knows its own updates, and carries the newest results of the runs before it.
        """
        ended = self._client.get_workflow_handle(workflow_id(key))
        try:
            own: EventResult = await ended.get_update_handle(update_id, result_type=EventResult).result(
                rpc_timeout=self._timeout
            )
            return own
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
        try:
            carried: list[EventResult] = await self._asked(key, ANSWERED, list[EventResult], update_id)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            carried = []
        if not carried:
            raise NotRunningError(key)
        return carried[0]

    @staticmethod
    def _same_request(result: EventResult, envelope: EventEnvelope) -> EventResult:
        """Temporal answers a repeated update id without the ticket: another request must not get that result."""
        if result.request_hash != envelope.request_hash:
            raise refused(Refusal("key_reused", "this idempotency key was used for another request"))
        return result

    def _talking(self) -> AbstractAsyncContextManager[None]:
        return reaching_temporal(self._seconds)

    @asynccontextmanager
    async def _talking_to(self, key: str) -> AsyncIterator[None]:
        """Finds out why a ticket has not answered, as far as Temporal can tell."""
        try:
            async with self._talking():
                yield
        except Away as away:
            raise await self.failures.explained(key, away) from away.__cause__


@asynccontextmanager
async def reaching_temporal(seconds: float | None = None) -> AsyncIterator[None]:
    """Turns what Temporal's client raises within ``seconds`` into the edge's words.

    Raises Away where Temporal does not answer, NotRunningError where it does not know the workflow, RequestRefused
    where the ticket refused; anything else stays what it is.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, RPCTimeoutOrCancelledError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "connect" not in str(error).lower():
            raise
        raise _away(error) from error
    except WorkflowUpdateFailedError as error:
        raise refused(refusal_in(error.cause)) from error
    except WorkflowQueryFailedError as error:
        raise _away(error) from error
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            raise NotRunningError(str(error)) from error
        if error.status in AWAY:
            raise _away(error) from error
        raise


def _away(error: BaseException) -> Away:
    """The caller learns that Temporal is away; the reason is for the operator's log only."""
    LOG.warning("no answer through Temporal: %s %s", type(error).__name__, error)
    return Away("temporal")
