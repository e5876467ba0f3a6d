"""The batches that a ticket's workflow has recorded, according to its history."""

from __future__ import annotations

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from api.reconciliation.replayed import Replayed, replayed
from api.tickets.histories import Histories
from tests.paths import HISTORIES


def history(text: str, until: int | None = None) -> Histories:
    whole = WorkflowHistory.from_json("ticket:replayed", text)
    return Histories((WorkflowHistory(whole.workflow_id, list(whole.events)[:until]),))


def tasks(found: Replayed) -> list[int]:
    """The workflow tasks that have recorded something."""
    return [int(one.workflow_task.split(".")[1]) for one in found.batches]


def starts(text: str) -> list[int]:
    """The ids at which the workflow tasks of a history started."""
    started = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
    return [one.event_id for one in history(text).runs[0].events if one.event_type == started]


@pytest.mark.parametrize("name", ["request.v1.1", "errand.v3.1"])
async def test_a_task_that_did_not_complete_counts_for_nothing(name: str) -> None:
    """If a history breaks off in a workflow task, only the batches of the earlier tasks are known."""
    text = (HISTORIES / f"{name}.json").read_text()
    whole = await replayed(history(text))
    assert whole.ended
    for started in starts(text):
        cut = await replayed(history(text, started))
        before = [one for one in tasks(whole) if one < started]
        assert (cut.failure, tasks(cut)) == (None, before)
        assert cut.batches == whole.batches[: len(before)]


async def test_the_newest_step_is_one_of_a_completed_task() -> None:
    """A step of a workflow task that did not complete does not belong to the ticket."""
    text = (HISTORIES / "request.v3.1.json").read_text()
    for started in starts(text):
        cut = await replayed(history(text, started))
        assert cut.revision == cut.recorded, "this history has a record for each of its steps"
