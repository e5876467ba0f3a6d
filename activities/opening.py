"""The one way to open a ticket, for a person, a trigger, a schedule, another ticket and a seeded month.

An opening is tried out on the core before it gets a number, so that a refused one uses none. The same start is the same
ticket however often it is asked for: number and start are kept in one transaction, and Temporal takes a workflow id
only once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from activities.records.counters import TicketStart
from activities.records.store import Records
from activities.world import World
from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.contracts import OpenAnswer, OpenRequest, OpenWorkflowRequest
from workflows.engine.model.automation import Parent
from workflows.engine.model.events import Send
from workflows.engine.model.result import Refusal
from workflows.engine.opening_trial import Openable, OpeningTrial

SCHEDULE = "schedule"


def try_out(
    world: World,
    process: str,
    actor: Actor,
    fields: Mapping[str, Json],
    at: Instant,
    *,
    parent: Parent | None = None,
    declared: bool = False,
    first: Send | None = None,
    hops: int = 0,
) -> OpeningTrial | Refusal:
    """An opening at ``at`` (UTC seconds) with the event that follows it, or why one of them is refused.

    Values that name nobody are refused; facts of services are added, for the ``first`` event too. Nothing is written.
    Raises KeyError for an unknown process.
    """
    definition = world.processes[process].process
    openable = Openable(definition, world.pinned(process, at), world.organization, world.directory)
    return openable.try_out(actor, fields, at, parent=parent, declared=declared, first=first, hops=hops)


def open_ticket(world: World, records: Records, request: OpenRequest, at: Instant) -> OpenAnswer:
    """All that the asking workflow needs to start a ticket of a schedule or of another ticket; or why it is refused.

    The ticket opens at the time of the request, or at ``at`` where the request has none (UTC seconds).

    Raises SQLAlchemy errors when the records are away: ask again.
    """
    if request.process not in world.processes:
        return OpenAnswer(problem=f"there is no process '{request.process}' any more")
    actor, declared = Actor(request.actor), request.actor == SCHEDULE
    at = at if request.at is None else request.at
    trial = try_out(
        world, request.process, actor, request.fields, at, parent=request.parent, declared=declared, hops=request.hops
    )
    if isinstance(trial, Refusal):
        return OpenAnswer(problem=f"{trial.code}: {trial.reason}")
    allocation = records.allocate(
        TicketStart(
            scope=request.actor,
            start_key=request.id,
            body_hash="",  # the engine makes the id, never a caller: it alone identifies what is opened
            process=trial.process.process,
            prefix=trial.process.prefix,
            at=at,
        )
    )
    if allocation.status == "conflict":
        return OpenAnswer(problem=f"{request.id} has opened {allocation.key} of another process")
    opening = trial.numbered(allocation.key)
    return OpenAnswer(allocation.key, trial.pinned, opening, allocation.status == "existing")


def open_workflow(known: Collection[str], request: OpenWorkflowRequest) -> OpenAnswer:
    """The key of a workflow in Python is the id of its start: it has no number."""
    if request.name not in known:
        return OpenAnswer(problem=f"no worker here runs a workflow {request.name!r}")
    return OpenAnswer(key=request.id)
