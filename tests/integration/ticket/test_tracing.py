"""Traces of tickets on a real server, and of every recorded history."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from api.local.ports import any_free
from api.settings import EdgeSettings
from api.tickets.histories import NoHistoryError, TemporalAwayError, fetch, read, replay
from tests.paths import HISTORIES
from tests.servers.tickets import TicketClient
from workflows.ticket.tracing import TracedStep

OF_TICKETS = [path for path in sorted(HISTORIES.glob("*.json")) if '"name": "rollout"' not in path.read_text()[:2_000]]


@pytest.mark.parametrize("path", OF_TICKETS, ids=lambda path: path.stem)
async def test_a_recorded_history_is_traced(path: Path) -> None:
    """Every recorded run is replayed to its end, and has its revisions in sequence."""
    (history,) = read([path]).runs
    run = await replay(history)
    assert run.failure is None
    revisions = [one.step.snapshot.revision for one in run.events if isinstance(one, TracedStep)]
    assert revisions == list(range(revisions[0], revisions[0] + len(revisions)))


async def test_a_ticket_over_all_of_its_runs(temporal_address: str, desk: TicketClient) -> None:
    """The runs of a ticket that was continued as new are found from its newest run, and show the recorded entries."""
    ticket = await desk.start("REQ-70", now=int(time.time()), history_bound=20)
    first = await ticket.run_id()
    while await ticket.run_id() == first:
        await ticket.send("tell")
    await ticket.send("start")
    histories = await fetch(EdgeSettings(temporal_address=temporal_address), "REQ-70")
    assert (len(histories.runs), histories.complete) == (2, True)
    traced = [one for history in histories.runs for one in (await replay(history)).events]
    steps = [one.step for one in traced if isinstance(one, TracedStep)]
    assert [step.snapshot.revision for step in steps] == desk.memory.revisions("REQ-70")
    assert [entry.kind for step in steps for entry in step.audit] == desk.memory.timeline("REQ-70")


async def test_a_ticket_that_never_was(temporal_address: str) -> None:
    """A key that Temporal does not know has no history."""
    with pytest.raises(NoHistoryError):
        await fetch(EdgeSettings(temporal_address=temporal_address), "REQ-71")


async def test_temporal_is_away() -> None:
    """A server that does not answer is named in the error."""
    address = f"127.0.0.1:{any_free()}"
    with pytest.raises(TemporalAwayError, match=address):
        await fetch(EdgeSettings(temporal_address=address), "REQ-72")
