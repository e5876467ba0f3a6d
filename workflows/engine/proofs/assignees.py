"""Work for an assignee whom a path does not give (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from workflows.engine.proofs.abstract_state import SOMEBODY, Situation
from workflows.engine.proofs.domains import ASSIGNEE
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.possible_actors import Somebody
from workflows.engine.proofs.reachability import Everything
from workflows.engine.proofs.report import path_of_rule, path_of_state, problem_at


def unassigned_work(everything: Everything, source: Source) -> Iterator[Problem]:
    """Tasks for the assignee, and events that the assignee alone may send, in states that a path reaches unassigned."""
    if ASSIGNEE not in everything.coarse.question.domains:
        return
    coarse = everything.coarse
    if not coarse.complete or any(True for _ in _found(coarse, source, everything.somebody)):
        yield from _found(everything.exact, source, everything.somebody)


def _found(exploration: Exploration, source: Source, somebody: Somebody) -> Iterator[Problem]:
    compiled = exploration.question.compiled
    without = _reached_unassigned(exploration)
    for state_id, situation in without.items():
        state = compiled.states[state_id]
        for index, task in enumerate(state.tasks or ()):
            if task.assign == ASSIGNEE:
                where: Path = (*path_of_state(compiled, state_id), "tasks", index, "assign")
                yield _problem(exploration, source, where, f"task '{task.id}' is for the assignee", state_id, situation)
        if situation.phase != "settled" or _can_assign(exploration, situation, state_id):
            continue
        for index in compiled.chart.states[state_id].transitions:
            rule = compiled.rules[index]
            by = rule.transition.by
            if rule.event and not rule.outcome_only and by and somebody.only_assignee(by):
                where = (*path_of_rule(compiled, source, rule), "by")
                text = f"only the assignee may send '{rule.event}'"
                yield _problem(exploration, source, where, text, state_id, situation)


def _problem(
    exploration: Exploration, source: Source, where: Path, text: str, state: str, situation: Situation
) -> Problem:
    compiled = exploration.question.compiled
    path = path_text(compiled, exploration.question.tracked, exploration.path_to(situation), state)
    hint = f"assign the ticket on every way to '{state}', or name somebody else as well"
    return problem_at(source, where, "unassigned", f"{text}, and '{state}' is reached without one: {path}", hint)


def _reached_unassigned(exploration: Exploration) -> dict[str, Situation]:
    """For each state the nearest situation in it without an assignee; one at rest, where there is one."""
    place = exploration.question.tracked.index(ASSIGNEE)
    found: dict[str, Situation] = {}
    for situation in exploration.came:
        if None not in situation.values[place]:
            continue
        for state in situation.active:
            known = found.get(state)
            if known is None or (known.phase != "settled" and situation.phase == "settled"):
                found[state] = situation
    return found


def _can_assign(exploration: Exploration, start: Situation, state: str) -> bool:
    """Whether somebody can be assigned while the ticket stays in the state."""
    place = exploration.question.tracked.index(ASSIGNEE)
    seen, ahead = {start}, [start]
    while ahead:
        for arrival in exploration.ways.get(ahead.pop(), ()):
            after = arrival.situation
            if state not in after.active or after in seen or not arrival.counts:
                continue
            if after.values[place] == (SOMEBODY,):
                return True
            seen.add(after)
            ahead.append(after)
    return False
