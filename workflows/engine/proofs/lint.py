"""Warnings that fall out of the exploration: approvals that no ticket comes to, and dead ends, by the guards there are.

What can't be reached whatever the guards say is an error of the checks.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.proofs.eventually_invariants import is_surely_ended, leaf_of, stuck_in
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.reachability import Everything
from workflows.engine.proofs.report import path_of_state, problem_at

LINT_SITUATIONS = 4_000
"""A process with more is not looked at any further: only proofs are worth the time."""


def lint(everything: Everything, source: Source) -> Iterator[Problem]:
    """Warnings; nothing where the exploration had to be given up."""
    limit = min(LINT_SITUATIONS, everything.limit)
    yield from _approvals_never_reached(everything, source, limit)
    invariants = everything.compiled.process.invariants
    if not any(invariant.eventually for invariant in invariants) and not is_surely_ended(everything):
        yield from _dead_ends(everything.exact_within(limit), source)


def _approvals_never_reached(everything: Everything, source: Source, limit: int) -> Iterator[Problem]:
    compiled = everything.compiled
    approvals = [state_id for state_id, state in compiled.process.walk() if state.approval is not None]
    if not approvals:
        return
    exploration = everything.exact_within(limit, until=approvals)
    reached = {state for situation in exploration.came for state in situation.active}
    for state_id in approvals if exploration.complete else ():
        if state_id not in reached:
            message = f"no ticket ever comes to the approval of '{state_id}'"
            hint = "the guards on the way to it never hold, or nobody of the organization may go there"
            where = path_of_state(compiled, state_id)
            yield problem_at(source, where, "approval-never-reached", message, hint, "warning")


def _dead_ends(exploration: Exploration, source: Source) -> Iterator[Problem]:
    """One a state, of situations from which no end of the process can be reached."""
    compiled = exploration.question.compiled
    seen: set[str] = set()
    for stuck in stuck_in(exploration, compiled.chart.ends, only_counting=False):
        where = leaf_of(exploration, stuck)
        if where in seen:
            continue
        seen.add(where)
        path = path_text(compiled, exploration.question.tracked, exploration.path_to(stuck), where)
        message = f"a ticket in '{where}' can't be ended any more: {path}"
        hint = "give it a way to a final state for these values"
        yield problem_at(source, path_of_state(compiled, where), "dead-end", message, hint, "warning")
