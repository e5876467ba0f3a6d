"""Tickets that wake each other, on the real server."""

from __future__ import annotations

import time

from definitions.schema.process import Process
from tests.servers.tickets import ALICE, TicketClient
from workflows.engine.model.bounds import MOST_HOPS
from workflows.engine.model.events import Edit

PROCESS = Process.model_validate(
    {
        "process": "twin",
        "title": "Twin",
        "practice": "service_request_management",
        "prefix": "TWN",
        "fields": {"summary": {"type": "text"}, "twin": {"type": "ticket"}},
        "may": {"edit": "everyone"},
        "initial": "open",
        "states": {
            "open": {
                "on": {
                    "news": {"by": ["everyone", "engine"], "do": [{"send": {"event": "news", "to": "link:twin"}}]},
                    "close": {"to": "closed", "by": "everyone"},
                }
            },
            "closed": {"final": True},
        },
    }
)


async def test_twins_that_wake_each_other_come_to_rest(desk: TicketClient) -> None:
    """The event goes back and forth fifty times; then one twin shows the problem, and both take their next event."""
    twins = [await desk.start(key, now=int(time.time()), process=PROCESS) for key in ("TWN-1", "TWN-2")]
    for twin, other in zip(twins, reversed(twins), strict=True):
        await twin.event(Edit(ALICE, {"twin": other.key}))
    await twins[0].send("news")
    await desk.memory.until(lambda: "problem" in desk.memory.timeline("TWN-1"))
    taken = [desk.memory.timeline(twin.key).count("event") for twin in twins]
    assert sum(taken) == MOST_HOPS + 1
    shown = [[problem.code for problem in (await twin.view()).snapshot.problems] for twin in twins]
    assert shown == [["too_many_hops"], []]
    for twin in twins:
        assert (await twin.send("close")).states == ("closed",)
