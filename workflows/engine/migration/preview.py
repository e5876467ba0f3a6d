"""The preview of a migration: the differences between the ticket before and after it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from definitions.people.bound import plain
from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.deadlines import advance
from workflows.engine.explain import explain
from workflows.engine.migration.route import Route
from workflows.engine.migration.transfer import migrate
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.events import Renames
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.ticket_entries import TicketMigrated


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline, with its moment (UTC seconds) before and after the migration; None where it does not exist."""

    what: str
    state: str
    before: Instant | None
    after: Instant | None


@dataclass(frozen=True, slots=True)
class ApprovalChange:
    """The effect on an open approval."""

    state: str
    becomes: Literal["kept", "asked anew", "begun", "withdrawn"]
    votes: int
    """The number of its votes, which are void unless it is kept."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The differences of a migration that would be accepted."""

    before: Snapshot
    """The present ticket, after everything that is due."""
    after: Snapshot
    states: tuple[tuple[str, ...], tuple[str, ...]]
    """Active leaves before and after."""
    fields: Mapping[str, tuple[Json, Json]]
    """The values that the migration changes, before and after."""
    deadlines: tuple[Deadline, ...]
    """The deadlines that move, appear or disappear."""
    approvals: tuple[ApprovalChange, ...]
    forgotten: tuple[str, ...]
    """The ended parts that are not carried over."""


def preview(
    old: Compiled, new: Compiled, snapshot: Snapshot, renames: Renames, actor: Actor, now: Instant
) -> Preview | Refusal:
    """Tries a migration at ``now`` (UTC seconds), after everything that is due by then."""
    due = advance(old, snapshot, now)
    before = due[-1].snapshot if due else snapshot
    step = migrate(old, new, before, renames, actor, now)
    if isinstance(step, Refusal):
        return step
    then = advance(new, step.snapshot, now)
    after = then[-1].snapshot if then else step.snapshot
    route = Route(old, new, before, renames)
    entries = (line.entry for line in step.audit)
    migrated = next(entry for entry in entries if isinstance(entry, TicketMigrated))
    return Preview(
        before=before,
        after=after,
        states=(_leaves(old, before), _leaves(new, after)),
        fields=dict(_fields(before, after)),
        deadlines=tuple(_deadlines(route, after, actor, now)),
        approvals=tuple(_approvals(route, step.snapshot)),
        forgotten=migrated.forgotten or (),
    )


def _leaves(compiled: Compiled, snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(state for state in snapshot.configuration if state in compiled.chart.leaves)


def _fields(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, tuple[Json, Json]]]:
    for name in dict.fromkeys((*before.fields, *after.fields)):
        old, new = before.fields.get(name), after.fields.get(name)
        if old != new:
            yield name, (old, new)
    if before.assignee != after.assignee:
        yield "assignee", (plain(before.assignee), plain(after.assignee))


def _deadlines(route: Route, after: Snapshot, actor: Actor, now: Instant) -> Iterator[Deadline]:
    old = {(one.what, route.name(one.state)): one.at for one in explain(route.old, route.before, actor, now).coming}
    new = {(one.what, one.state): one.at for one in explain(route.new, after, actor, now).coming}
    for what, state in dict.fromkeys((*old, *new)):
        moments = old.get((what, state)), new.get((what, state))
        if moments[0] != moments[1]:
            yield Deadline(what, state, *moments)


def _approvals(route: Route, after: Snapshot) -> Iterator[ApprovalChange]:
    """The approvals after the migration itself, before any further step."""
    seen: set[str] = set()
    for state in route.before.configuration:
        old, target = route.before.approvals.get(state), route.name(state)
        if old is None or old.outcome is not None or route.old.states[state].approval is None:
            continue
        seen.add(target)
        new = after.approvals.get(target)
        kept = new is not None and new.round == old.round and _votes(new) == _votes(old)
        yield ApprovalChange(target, "kept" if kept else "withdrawn" if new is None else "asked anew", _votes(old))
    for state, approval in after.approvals.items():
        if state in after.configuration and state not in seen and approval != route.before.approvals.get(state):
            yield ApprovalChange(state, "begun", 0)


def _votes(approval: ApprovalState) -> int:
    """The number of votes in the present stage and in the stages before it."""
    requests = (*approval.requests, *(one for passed in approval.passed for one in passed.requests))
    return sum(one.vote is not None for one in requests)
