"""``eventually``: somebody, time or an outcome can always bring a ticket on (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from definitions.problems import Problem
from definitions.source import Source
from workflows.engine.proofs.exploring import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.reporting import any_of, path_of_state, problem_at, too_large
from workflows.engine.proofs.situation import Situation


def prove_eventually(exploration: Exploration, source: Source, index: int) -> Iterator[Problem]:
    """The problems of the ``index``-th invariant: of the situations with no way on, the nearest."""
    compiled = exploration.question.compiled
    wanted = compiled.process.invariants[index].eventually
    if any(state not in compiled.states for state in wanted):
        return
    place = ("invariants", index)
    stuck = next(iter(_stuck(exploration, wanted, only_counting=True)), None)
    if stuck is not None:
        where = _leaf(exploration, stuck)
        path = path_text(compiled, exploration.question.tracked, exploration.path_to(stuck), where)
        message = f"from '{where}' nobody can bring the ticket to {any_of(wanted)}: {path}"
        hint = f"give '{where}' a transition that somebody of the organization can take here, or a timed one"
        yield problem_at(source, place, "invariant-broken", message, hint)
    elif not exploration.complete:
        yield too_large(source, place, len(exploration.ways))


def dead_ends(exploration: Exploration, source: Source) -> Iterator[Problem]:
    """Warnings, one a state, of situations from which no end of the process can be reached."""
    compiled = exploration.question.compiled
    if not compiled.chart.ends:
        return
    seen: set[str] = set()
    for stuck in _stuck(exploration, compiled.chart.ends, only_counting=False):
        where = _leaf(exploration, stuck)
        if where in seen:
            continue
        seen.add(where)
        path = path_text(compiled, exploration.question.tracked, exploration.path_to(stuck), where)
        message = f"a ticket in '{where}' can't be ended any more: {path}"
        hint = "give it a way to a final state for these values"
        yield problem_at(source, path_of_state(compiled, where), "dead-end", message, hint, "warning")


def _stuck(exploration: Exploration, wanted: Collection[str], *, only_counting: bool) -> Iterator[Situation]:
    """Situations at rest from which none of the states can be reached, nearest first.

    What was not explored may lead anywhere.
    """
    good = _leading_to(exploration, wanted, only_counting)
    for situation in exploration.came:
        if situation.phase == "settled" and situation not in good:
            yield situation


def _leading_to(exploration: Exploration, wanted: Collection[str], only_counting: bool) -> set[Situation]:
    before: defaultdict[Situation, list[Situation]] = defaultdict(list)
    names = frozenset(wanted)
    good = [
        situation
        for situation in exploration.came
        if not names.isdisjoint(situation.active) or situation not in exploration.ways
    ]
    for situation, arrivals in exploration.ways.items():
        for arrival in arrivals:
            if arrival.counts or not only_counting:
                before[arrival.situation].append(situation)
    found = set(good)
    while good:
        for situation in before[good.pop()]:
            if situation not in found:
                found.add(situation)
                good.append(situation)
    return found


def _leaf(exploration: Exploration, situation: Situation) -> str:
    leaves = exploration.question.compiled.chart.leaves
    return next(state for state in situation.active if state in leaves)
