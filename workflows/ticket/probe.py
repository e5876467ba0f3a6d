"""A workflow that is over at once: the answer to its query shows that a worker takes tasks now.

A query of a workflow that has ended writes nothing to history, and only a worker can answer it.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.ticket.names import ALIVE, PROBE


@workflow.defn(name=PROBE)
class Probe:
    """Ends at once, and answers a query for as long as Temporal keeps it."""

    @workflow.run
    async def run(self) -> None:
        """Does nothing."""

    @workflow.query(name=ALIVE)
    def alive(self) -> bool:
        """True: a worker has answered."""
        return True
