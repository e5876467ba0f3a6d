"""Work for an assignee in states that a path reaches unassigned (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from workflows.engine.proofs.abstract_state import SOME_ASSIGNEE, AbstractState
from workflows.engine.proofs.domains import ASSIGNEE
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.proofs.reachability import Reachability
from workflows.engine.proofs.report import path_of_rule, path_of_state, problem_at


def unassigned_work(reachability: Reachability, source: Source) -> Iterator[Problem]:
    """The tasks for the assignee, and events that only the assignee may send, in states that are reached unassigned."""
    if ASSIGNEE not in reachability.coarse.prop.domains:
        return
    coarse = reachability.coarse
    if not coarse.complete or any(True for _ in _found(coarse, source, reachability.actors)):
        yield from _found(reachability.exact, source, reachability.actors)


def _found(exploration: Exploration, source: Source, actors: PossibleActors) -> Iterator[Problem]:
    compiled = exploration.prop.compiled
    without = _reached_unassigned(exploration)
    for state_id, abstract in without.items():
        state = compiled.states[state_id]
        for index, task in enumerate(state.tasks or ()):
            if task.assign == ASSIGNEE:
                where: Path = (*path_of_state(compiled, state_id), "tasks", index, "assign")
                yield _problem(exploration, source, where, f"task '{task.id}' is for the assignee", state_id, abstract)
        if abstract.phase != "stable" or _can_assign(exploration, abstract, state_id):
            continue
        for index in compiled.chart.states[state_id].transitions:
            rule = compiled.rules[index]
            by = rule.transition.by
            if rule.event and not rule.outcome_only and by and actors.needs_assignee(by):
                where = (*path_of_rule(compiled, source, rule), "by")
                text = f"only the assignee may send '{rule.event}'"
                yield _problem(exploration, source, where, text, state_id, abstract)


def _problem(
    exploration: Exploration, source: Source, where: Path, text: str, state: str, abstract: AbstractState
) -> Problem:
    compiled = exploration.prop.compiled
    path = path_text(compiled, exploration.prop.tracked, exploration.path_to(abstract), state)
    hint = f"assign the ticket on every path to '{state}', or name another principal as well"
    message = f"{text}, and a path reaches '{state}' without an assignee: {path}"
    return problem_at(source, where, "unassigned", message, hint)


def _reached_unassigned(exploration: Exploration) -> dict[str, AbstractState]:
    """For each state, the nearest abstract state in it without an assignee; a stable one, if there is one."""
    place = exploration.prop.tracked.index(ASSIGNEE)
    found: dict[str, AbstractState] = {}
    for abstract in exploration.reached:
        if None not in abstract.values[place]:
            continue
        for state in abstract.active:
            known = found.get(state)
            if known is None or (known.phase != "stable" and abstract.phase == "stable"):
                found[state] = abstract
    return found


def _can_assign(exploration: Exploration, start: AbstractState, state: str) -> bool:
    """Whether the ticket can be assigned while it stays in the state."""
    place = exploration.prop.tracked.index(ASSIGNEE)
    seen, ahead = {start}, [start]
    while ahead:
        for successor in exploration.successors.get(ahead.pop(), ()):
            after = successor.state
            if state not in after.active or after in seen or not successor.performable:
                continue
            if after.values[place] == (SOME_ASSIGNEE,):
                return True
            seen.add(after)
            ahead.append(after)
    return False
