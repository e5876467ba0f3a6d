"""Histories of tickets that ran under earlier builds can be replayed forever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from definitions.loading.folders import SHIPPED
from tests.paths import HISTORIES
from workflows.contracts import RecordBatch
from workflows.engine.model.timeline.shape import UnknownEntry
from workflows.registry import SHIPPED as SHIPPED_WORKFLOWS
from workflows.ticket.converter import TicketPayloadConverter, data_converter
from workflows.ticket.workflow import Ticket
from workflows.worker import sandbox

RECORDED = sorted((HISTORIES).glob("*.json"))


@pytest.mark.parametrize("history", [path.read_text() for path in RECORDED], ids=[path.stem for path in RECORDED])
async def test_a_recorded_history_replays(history: str) -> None:
    """The current workflow replays a recorded ticket exactly as the workflow of its time ran it."""
    workflows: list[type] = [Ticket, *SHIPPED_WORKFLOWS]
    replayer = Replayer(workflows=workflows, data_converter=data_converter(), workflow_runner=sandbox())
    await replayer.replay_workflow(WorkflowHistory.from_json("ticket:replayed", history))


class _Records(TicketPayloadConverter):
    """Remembers everything that is sent to the records."""

    batches: ClassVar[list[RecordBatch]] = []

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        self.batches.extend(value for value in values if isinstance(value, RecordBatch))
        return super().to_payloads(values)


async def test_every_entry_of_a_recorded_history_is_typed() -> None:
    """Every timeline entry that a recorded ticket sends to the records is typed, and reads back the same."""
    _Records.batches.clear()
    replayer = Replayer(
        workflows=[Ticket, *SHIPPED_WORKFLOWS],
        data_converter=replace(data_converter(), payload_converter_class=_Records),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    for path in RECORDED:
        await replayer.replay_workflow(WorkflowHistory.from_json("ticket:replayed", path.read_text()))
    lines = [line for batch in _Records.batches for step in batch.steps for line in step.audit]
    assert len(lines) > 1_000
    assert [line for line in lines if isinstance(line.entry, UnknownEntry)] == []
    assert [line for line in lines if line.entry.data() != line.data] == []


def test_a_recorded_history_names_no_folder() -> None:
    """A failure's details about its machine do not leave that machine."""
    assert [path.name for path in RECORDED if "site-packages" in path.read_text()] == []


def test_every_shipped_process_has_a_recorded_history() -> None:
    """Every shipped process has a recorded history."""
    recorded = set()
    for path in RECORDED:
        started = json.loads(path.read_text())["events"][0]["workflowExecutionStartedEventAttributes"]
        recorded.add(started["workflowType"]["name"])
    assert recorded >= {path.stem for path in (SHIPPED / "processes").glob("*.yaml")}
