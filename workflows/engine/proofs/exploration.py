"""Every situation that a ticket can get into, nearest first, and how it gets there."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from definitions.schema.model import Json
from workflows.engine.proofs.abstract_state import Arrival, Move, Note, Situation
from workflows.engine.proofs.property import Question
from workflows.engine.proofs.successors import moves, openings

MOST_SITUATIONS = 25_000
"""Beyond these a proof is given up, and says so: the same number on every machine."""
Path = tuple[Arrival, ...]


@dataclass(slots=True)
class Exploration:
    """What was found. With ``complete``, there is nothing else."""

    question: Question
    came: dict[Situation, tuple[Situation | None, Arrival]] = field(default_factory=dict)
    """How each situation was reached first."""
    ways: dict[Situation, tuple[Arrival, ...]] = field(default_factory=dict)
    """Where each explored situation leads; empty unless they were to be kept."""
    split: set[Situation] = field(default_factory=set)
    """Situations that stand for several, of which some can do what others can't: those were explored in their place."""
    complete: bool = True
    violation: Path | None = None

    def path_to(self, situation: Situation) -> Path:
        """A shortest path, from the opening on."""
        path: list[Arrival] = []
        at: Situation | None = situation
        while at is not None:
            at, arrival = self.came[at]
            path.append(arrival)
        return tuple(reversed(path))


class _Search:
    """Breadth first. Coming to rest is part of the move before it and costs no step of its own."""

    def __init__(self, question: Question, *, keep_ways: bool, limit: int, until: frozenset[str]) -> None:
        self.found = Exploration(question)
        self._keep_ways = keep_ways
        self._limit = limit
        self._bounded = bool(until)
        self._wanted = set(until)
        self._ahead: deque[tuple[int, Situation]] = deque()
        self._steps: dict[Situation, int] = {}
        self._done: set[Situation] = set()
        self._seen: defaultdict[Situation, list[Situation]] = defaultdict(list)
        """Situations by all but their values and their excuse; only where just a violation is looked for."""

    def run(self) -> Exploration:
        self._arrive(None, 0, openings(self.found.question))
        while self._ahead and self.found.violation is None:
            steps, situation = self._ahead.popleft()
            if situation in self._done:
                continue
            if len(self._done) >= self._limit or (self._bounded and not self._wanted):
                self.found.complete = False
                break
            self._done.add(situation)
            arrivals = tuple(moves(self.found.question, situation)) if self._keep_ways else ()
            parts = _parts(self.found.question, situation, arrivals)
            if parts:
                self.found.split.add(situation)
            self._arrive(situation, steps, parts or arrivals or moves(self.found.question, situation))
        return self.found

    def _arrive(self, origin: Situation | None, steps: int, arrivals: Iterable[Arrival]) -> None:
        free = origin is not None and (origin.phase == "moving" or origin in self.found.split)
        kept: list[Arrival] = []
        for arrival in arrivals:
            kept.append(arrival)
            self._note(origin, steps if free else steps + 1, arrival)
            if arrival.violated and self.found.violation is None:
                before = self.found.path_to(origin) if origin is not None else ()
                self.found.violation = (*before, arrival)
        if self._keep_ways and origin is not None:
            self.found.ways[origin] = tuple(kept)

    def _note(self, origin: Situation | None, steps: int, arrival: Arrival) -> None:
        situation = arrival.situation
        known = self._steps.get(situation)
        if known is not None and known <= steps:
            return
        if situation in self._done or (known is None and not self._keep_ways and self._is_covered(situation)):
            return
        self._steps[situation] = steps
        self._wanted.difference_update(situation.active)
        self.found.came[situation] = (origin, arrival)
        if situation.phase == "moving":
            self._ahead.appendleft((steps, situation))
        else:
            self._ahead.append((steps, situation))

    def _is_covered(self, situation: Situation) -> bool:
        """Whether one that was reached before can do all that this one can: it may have more values, and no excuse."""
        alike = self._seen[replace(situation, values=(), excused=False)]
        if any(_covers(other, situation) for other in alike):
            return True
        alike.append(situation)
        return False


def _parts(question: Question, situation: Situation, arrivals: Iterable[Arrival]) -> tuple[Arrival, ...]:
    """One situation for each value of a name of which some moves need certain values; none where no move does."""
    if situation.phase == "moving":
        return ()
    first = {name: values for name, values in zip(question.tracked, situation.values, strict=True) if len(values) > 1}
    for arrival in arrivals:
        for note in arrival.notes:
            if note.kind == "read" and first.get(note.name) == note.before:
                return tuple(_part(question, situation, note.name, value) for value in note.before)
    return ()


def _part(question: Question, situation: Situation, name: str, value: Json) -> Arrival:
    place = question.tracked.index(name)
    values = (*situation.values[:place], (value,), *situation.values[place + 1 :])
    note = Note("read", name, situation.values[place], (value,))
    return Arrival(Move("rest"), replace(situation, values=values), (note,))


def _covers(one: Situation, other: Situation) -> bool:
    if one.excused and not other.excused:
        return False
    pairs = zip(one.values, other.values, strict=True)
    return all(mine == theirs or set(theirs) <= set(mine) for mine, theirs in pairs)


def follow(question: Question, path: Path) -> Path | None:
    """The path of a violation again, with the guards that another question knows; None where one of them forbids it."""
    at: dict[Situation | None, Path] = {None: ()}
    for wanted in path:
        ahead: dict[Situation | None, Path] = {}
        for situation, way in at.items():
            for arrival in openings(question) if situation is None else moves(question, situation):
                found = arrival.situation
                if (arrival.move, found.active, found.phase) != _place(wanted) or arrival.violated < wanted.violated:
                    continue
                ahead.setdefault(found, (*way, arrival))
        at = ahead
    return next(iter(at.values()), None)


def _place(arrival: Arrival) -> tuple[object, ...]:
    return arrival.move, arrival.situation.active, arrival.situation.phase


def explore(
    question: Question,
    *,
    keep_ways: bool = False,
    limit: int = MOST_SITUATIONS,
    until: frozenset[str] = frozenset(),
) -> Exploration:
    """Everything up to ``limit`` situations, up to the first violation: a shortest one; or ``until`` all is reached."""
    return _Search(question, keep_ways=keep_ways, limit=limit, until=until).run()
