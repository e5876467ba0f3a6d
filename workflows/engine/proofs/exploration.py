"""Exploration: the reachable abstract states, breadth first, with a shortest path to each."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from definitions.schema.model import Json
from workflows.engine.proofs.abstract_state import AbstractState, DomainChange, EdgeLabel, Successor
from workflows.engine.proofs.domains import TooMuchWork
from workflows.engine.proofs.property import Property
from workflows.engine.proofs.successors import initial_successors, successors_of

MOST_ABSTRACT_STATES = 25_000
"""The bound of an exploration, beyond which a proof is given up: a count, and so the same on every machine."""
Path = tuple[Successor, ...]


@dataclass(slots=True)
class Exploration:
    """The reachable abstract states; all of them if ``complete``."""

    prop: Property
    reached: dict[AbstractState, tuple[AbstractState | None, Successor]] = field(default_factory=dict)
    """The first edge into each abstract state, with the state that it comes from."""
    successors: dict[AbstractState, tuple[Successor, ...]] = field(default_factory=dict)
    """The edges out of each explored abstract state; empty unless the exploration keeps them."""
    split: set[AbstractState] = field(default_factory=set)
    """Abstract states of which only some tickets can take a step: explored by parts, one for each value of a name."""
    complete: bool = True
    violation: Path | None = None

    def path_to(self, abstract: AbstractState) -> Path:
        """A shortest path from the opening."""
        path: list[Successor] = []
        at: AbstractState | None = abstract
        while at is not None:
            at, successor = self.reached[at]
            path.append(successor)
        return tuple(reversed(path))


class _Search:
    """Breadth-first search. The microsteps of a macrostep add nothing to the length of a path."""

    def __init__(self, prop: Property, *, keep_successors: bool, limit: int, until: frozenset[str]) -> None:
        self.found = Exploration(prop)
        self._keep_successors = keep_successors
        self._limit = limit
        self._bounded = bool(until)
        self._wanted = set(until)
        self._ahead: deque[tuple[int, AbstractState]] = deque()
        self._lengths: dict[AbstractState, int] = {}
        self._done: set[AbstractState] = set()
        self._alike: defaultdict[AbstractState, list[AbstractState]] = defaultdict(list)
        """Abstract states that differ only in values and control; kept where only a violation is searched for."""

    def run(self) -> Exploration:
        try:
            return self._explored()
        except TooMuchWork:
            self.found.complete = False
            return self.found

    def _explored(self) -> Exploration:
        self._reach_all(None, 0, initial_successors(self.found.prop))
        while self._ahead and self.found.violation is None:
            length, abstract = self._ahead.popleft()
            if abstract in self._done:
                continue
            if len(self._done) >= self._limit or (self._bounded and not self._wanted):
                self.found.complete = False
                break
            self._done.add(abstract)
            successors = tuple(self._counted(abstract)) if self._keep_successors else ()
            parts = _split(self.found.prop, abstract, successors)
            if parts:
                self.found.split.add(abstract)
            self._reach_all(abstract, length, parts or successors or self._counted(abstract))
        return self.found

    def _counted(self, abstract: AbstractState) -> Iterator[Successor]:
        for successor in successors_of(self.found.prop, abstract):
            self.found.prop.expressions.spend()
            yield successor

    def _reach_all(self, origin: AbstractState | None, length: int, successors: Iterable[Successor]) -> None:
        free = origin is not None and (origin.phase == "unstable" or origin in self.found.split)
        kept: list[Successor] = []
        for successor in successors:
            kept.append(successor)
            self._reach(origin, length if free else length + 1, successor)
            if successor.violated and self.found.violation is None:
                before = self.found.path_to(origin) if origin is not None else ()
                self.found.violation = (*before, successor)
        if self._keep_successors and origin is not None:
            self.found.successors[origin] = tuple(kept)

    def _reach(self, origin: AbstractState | None, length: int, successor: Successor) -> None:
        abstract = successor.state
        known = self._lengths.get(abstract)
        if known is not None and known <= length:
            return
        if abstract in self._done or (known is None and not self._keep_successors and self._is_subsumed(abstract)):
            return
        self._lengths[abstract] = length
        self._wanted.difference_update(abstract.active)
        self.found.reached[abstract] = (origin, successor)
        if abstract.phase == "unstable":
            self._ahead.appendleft((length, abstract))
        else:
            self._ahead.append((length, abstract))

    def _is_subsumed(self, abstract: AbstractState) -> bool:
        """Whether an earlier abstract state covers all tickets of this one: it has its values, and no more control."""
        alike = self._alike[replace(abstract, values=(), controlled=False)]
        if any(_subsumes(other, abstract) for other in alike):
            return True
        alike.append(abstract)
        return False


def _split(prop: Property, abstract: AbstractState, successors: Iterable[Successor]) -> tuple[Successor, ...]:
    """A part for each value of the first name that a step narrows; none if no step narrows a domain."""
    if abstract.phase == "unstable":
        return ()
    first = {name: values for name, values in zip(prop.tracked, abstract.values, strict=True) if len(values) > 1}
    for successor in successors:
        for change in successor.changes:
            if change.kind == "read" and first.get(change.name) == change.before:
                return tuple(_part(prop, abstract, change.name, value) for value in change.before)
    return ()


def _part(prop: Property, abstract: AbstractState, name: str, value: Json) -> Successor:
    place = prop.tracked.index(name)
    values = (*abstract.values[:place], (value,), *abstract.values[place + 1 :])
    change = DomainChange("read", name, abstract.values[place], (value,))
    return Successor(EdgeLabel("rest"), replace(abstract, values=values), (change,))


def _subsumes(one: AbstractState, other: AbstractState) -> bool:
    if one.controlled and not other.controlled:
        return False
    pairs = zip(one.values, other.values, strict=True)
    return all(mine == theirs or set(theirs) <= set(mine) for mine, theirs in pairs)


def feasible_path(prop: Property, path: Path) -> Path | None:
    """The same path under a property that decides more guards; None if one of them makes the path spurious."""
    at: dict[AbstractState | None, Path] = {None: ()}
    for step in path:
        ahead: dict[AbstractState | None, Path] = {}
        for abstract, before in at.items():
            for successor in initial_successors(prop) if abstract is None else successors_of(prop, abstract):
                if _place(successor) != _place(step) or successor.violated < step.violated:
                    continue
                ahead.setdefault(successor.state, (*before, successor))
        at = ahead
    return next(iter(at.values()), None)


def _place(successor: Successor) -> tuple[object, ...]:
    return successor.label, successor.state.active, successor.state.phase


def explore(
    prop: Property,
    *,
    keep_successors: bool = False,
    limit: int = MOST_ABSTRACT_STATES,
    until: frozenset[str] = frozenset(),
) -> Exploration:
    """Explores up to ``limit`` abstract states, to a shortest violation, or ``until`` these states are reached.

    An exploration that reaches the bound of all proofs of its process is not ``complete``.
    """
    return _Search(prop, keep_successors=keep_successors, limit=limit, until=until).run()
