"""Warnings from the exploration: approvals that guards make unreachable, and dead ends.

The checks report states that are unreachable whatever their guards.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.proofs.eventually_invariants import can_always_end, leaf_of, stuck_in
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.reachability import Reachability
from workflows.engine.proofs.report import path_of_state, problem_at

LINT_STATES = 4_000
"""The bound of an exploration for warnings alone, which are worth less time than proofs."""


def lint(reachability: Reachability, source: Source) -> Iterator[Problem]:
    """The warnings of a process; none from an exploration that reaches its bound."""
    limit = min(LINT_STATES, reachability.limit)
    yield from _approvals_never_reached(reachability, source, limit)
    invariants = reachability.compiled.process.invariants
    if not any(invariant.eventually for invariant in invariants) and not can_always_end(reachability):
        yield from _dead_ends(reachability.exact_within(limit), source)


def _approvals_never_reached(reachability: Reachability, source: Source, limit: int) -> Iterator[Problem]:
    compiled = reachability.compiled
    approvals = [state_id for state_id, state in compiled.process.walk() if state.approval is not None]
    if not approvals:
        return
    exploration = reachability.exact_within(limit, until=approvals)
    reached = {state for abstract in exploration.reached for state in abstract.active}
    for state_id in approvals if exploration.complete else ():
        if state_id not in reached:
            message = f"no ticket can reach the approval of '{state_id}'"
            hint = "the guards on the way to it never hold, or no person of the organization may take that way"
            where = path_of_state(compiled, state_id)
            yield problem_at(source, where, "approval-never-reached", message, hint, "warning")


def _dead_ends(exploration: Exploration, source: Source) -> Iterator[Problem]:
    """A warning for each state in which a ticket can no longer reach an end of the process."""
    compiled = exploration.prop.compiled
    seen: set[str] = set()
    for stuck in stuck_in(exploration, compiled.chart.ends, only_performable=False):
        where = leaf_of(exploration, stuck)
        if where in seen:
            continue
        seen.add(where)
        path = path_text(compiled, exploration.prop.tracked, exploration.path_to(stuck), where)
        message = f"a ticket in '{where}' can no longer reach a final state: {path}"
        hint = "give the state a way to a final state for these values"
        yield problem_at(source, path_of_state(compiled, where), "dead-end", message, hint, "warning")
