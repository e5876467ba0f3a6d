"""What a replayed ticket sends out: everything that a history holds, and what Temporal's replayer does not compare.

The replayer compares commands: their order, their kinds, their ids. It does not look at arguments, and a local
activity, such as a record, leaves no argument in a history. Each call is therefore one line here, with a digest of
everything that it carries: activities (a record has the whole ticket, its timeline and its notifications), children,
signals, results of updates and of the run, and the input of a continued run.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ContinueAsNewInput,
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    Replayer,
    SignalExternalWorkflowInput,
    StartActivityInput,
    StartChildWorkflowInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from workflows.registry import SHIPPED as SHIPPED_WORKFLOWS
from workflows.ticket.converter import data_converter
from workflows.ticket.messages import TicketInput
from workflows.ticket.workflow import Ticket

FOLDER = Path(__file__).parent
_CONVERTER = data_converter()


async def content_of(history: str) -> list[str]:
    """A line for each call of a replayed history, in the order of the calls.

    Raises RuntimeError if the history does not replay.
    """
    lines: list[str] = []
    replayer = Replayer(
        workflows=[Ticket, *SHIPPED_WORKFLOWS],
        data_converter=_CONVERTER,
        interceptors=[_Listener(lines)],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    await replayer.replay_workflow(WorkflowHistory.from_json("ticket:replayed", history))
    return lines


def kept_content(history: Path) -> Path:
    """The file with the content of a recorded history."""
    return history.with_suffix(".txt")


async def keep_missing_content() -> list[Path]:
    """Writes the content of the histories that have none yet."""
    missing = [path for path in sorted(FOLDER.glob("*.json")) if not kept_content(path).exists()]
    for path in missing:
        kept_content(path).write_text("".join(f"{line}\n" for line in await content_of(path.read_text())))
    return [kept_content(path) for path in missing]


def _line(call: str, *carried: Any) -> str:
    """The name of a call, and the digest of what it carries."""
    payloads = _CONVERTER.payload_converter.to_payloads(carried)
    values = [_pruned(json.loads(payload.data)) if payload.data else None for payload in payloads]
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return f"{call} {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _pruned(value: Any) -> Any:
    """Without members that are empty or zero: a new member with such a default changes no digest."""
    if isinstance(value, dict):
        found = {name: _pruned(member) for name, member in value.items()}
        return {name: member for name, member in found.items() if member}
    return [_pruned(element) for element in value] if isinstance(value, list) else value


class _Listener(Interceptor):
    """Listens to everything that a workflow sends out."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        lines = self._lines

        class Inbound(_Inbound):
            heard = lines

        return Inbound


class _Inbound(WorkflowInboundInterceptor):
    heard: list[str]

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound, self.heard))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - the library's name
        result = await super().execute_workflow(input)
        self.heard.append(_line("result", result))
        return result

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002
        try:
            result = await super().handle_update_handler(input)
        except ApplicationError as refused:
            self.heard.append(_line(f"refused {input.update}", refused.type, refused.message, *refused.details))
            raise
        self.heard.append(_line(f"update {input.update}", result))
        return result


class _Outbound(WorkflowOutboundInterceptor):
    def __init__(self, following: WorkflowOutboundInterceptor, heard: list[str]) -> None:
        super().__init__(following)
        self._heard = heard

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        self._heard.append(_line(f"activity {input.activity}", *input.args))
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        self._heard.append(_line(f"local {input.activity}", *input.args))
        return super().start_local_activity(input)

    async def start_child_workflow(
        self,
        input: StartChildWorkflowInput,  # noqa: A002
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        self._heard.append(_line(f"child {input.workflow} {input.id}", *input.args))
        return await super().start_child_workflow(input)

    async def signal_external_workflow(self, input: SignalExternalWorkflowInput) -> None:  # noqa: A002
        self._heard.append(_line(f"signal {input.signal} {input.workflow_id}", *input.args))
        await super().signal_external_workflow(input)

    def continue_as_new(self, input: ContinueAsNewInput) -> Any:  # noqa: A002
        carried = [replace(one, interpreter=0) if isinstance(one, TicketInput) else one for one in input.args]
        self._heard.append(_line("continues", *carried))  # the version is always the newest
        return super().continue_as_new(input)
