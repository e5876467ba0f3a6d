"""``eventually``: somebody, time or an outcome can always bring a ticket on (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from definitions.problems import Problem
from definitions.source import Source
from workflows.engine.proofs.everything import Everything
from workflows.engine.proofs.exploring import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.reporting import any_of, problem_at, too_large
from workflows.engine.proofs.situation import Situation


def prove_eventually(everything: Everything, source: Source, index: int) -> Iterator[Problem]:
    """The problems of the ``index``-th invariant: of the situations with no way on, the nearest."""
    wanted = everything.compiled.process.invariants[index].eventually
    if any(state not in everything.compiled.states for state in wanted) or _is_sure(everything, wanted):
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
    return not ends or _is_sure(everything, ends)


def _is_sure(everything: Everything, wanted: Collection[str]) -> bool:
    """Whether the states can be reached from everywhere by what no guard forbids: then no guard has to be looked at."""
    coarse = everything.coarse
    return coarse.complete and not any(True for _ in stuck_in(coarse, wanted, only_counting=True, only_certain=True))


def stuck_in(
    exploration: Exploration, wanted: Collection[str], *, only_counting: bool, only_certain: bool = False
) -> Iterator[Situation]:
    """Situations at rest from which none of the states can be reached, nearest first.

    What was not explored may lead anywhere.
    """
    good = _leading_to(exploration, wanted, only_counting, only_certain)
    for situation in exploration.came:
        if situation.phase == "settled" and situation not in good and situation not in exploration.split:
            yield situation


def _leading_to(
    exploration: Exploration, wanted: Collection[str], only_counting: bool, only_certain: bool
) -> set[Situation]:
    before: defaultdict[Situation, list[Situation]] = defaultdict(list)
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
    found = set(good)
    while good:
        for situation in before[good.pop()]:
            if situation not in found:
                found.add(situation)
                good.append(situation)
    return found


def leaf_of(exploration: Exploration, situation: Situation) -> str:
    """The state that a person would say the ticket is in."""
    leaves = exploration.question.compiled.chart.leaves
    return next(state for state in situation.active if state in leaves)
