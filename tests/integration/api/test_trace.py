"""``stanchion trace`` beside a running installation."""

from __future__ import annotations

import asyncio
import json

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from api.local.installation import Installation
from tests.servers.installations import Person, Run
from workflows.ticket.names import workflow_id


def test_a_running_ticket(installation: Installation, run: Run, alice: Person) -> None:
    """The trace of a ticket has the entries of its timeline, in order."""
    key = alice.start("change", summary="Swap the switch", service="email")["key"]
    assert alice.send(key, "cancel").is_success
    state = str(installation.folder.path)
    code, out, _ = run("trace", key, "--state", state, "--json")
    entries = [entry for event in json.loads(out)["events"] for entry in event["timeline"]]
    assert code == 0
    assert [(one["kind"], one["actor"]) for one in entries] == [
        (one["kind"], one["actor"]) for one in alice.timeline(key)
    ]
    assert "took      (any state) → canceled, on cancel" in run("trace", key, "--state", state)[1]


def test_a_ticket_that_never_was(installation: Installation, run: Run) -> None:
    """An unknown ticket is distinguished from a ticket whose history is gone."""
    code, _, err = run("trace", "CHG-999999", "--state", str(installation.folder.path))
    assert (code, err) == (1, "There is no ticket CHG-999999.\n")


def test_a_history_beyond_retention(installation: Installation, run: Run, alice: Person) -> None:
    """For an ended ticket that Temporal has deleted, the records state when it ended and where its timeline is."""
    key = alice.start("change", summary="Swap the switch", service="email")["key"]
    assert alice.send(key, "cancel").is_success
    ended = alice.read(key)["ended_at"]
    asyncio.run(deleted(installation.settings.temporal, key))
    code, _, err = run("trace", key, "--state", str(installation.folder.path))
    assert code == 1
    assert err == (
        f"Temporal has no history of {key} any more: it keeps an ended workflow for the retention time of its "
        f"namespace. It ended at {ended}. `stanchion show {key}` has the timeline.\n"
    )


def test_revisions_after_the_end(installation: Installation, run: Run, alice: Person) -> None:
    """Comments after the end are not in the history: the trace names their revisions, and where to read them."""
    key = alice.start("change", summary="Swap the switch", service="email")["key"]
    assert alice.send(key, "cancel").is_success
    state = str(installation.folder.path)
    assert json.loads(run("trace", key, "--state", state, "--json")[1])["after_end"] == []
    for _ in range(2):
        assert run("comment", key, "Thanks")[0] == 0
    code, out, _ = run("trace", key, "--state", state)
    assert code == 0
    assert out.splitlines()[-1] == (
        f"Revisions 3 to 4 came after the end: not in this history; see `stanchion show {key}`."
    )
    assert json.loads(run("trace", key, "--state", state, "--json")[1])["after_end"] == [3, 4]
    assert run("trace", key, "--state", state, "--revision", "4") == (
        1,
        "",
        f"Revision 4 came after the end, and is not in the history: see `stanchion show {key}`.\n",
    )


async def deleted(address: str, key: str) -> None:
    """Waits until the server has deleted the ended workflow of a ticket, as it does after its retention."""
    client = await Client.connect(address)
    handle = client.get_workflow_handle(workflow_id(key))
    await handle.result()
    gone = WorkflowExecution(workflow_id=workflow_id(key))
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=gone)
    )
    async with asyncio.timeout(300):  # Temporal deletes in its own time
        with pytest.raises(RPCError, match="not found"):
            while True:
                await handle.fetch_history()
