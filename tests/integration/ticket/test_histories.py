"""Histories of tickets that ran under earlier builds are replayed for ever."""

from __future__ import annotations

import json

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from definitions.loading.folders import SHIPPED
from tests.paths import HISTORIES
from workflows.registry import SHIPPED as SHIPPED_WORKFLOWS
from workflows.ticket.converter import data_converter
from workflows.ticket.workflow import Ticket
from workflows.worker import sandbox

RECORDED = sorted((HISTORIES).glob("*.json"))


@pytest.mark.parametrize("history", [path.read_text() for path in RECORDED], ids=[path.stem for path in RECORDED])
async def test_a_recorded_history_replays(history: str) -> None:
    """The workflow of today does to a recorded ticket what the workflow of its day did."""
    workflows: list[type] = [Ticket, *SHIPPED_WORKFLOWS]
    replayer = Replayer(workflows=workflows, data_converter=data_converter(), workflow_runner=sandbox())
    await replayer.replay_workflow(WorkflowHistory.from_json("ticket:replayed", history))


def test_a_recorded_history_names_no_folder() -> None:
    """What a failure says of the machine that it happened on stays there."""
    assert [path.name for path in RECORDED if "site-packages" in path.read_text()] == []


def test_every_shipped_process_has_a_recorded_history() -> None:
    """No process is shipped without a recorded history."""
    recorded = set()
    for path in RECORDED:
        started = json.loads(path.read_text())["events"][0]["workflowExecutionStartedEventAttributes"]
        recorded.add(started["workflowType"]["name"])
    assert recorded >= {path.stem for path in (SHIPPED / "processes").glob("*.yaml")}
