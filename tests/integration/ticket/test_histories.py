"""Histories of tickets that ran under earlier builds can be replayed forever."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from definitions.loading.folders import SHIPPED
from tests.histories.content import content_of, kept_content
from tests.paths import HISTORIES
from workflows.contracts import RecordBatch
from workflows.engine.model.result import Step
from workflows.engine.model.timeline.shape import UnknownEntry
from workflows.registry import SHIPPED as SHIPPED_WORKFLOWS
from workflows.ticket.converter import TicketPayloadConverter, data_converter
from workflows.ticket.state import TicketState
from workflows.ticket.workflow import Ticket
from workflows.worker import sandbox

RECORDED = sorted((HISTORIES).glob("*.json"))
HISTORY_OF = {path.stem: path.read_text() for path in RECORDED}
CONTENT_OF = {path.stem: kept_content(path).read_text().splitlines() for path in RECORDED}


@pytest.mark.parametrize("history", HISTORY_OF.values(), ids=HISTORY_OF)
async def test_a_recorded_history_replays(history: str) -> None:
    """The current workflow replays a recorded ticket exactly as the workflow of its time ran it."""
    workflows: list[type] = [Ticket, *SHIPPED_WORKFLOWS]
    replayer = Replayer(workflows=workflows, data_converter=data_converter(), workflow_runner=sandbox(data_converter()))
    await replayer.replay_workflow(WorkflowHistory.from_json("ticket:replayed", history))


@pytest.mark.parametrize("history", HISTORY_OF)
async def test_a_recorded_history_sends_out_what_it_did(history: str) -> None:
    """A replayed ticket records the same steps, asks and tells others the same, and gives the same answers."""
    assert await content_of(HISTORY_OF[history]) == CONTENT_OF[history]


def _effects_in_reverse(one: Step) -> Step:
    return replace(one, effects=one.effects[::-1])


def _timeline_in_reverse(one: Step) -> Step:
    return replace(one, audit=one.audit[::-1])


def _failed_flipped(one: Step) -> Step:
    return replace(one, snapshot=replace(one.snapshot, failed=not one.snapshot.failed))


@pytest.mark.parametrize("alteration", [_effects_in_reverse, _timeline_in_reverse, _failed_flipped])
async def test_an_alteration_of_what_is_sent_out_is_noticed(
    alteration: Callable[[Step], Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A core that does the same in another order, or keeps another state, passes the replayer and not the gate."""
    take = TicketState.take
    monkeypatch.setattr(TicketState, "take", lambda self, steps: take(self, tuple(map(alteration, steps))))
    changed = [name for name, history in HISTORY_OF.items() if await content_of(history) != CONTENT_OF[name]]
    assert "project_child.v2.1" in changed or alteration is _effects_in_reverse
    assert len(changed) > 1


async def test_the_end_is_signaled_to_the_parent_before_the_links() -> None:
    """The order of the signals at the end of a ticket is part of the content."""
    signals = [line.split()[1] for line in CONTENT_OF["project_child.v2.1"] if line.startswith("signal ")]
    assert signals[-2:] == ["child_ended", "event"]


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
    for history in HISTORY_OF.values():
        await replayer.replay_workflow(WorkflowHistory.from_json("ticket:replayed", history))
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
