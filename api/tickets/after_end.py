"""Comments on tickets whose workflow is complete, and corrections of their times (LANGUAGE, 4 and 6; docs/adr/0006)."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import TypeAdapter

from activities.records.appending import Addition, Appended
from api.clock import now
from api.problems import refused, unknown_ticket
from api.records import RecordsAtTheEdge
from api.tickets.visibility import Visibility
from workflows.contracts import RecordedStep
from workflows.engine.compiled import Compiled
from workflows.engine.model.events import Comment, Correct
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.service_levels.recorded_runs import recorded_runs
from workflows.engine.step import step
from workflows.ticket.messages import EventResult

_results = TypeAdapter(EventResult)


class AfterEnd:
    """Takes comments and corrections of ended tickets: the same core steps them on the records."""

    def __init__(self, records: RecordsAtTheEdge, visibility: Visibility) -> None:
        self._records = records
        self._visibility = visibility

    async def take(
        self,
        ticket: str,
        event: Comment | Correct,
        own: Compiled | None,
        *,
        key: str,
        request_hash: str,
        expected_revision: int | None,
    ) -> EventResult:
        """The result, the same for the same ``key``, by the definition that the ticket carries, where it is known.

        Raises Away, RequestRefused.
        """

        def take(snapshot: Snapshot, calendars: str | None) -> Addition:
            if expected_revision not in (None, snapshot.revision):
                raise refused(Refusal("stale", f"the ticket is at revision {snapshot.revision}"))
            return self._taken(snapshot, own or self._visibility.compiled(snapshot, calendars), event, request_hash)

        appended: Appended | None = await self._records.write(
            lambda records: records.append(ticket, key, request_hash, take)
        )
        if appended is None:
            raise unknown_ticket(ticket)
        if appended.status == "reused":
            raise refused(Refusal("key_reused", "this idempotency key was used for another request"))
        return _results.validate_python(appended.answer)

    def _taken(
        self, snapshot: Snapshot, compiled: Compiled | None, event: Comment | Correct, request_hash: str
    ) -> Addition:
        if compiled is None or not _fits(compiled, snapshot):
            raise refused(Refusal("ended", f"{snapshot.key} has ended, and its process no longer exists"))
        added = addition(compiled, snapshot, event, now(), request_hash)
        if isinstance(added, Refusal):
            raise refused(added)
        return added


def addition(
    compiled: Compiled, snapshot: Snapshot, event: Comment | Correct, at: int, request_hash: str = ""
) -> Addition | Refusal:
    """What the records add to an ended ticket by an event."""
    taken = step(compiled, snapshot, event, at)
    if isinstance(taken, Refusal):
        return taken
    after = taken.snapshot
    result = EventResult(
        after.key,
        after.revision,
        after.at,
        after.configuration,
        after.assignee,
        after.ended_at,
        after.failed,
        request_hash,
    )
    moved = after.clocks.items() if isinstance(event, Correct) else ()
    runs = tuple(run for name, clock in moved for run in recorded_runs(compiled, name, clock))
    return Addition(after, RecordedStep(after.revision, taken.audit), asdict(result), runs)


def _fits(compiled: Compiled, snapshot: Snapshot) -> bool:
    """Whether the present process still has the states in which the ticket ended."""
    return all(state in compiled.states for state in snapshot.configuration)
