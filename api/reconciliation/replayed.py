"""What a ticket's workflow has recorded, according to its history: a replay produces each batch again.

Only completed workflow tasks count. If a task did not complete, the steps that it recorded may never have happened
(ADR 4).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from activities.records.shapes import Booking
from api.tickets.histories import Histories, replay
from definitions.times import to_instant
from workflows.contracts import (
    AUTOMATE,
    DELIVER,
    RECORD,
    AutomateRequest,
    AutomateResult,
    DeliverRequest,
    DeliverResult,
    NumberedStart,
    RecordBatch,
)
from workflows.engine.model.automation import CallAction
from workflows.ticket.converter import data_converter
from workflows.ticket.names import NUMBERED
from workflows.ticket.tracing import TracedStep

CONFLICTS = "conflicts"
"""The action that books windows."""
_CONVERTER = data_converter().payload_converter


_STOPPED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "terminated",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "failed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "canceled",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "timed out",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of one notification, as far as the history states it."""

    over: bool = False
    sent_at: int | None = None
    """UTC seconds; None where no worker has reported that the notification was sent."""


@dataclass
class Replayed:
    """A ticket, as the replay of its history gives it."""

    key: str = ""
    batches: list[RecordBatch] = field(default_factory=list)
    """In the order in which they were recorded."""
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    """By the id of the notification, for the notifications whose delivery the workflow has requested."""
    booked: list[Booking | None] = field(default_factory=list)
    """The booking of each call of the action ``conflicts``; None where the window was not free."""
    start: NumberedStart | None = None
    """The start for which the ticket was numbered; None for tickets of builds that did not keep the start."""
    carried: int = 0
    """The revision with which the oldest run that Temporal keeps began; 0 for the run that opened the ticket."""
    revision: int = 0
    """The newest revision; 0 for a ticket that could not be opened."""
    ended: bool = False
    complete: bool = True
    """Whether Temporal still keeps the history since the opening."""
    stopped: str | None = None
    """How the workflow ended although its ticket did not end: ``terminated``, ``failed`` …"""
    failure: str | None = None
    """Why this build can't replay the history."""

    @property
    def recorded(self) -> int:
        """The newest revision that the workflow has recorded. The workflow will record later revisions itself."""
        return max((batch.snapshot.revision for batch in self.batches), default=self.carried)


async def replayed(histories: Histories) -> Replayed:
    """Replays the runs of a ticket. Raises BadHistoryError where the runs belong to another workflow."""
    found = Replayed(complete=histories.complete)
    for history in histories.runs:
        heard = _Heard()
        trace = await replay(history, [_Listener(heard)])
        completed = _completed(history)
        steps = [one for one in trace.events if isinstance(one, TracedStep) and one.workflow_task in completed]
        if history is histories.runs[0]:
            found.carried = found.revision = trace.carried
        found.key = trace.key
        found.batches += [one for one in heard.batches if _task_of(one) in completed]
        found.deliveries |= heard.deliveries
        found.booked += heard.booked
        if steps:
            found.revision = steps[-1].step.snapshot.revision
            found.ended = steps[-1].step.snapshot.ended_at is not None
        found.failure = found.failure or trace.failure
    found.start = await _numbered(histories.runs[0])
    last = histories.runs[-1].events[-1].event_type
    found.stopped = None if found.ended else _STOPPED.get(last)
    return found


async def _numbered(history: WorkflowHistory) -> NumberedStart | None:
    """The start in the memo of a run. Each run passes its memo to the next run."""
    memo = history.events[0].workflow_execution_started_event_attributes.memo.fields
    if NUMBERED not in memo:
        return None
    (start,) = await data_converter().decode([memo[NUMBERED]], [NumberedStart])
    return start if isinstance(start, NumberedStart) else None


def _completed(history: WorkflowHistory) -> Collection[int]:
    """The completed workflow tasks, each by the id of its event WorkflowTaskStarted."""
    completed = [one for one in history.events if one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
    return {one.workflow_task_completed_event_attributes.started_event_id for one in completed}


def _task_of(batch: RecordBatch) -> int:
    """The workflow task of a batch, by the id of its event WorkflowTaskStarted: see ``this_task``."""
    return int(batch.workflow_task.split(".")[1])


@dataclass
class _Heard:
    batches: list[RecordBatch] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    booked: list[Booking | None] = field(default_factory=list)

    def called(self, activity: str, args: Any) -> None:
        """Keeps a batch in the form in which the activity gets it, after its conversion to JSON and back."""
        if activity == RECORD:
            (payload,) = _CONVERTER.to_payloads(args)
            (batch,) = _CONVERTER.from_payloads([payload], [RecordBatch])
            self.batches.append(batch)

    def delivery_over(self, request: DeliverRequest, result: DeliverResult | None, at: int) -> None:
        sent = result.sent if result else ()
        self.deliveries |= {one: Delivery(over=True, sent_at=at if one in sent else None) for one in request.ids}


def _booked(request: AutomateRequest, result: AutomateResult) -> Booking | None:
    """The booking that a call of ``conflicts`` has made."""
    value, what = result.value, request.what
    if not isinstance(what, CallAction) or not isinstance(value, dict) or value.get("free") is not True:
        return None
    window = {name: str(what.inputs[name]) for name in ("service", "from", "to")}
    return Booking(request.ticket, window["service"], to_instant(window["from"]), to_instant(window["to"]))


class _Listener(Interceptor):
    """Notes the activities that a replayed workflow calls."""

    def __init__(self, heard: _Heard) -> None:
        self._heard = heard

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        heard = self._heard

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(_Outbound(outbound, heard))

        return Inbound


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, following: WorkflowOutboundInterceptor, heard: _Heard) -> None:
        super().__init__(following)
        self._heard = heard

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002 - the library's name
        self._heard.called(input.activity, input.args)
        return super().start_local_activity(input)

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        self._heard.called(input.activity, input.args)
        handle = super().start_activity(input)
        if input.activity == DELIVER:
            (request,) = input.args
            self._heard.deliveries |= dict.fromkeys(request.ids, Delivery())
            handle.add_done_callback(lambda done: self._delivered(request, done))
        if input.activity == AUTOMATE:
            (call,) = input.args
            handle.add_done_callback(lambda done: self._automated(call, done))
        return handle

    def _automated(self, request: AutomateRequest, done: Any) -> None:
        is_booking = isinstance(request.what, CallAction) and request.what.action == CONFLICTS
        if is_booking and not done.cancelled() and done.exception() is None:
            self._heard.booked.append(_booked(request, done.result()))

    def _delivered(self, request: DeliverRequest, done: Any) -> None:
        failed = done.cancelled() or done.exception() is not None
        self._heard.delivery_over(request, None if failed else done.result(), int(workflow.time()))
