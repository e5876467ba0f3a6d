"""Gives a ticket that a schedule or another ticket opens its number, and all that its workflow starts with.

An opening is tried out before it gets a number (``World.openable``), so that a refused one uses none. The same start is
the same ticket however often it is asked for: number and start are kept in one transaction, and Temporal takes a
workflow id only once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import partial

from activities.records.counters import TicketStart, TooManyStartsError
from activities.records.store import Records
from activities.world import World
from definitions.people.directory import Actor
from definitions.people.principals import PrincipalError
from definitions.people.references import there_is_no
from definitions.times import Instant
from workflows.contracts import KeyUse, OpenAnswer, OpenRequest, OpenWorkflowRequest
from workflows.engine.draft.links import keys_in, linked
from workflows.engine.model.result import Refusal

LOG = logging.getLogger("stanchion.opening")
SCHEDULE = "schedule"
KeyCheck = Callable[[OpenRequest, OpenAnswer], Awaitable[KeyUse]]
"""Tells which start, if any, has begun a workflow of the answer's key."""


def open_ticket(world: World, records: Records, request: OpenRequest, at: Instant) -> OpenAnswer:
    """All that the asking workflow needs to start a ticket of a schedule or of another ticket; or why it is refused.

    The ticket opens at the time of the request, or at ``at`` where the request has none (UTC seconds).

    Raises SQLAlchemy errors when the records are away: ask again.
    """
    if request.process not in world.processes:
        return OpenAnswer(problem=f"there is no process '{request.process}' any more")
    if problem := _open_ends(world, records, request):
        return OpenAnswer(problem=problem)
    actor, declared = Actor(request.actor), request.actor == SCHEDULE
    at = at if request.at is None else request.at
    openable = world.openable(request.process, at)
    trial = openable.try_out(
        actor, request.fields, at, parent=request.parent, declared=declared, hops=request.hops, chain=request.chain
    )
    if isinstance(trial, Refusal):
        return OpenAnswer(problem=f"{trial.code}: {trial.reason}")
    start = TicketStart(
        scope=request.actor,
        start_key=request.id,
        body_hash="",  # the engine makes the id, never a caller: it alone identifies what is opened
        process=trial.process.process,
        prefix=trial.process.prefix,
        at=at,
        chain=request.chain,
    )
    try:
        allocation = records.allocate(start)
    except TooManyStartsError as error:
        return OpenAnswer(problem=f"too_many_hops: {error}")
    if allocation.status == "conflict":
        return OpenAnswer(problem=f"{request.id} has opened {allocation.key} of another process")
    opening = trial.numbered(allocation.key)
    return OpenAnswer(allocation.key, trial.pinned, opening, allocation.status == "existing")


def _open_ends(world: World, records: Records, request: OpenRequest) -> str | None:
    """Why a ticket can't be opened with these links: a key that its parent has from a text, and does not link itself.

    Such a key must be of a ticket that the person who has opened the parent may see; None where it is.
    """
    parent = records.get(request.parent.key) if request.parent else None
    if parent is None or ":" in parent.row.opener:
        return None
    of_parent = world.processes.get(parent.row.process)
    links = linked(of_parent.process, parent.row.fields.items()) if of_parent else {}
    texts = {key for name, value in parent.row.fields.items() if name not in links for key in keys_in(value)}
    texts -= {parent.row.key, *(key for keys in links.values() for key in keys)}
    for name, keys in linked(world.processes[request.process].process, request.fields.items()).items():
        hidden = [key for key in keys if key in texts and not _may_see(world, records, parent.row.opener, key)]
        if hidden:
            return f"invalid_fields: {name}: {there_is_no('ticket', hidden)}"
    return None


def _may_see(world: World, records: Records, person: str, key: str) -> bool:
    audience = records.seen_by(key)
    found = audience.participants if audience else ()
    return "everyone" in found or any(_is_one_of(world, person, bound) for bound in found)


def _is_one_of(world: World, person: str, bound: str) -> bool:
    try:
        return person in world.directory.people(bound)
    except PrincipalError:
        return False  # of a team or role that the organization no longer has


async def with_own_key(records: Records, request: OpenRequest, answer: OpenAnswer, key_use: KeyCheck) -> OpenAnswer:
    """The answer under a key that no other start has. Restored records may give numbers out again.

    Raises what the check raises, and SQLAlchemy errors if the records are away: try again then.
    """
    ahead, used = 1, await key_use(request, answer)
    while used == "another" and answer.key is not None and answer.opening is not None:
        number = partial(records.renumber, request.actor, request.id, answer.key, ahead)
        key = await asyncio.to_thread(number)
        LOG.warning(
            "Temporal already has another %s, so the records are older than Temporal. The start continues as %s",
            answer.key,
            key,
        )
        answer = replace(answer, key=key, opening=replace(answer.opening, key=key))
        ahead, used = 2 * ahead, await key_use(request, answer)
    return replace(answer, already=True) if used == "same" else answer


def open_workflow(known: Collection[str], request: OpenWorkflowRequest) -> OpenAnswer:
    """The key of a workflow in Python is the id of its start: it has no number."""
    if request.name not in known:
        return OpenAnswer(problem=f"no worker here runs a workflow {request.name!r}")
    return OpenAnswer(key=request.id)
