"""``eventually``: from every reachable state, actors, time and outcomes can reach a target (LANGUAGE, section 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.proofs.abstract_state import AbstractState
from workflows.engine.proofs.cone_of_influence import decisive_names_beside
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.reachability import Reachability
from workflows.engine.proofs.report import any_of, problem_at, too_large


def prove_eventually(reachability: Reachability, source: Source, index: int) -> Iterator[Problem]:
    """The problems of the ``index``-th invariant, an ``eventually``, with the path to the nearest stuck state."""
    targets = reachability.compiled.process.invariants[index].eventually
    if any(state not in reachability.compiled.states for state in targets) or is_always_reachable(
        reachability, targets
    ):
        return
    exploration = reachability.exact
    compiled, place = reachability.compiled, ("invariants", index)
    stuck = nearest_stuck(reachability, index)
    if stuck is not None:
        where = leaf_of(exploration, stuck)
        path = path_text(compiled, exploration.prop.tracked, exploration.path_to(stuck), where)
        message = f"from '{where}' the ticket can't reach {any_of(targets)}: {path}"
        hint = f"give '{where}' a transition that a person of the organization can take here, or a timed one"
        yield problem_at(source, place, "invariant-broken", message, hint)
    elif not exploration.complete:
        yield too_large(source, place, reachability.limit, reachability.expressions)


def nearest_stuck(reachability: Reachability, index: int) -> AbstractState | None:
    """The nearest abstract state that breaks the ``index``-th invariant."""
    targets = reachability.compiled.process.invariants[index].eventually
    return next(stuck_in(reachability.exact, targets, only_performable=True), None)


def can_always_end(reachability: Reachability) -> bool:
    """Whether every ticket can reach an end of the process, whatever its guards; True for a process without an end."""
    ends = reachability.compiled.chart.ends
    return not ends or is_always_reachable(reachability, ends)


def is_always_reachable(reachability: Reachability, targets: Collection[str]) -> bool:
    """Whether the targets are reachable from every stable state by certain steps, which no undecided guard can forbid.

    The first exploration takes every guard both ways; each further one also decides the guards between the states that
    surely reach a target and the states that do not.
    """
    names: set[str] = set()
    while True:
        found = reachability.tracking(names)
        reaching = _reaching(found, targets, only_performable=True, only_certain=True)
        if not found.complete or not any(True for _ in _stable_outside(found, reaching)):
            return found.complete
        taken = (
            index
            for abstract, successors in found.successors.items()
            for successor in successors
            if successor.performable
            and not successor.certain
            and abstract not in reaching
            and successor.state in reaching
            for index in successor.taken
        )
        more = decisive_names_beside(reachability.compiled, reachability.expressions, taken) - set(found.prop.tracked)
        if not more:
            return False
        names |= more


def stuck_in(exploration: Exploration, targets: Collection[str], *, only_performable: bool) -> Iterator[AbstractState]:
    """The stable states that can reach none of the targets, nearest first.

    An abstract state that was not explored is assumed to reach them.
    """
    yield from _stable_outside(exploration, _reaching(exploration, targets, only_performable=only_performable))


def _stable_outside(exploration: Exploration, reaching: Collection[AbstractState]) -> Iterator[AbstractState]:
    for abstract in exploration.reached:
        if abstract.phase == "stable" and abstract not in reaching and abstract not in exploration.split:
            yield abstract


def _reaching(
    exploration: Exploration, targets: Collection[str], *, only_performable: bool, only_certain: bool = False
) -> set[AbstractState]:
    """The abstract states that reach a target, by backward search; those that were not explored among them.

    An unstable state takes one of its successors, whatever the undecided guards: it reaches a target if all of them do.
    That does not hold where an outcome is due: time or a block may come first, and need not.
    """
    before: defaultdict[AbstractState, list[AbstractState]] = defaultdict(list)
    unstable_before: defaultdict[AbstractState, list[AbstractState]] = defaultdict(list)
    open_successors: dict[AbstractState, int] = {}
    names = frozenset(targets)
    ahead = [
        abstract
        for abstract in exploration.reached
        if not names.isdisjoint(abstract.active) or abstract not in exploration.successors
    ]
    for abstract, successors in exploration.successors.items():
        for successor in successors:
            if (successor.performable or not only_performable) and (successor.certain or not only_certain):
                before[successor.state].append(abstract)
        if abstract.phase == "unstable":
            after = {successor.state for successor in successors}
            open_successors[abstract] = len(after)
            for state in after:
                unstable_before[state].append(abstract)
    found = set(ahead)
    while ahead:
        state = ahead.pop()
        for abstract in unstable_before[state]:
            open_successors[abstract] -= 1
        sure = (abstract for abstract in unstable_before[state] if not open_successors[abstract])
        for abstract in (*before[state], *sure):
            if abstract not in found:
                found.add(abstract)
                ahead.append(abstract)
    return found


def leaf_of(exploration: Exploration, abstract: AbstractState) -> str:
    """The first active leaf: the state that the ticket is in, as people say it."""
    leaves = exploration.prop.compiled.chart.leaves
    return next(state for state in abstract.active if state in leaves)
