"""All proofs of a process, and what is found on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from definitions.digest import digest as digest_of
from definitions.problems import Problem
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.source import Source
from workflows.engine.compiled import Compiled, compile_process, transitions_of
from workflows.engine.proofs.assignees import unassigned_work
from workflows.engine.proofs.eventuallys import dead_ends, prove_eventually
from workflows.engine.proofs.exploring import MOST_SITUATIONS, Exploration, explore
from workflows.engine.proofs.known import ASSIGNEE, Expressions
from workflows.engine.proofs.nevers import prove_never
from workflows.engine.proofs.question import everything
from workflows.engine.proofs.reporting import path_of_state, problem_at
from workflows.engine.proofs.somebody import Somebody

if TYPE_CHECKING:
    from definitions.loader import Loaded


def prove(
    process: Process,
    source: Source,
    organization: Organization,
    digest: str | None = None,
    limit: int = MOST_SITUATIONS,
) -> list[Problem]:
    """Every invariant of a checked process that does not hold, or could not be proved, sorted by place.

    ``digest`` is that of the process, computed where it is not given; ``limit`` bounds the situations of each proof.
    """
    compiled = compile_process(process, digest or digest_of(process), {})
    return sorted(_problems(compiled, source, organization, limit))


def prove_all(loaded: Loaded) -> list[Problem]:
    """The problems of all processes that could be loaded, sorted by place."""
    found = [
        problem
        for one in loaded.processes.values()
        for problem in prove(one.process, one.source, loaded.organization, one.digest)
    ]
    return sorted(found)


def _problems(compiled: Compiled, source: Source, organization: Organization, limit: int) -> Iterator[Problem]:
    expressions = Expressions(compiled)
    somebody = Somebody(compiled.process, organization)
    for index, invariant in enumerate(compiled.process.invariants):
        if invariant.never is not None:
            yield from prove_never(compiled, expressions, source, index, limit)
    question = everything(compiled, expressions, assignee=_needs_assignee(compiled), somebody=somebody)
    exploration = explore(question, keep_ways=True, limit=limit)
    eventually = [index for index, one in enumerate(compiled.process.invariants) if one.eventually]
    for index in eventually:
        yield from prove_eventually(exploration, source, index)
    yield from unassigned_work(exploration, source, somebody)
    if exploration.complete:
        yield from _approvals_never_reached(exploration, source)
        if not eventually:
            yield from dead_ends(exploration, source)


def _needs_assignee(compiled: Compiled) -> bool:
    """Whether anything waits for the assignee."""
    by = any(ASSIGNEE in (one.by or ()) for one in transitions_of(compiled.process))
    return by or any(task.assign == ASSIGNEE for _, state in compiled.process.walk() for task in state.tasks or ())


def _approvals_never_reached(exploration: Exploration, source: Source) -> Iterator[Problem]:
    compiled = exploration.question.compiled
    reached = {state for situation in exploration.came for state in situation.active}
    for state_id, state in compiled.process.walk():
        if state.approval is not None and state_id not in reached:
            message = f"no ticket ever comes to the approval of '{state_id}'"
            hint = "the guards on the way to it never hold, or nobody of the organization may go there"
            where = path_of_state(compiled, state_id)
            yield problem_at(source, where, "approval-never-reached", message, hint, "warning")
