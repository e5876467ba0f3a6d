"""``eventually``: somebody, time or an outcome can always bring a ticket on (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.proofs.abstract_state import Situation
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.property import decisive_beside
from workflows.engine.proofs.reachability import Everything
from workflows.engine.proofs.report import any_of, problem_at, too_large


def prove_eventually(everything: Everything, source: Source, index: int) -> Iterator[Problem]:
    """The problems of the ``index``-th invariant: of the situations with no way on, the nearest."""
    wanted = everything.compiled.process.invariants[index].eventually
    if any(state not in everything.compiled.states for state in wanted) or is_sure(everything, wanted):
        return
    exploration = everything.exact
    compiled, place = everything.compiled, ("invariants", index)
    stuck = nearest_stuck(everything, index)
    if stuck is not None:
        where = leaf_of(exploration, stuck)
        path = path_text(compiled, exploration.question.tracked, exploration.path_to(stuck), where)
        message = f"from '{where}' nobody can bring the ticket to {any_of(wanted)}: {path}"
        hint = f"give '{where}' a transition that somebody of the organization can take here, or a timed one"
        yield problem_at(source, place, "invariant-broken", message, hint)
    elif not exploration.complete:
        yield too_large(source, place, everything.limit)


def nearest_stuck(everything: Everything, index: int) -> Situation | None:
    """The nearest situation that breaks the ``index``-th invariant."""
    wanted = everything.compiled.process.invariants[index].eventually
    return next(stuck_in(everything.exact, wanted, only_counting=True), None)


def is_surely_ended(everything: Everything) -> bool:
    """Whether every ticket can be ended, whatever guards say; also where the process has no end."""
    ends = everything.compiled.chart.ends
    return not ends or is_sure(everything, ends)


def is_sure(everything: Everything, wanted: Collection[str]) -> bool:
    """Whether the states can be reached from everywhere by what no guard forbids that has not been looked at.

    First none is; then those that stand between situations with a way and situations without one.
    """
    names: set[str] = set()
    while True:
        found = everything.telling_apart(names)
        good = _leading_to(found, wanted, only_counting=True, only_certain=True)
        if not found.complete or not any(True for _ in _at_rest_outside(found, good)):
            return found.complete
        taken = (
            index
            for situation, arrivals in found.ways.items()
            for arrival in arrivals
            if arrival.counts and not arrival.certain and situation not in good and arrival.situation in good
            for index in arrival.taken
        )
        more = decisive_beside(everything.compiled, everything.expressions, taken) - set(found.question.tracked)
        if not more:
            return False
        names |= more


def stuck_in(exploration: Exploration, wanted: Collection[str], *, only_counting: bool) -> Iterator[Situation]:
    """Situations at rest from which none of the states can be reached, nearest first.

    What was not explored may lead anywhere.
    """
    yield from _at_rest_outside(exploration, _leading_to(exploration, wanted, only_counting=only_counting))


def _at_rest_outside(exploration: Exploration, good: Collection[Situation]) -> Iterator[Situation]:
    for situation in exploration.came:
        if situation.phase == "settled" and situation not in good and situation not in exploration.split:
            yield situation


def _leading_to(
    exploration: Exploration, wanted: Collection[str], *, only_counting: bool, only_certain: bool = False
) -> set[Situation]:
    """What leads to the states, or was not explored.

    Where a ticket is not at rest, one of the ways is taken, whatever is known: it leads there when all of them do.
    """
    before: defaultdict[Situation, list[Situation]] = defaultdict(list)
    one_of: defaultdict[Situation, list[Situation]] = defaultdict(list)
    open_ways: dict[Situation, int] = {}
    names = frozenset(wanted)
    good = [
        situation
        for situation in exploration.came
        if not names.isdisjoint(situation.active) or situation not in exploration.ways
    ]
    for situation, arrivals in exploration.ways.items():
        for arrival in arrivals:
            if (arrival.counts or not only_counting) and (arrival.certain or not only_certain):
                before[arrival.situation].append(situation)
        if situation.phase != "settled":
            ahead = {arrival.situation for arrival in arrivals}
            open_ways[situation] = len(ahead)
            for after in ahead:
                one_of[after].append(situation)
    found = set(good)
    while good:
        after = good.pop()
        for situation in one_of[after]:
            open_ways[situation] -= 1
        sure = (situation for situation in one_of[after] if not open_ways[situation])
        for situation in (*before[after], *sure):
            if situation not in found:
                found.add(situation)
                good.append(situation)
    return found


def leaf_of(exploration: Exploration, situation: Situation) -> str:
    """The state that a person would say the ticket is in."""
    leaves = exploration.question.compiled.chart.leaves
    return next(state for state in situation.active if state in leaves)
