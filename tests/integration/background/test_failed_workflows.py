"""Workflows that have failed are reported, once each."""

from __future__ import annotations

import contextlib
import time

from temporalio.client import WorkflowFailureError

from api.background.failed_workflows import FailedWorkflows
from tests.servers.families import Household
from tests.servers.tickets import ALICE
from workflows.engine.model.events import Open
from workflows.ticket.messages import TicketInput
from workflows.ticket.names import workflow_id

LOOKS = 20
"""Temporal lists a workflow a moment after its end."""


async def test_a_ticket_that_could_not_be_opened_is_reported(home: Household) -> None:
    """A workflow whose opening was refused is listed with the reason, and not listed again."""
    await home.work()
    given = TicketInput(home.world.pinned("inquiry", int(time.time())), Open("INQ-1", ALICE, {}))
    id_ = workflow_id(f"INQ-1-{home.task_queue}")
    handle = await home.client.start_workflow("inquiry", given, id=id_, task_queue=home.task_queue)
    with contextlib.suppress(WorkflowFailureError):
        await handle.result()
    failed = FailedWorkflows(home.client, home.task_queue)
    found = next(listed for listed in [await failed.look() for _ in range(LOOKS)] if listed)
    assert [(one.id, one.type) for one in found] == [(id_, "inquiry")]
    assert "summary" in found[0].reason
    assert await failed.look() == []
