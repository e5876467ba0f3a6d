"""Opening tickets that no person asks for: of schedules, and of other tickets.

The answer is everything that the asking workflow needs to start the ticket itself. The same id is the same ticket
however often it is asked for: number and id are kept in one transaction, and Temporal takes a workflow id only once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from activities.records.counters import Start
from activities.records.store import Records
from activities.world import World
from definitions.people.directory import Actor
from definitions.people.references import facts, unknown, with_defaults
from definitions.times import Instant
from workflows.contracts import OpenAnswer, OpenRequest, OpenWorkflowRequest
from workflows.engine.compiled import compile_pinned
from workflows.engine.model.events import Open
from workflows.engine.model.result import Refusal
from workflows.engine.step import step

SCHEDULE = "schedule"


def open_ticket(world: World, records: Records, request: OpenRequest, at: Instant) -> OpenAnswer:
    """A number and a definition for the ticket, tried out at ``at`` (UTC seconds): a refused opening uses no number.

    Raises SQLAlchemy errors when the records are away: ask again.
    """
    file = world.processes.get(request.process)
    if file is None:
        return OpenAnswer(problem=f"there is no process '{request.process}' any more")
    process = file.process
    fields = request.fields
    wrong = unknown(world.organization, process, fields)
    if wrong:
        return OpenAnswer(problem="; ".join(wrong.values()))
    pinned = world.pinned(request.process, at)
    opening = Open(
        key=f"{process.prefix}-0",
        actor=Actor(request.actor),
        fields=fields,
        services=facts(world.directory, process, with_defaults(process, fields)),
        parent=request.parent,
        declared=request.actor == SCHEDULE,
        organization=world.directory.digest,
    )
    tried = step(compile_pinned(pinned), None, opening, at)
    if isinstance(tried, Refusal):
        return OpenAnswer(problem=f"{tried.code}: {tried.reason}")
    allocation = records.allocate(
        Start(
            scope=request.actor,
            start_key=request.id,
            body_hash="",  # the id alone says what is opened: it is made by the engine, never by a caller
            process=process.process,
            prefix=process.prefix,
            at=at,
        )
    )
    if allocation.status == "conflict":
        return OpenAnswer(problem=f"{request.id} has opened {allocation.key} of another process")
    return OpenAnswer(allocation.key, pinned, replace(opening, key=allocation.key), allocation.status == "existing")


def open_workflow(known: Collection[str], request: OpenWorkflowRequest) -> OpenAnswer:
    """The id of its start is the key of a workflow written in Python: nobody has to remember a number."""
    if request.name not in known:
        return OpenAnswer(problem=f"no worker here runs a workflow {request.name!r}")
    return OpenAnswer(key=request.id)
