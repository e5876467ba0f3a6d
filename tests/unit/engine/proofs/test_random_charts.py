"""Proofs of random processes: the core stays within what they explore, breaks nothing proved, and walks every path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from definitions.schema.process import Invariant
from tests.unit.engine.played_processes import Played, compiled_of
from tests.unit.engine.proofs.proved_processes import ORGANIZATION
from tests.unit.engine.random_processes import EVENTS, RandomProcess, walk
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.exploration import Exploration
from workflows.engine.proofs.never_invariants import find_violation
from workflows.engine.proofs.paths import path_steps
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.proofs.reachability import Reachability

PROCESSES = 25
TICKETS = 8
INVARIANTS = 6
ABSTRACT_STATES = 400


@dataclass
class Tally:
    """The results of all processes. A test in which nothing is proved, or nothing entered, would show nothing."""

    explored: int = 0
    proved: int = 0
    entered: int = 0
    """Tickets that entered the state of a proved invariant."""
    walked: int = 0
    """Broken invariants whose path the core has walked."""
    faults: list[str] = field(default_factory=list)


class Watch:
    """Whether a ticket has entered the protected state, and whether it has surely done so without its control."""

    def __init__(self, invariant: Invariant) -> None:
        self.invariant = invariant
        (control,) = invariant.without
        self._state, _, self._name = control.partition(".")
        self.is_exact = self._name not in EVENTS
        self._controlled = self.entered = self.broken = False

    def look(self, taken: str | None, before: set[str], lines: list[str]) -> None:
        """An event that is taken while its state is active counts as the control, whichever state takes it."""
        self._controlled |= taken == self._name and self._state in before
        for line in lines:
            self._controlled |= line == f"{self._name} {self._state}"
            if line == f"+{self.invariant.never}":
                self.entered = True
                self.broken |= not self._controlled


class Examined:
    """One random process with its explorations."""

    def __init__(self, seed: int, tally: Tally) -> None:
        self.seed = seed
        self.tally = tally
        self.given = RandomProcess(seed)
        candidates = sorted(set(_candidates(self.given)))
        chosen = self.given.rng.sample(candidates, min(INVARIANTS, len(candidates)))
        self.invariants = [Invariant(never=never, without=(control,)) for never, control in chosen]
        self.compiled = compiled_of(self.given.data)

    def examine(self) -> None:
        proved = [one for one in self.invariants if self._is_proved(one)]
        actors = PossibleActors(self.compiled.process, ORGANIZATION)
        exploration = Reachability(self.compiled, Expressions(self.compiled), actors, ABSTRACT_STATES).exact
        self.tally.explored += exploration.complete
        self.tally.proved += len(proved)
        for _ in range(TICKETS):
            self._follow(exploration, [Watch(one) for one in proved])

    def _follow(self, exploration: Exploration, watches: list[Watch]) -> None:
        """A ticket with random events."""
        rests = _rests(exploration) if exploration.complete else None
        played = Played(self.given, self.compiled)
        events = [self.given.rng.choice(EVENTS) for _ in range(10)]
        for event in ("", *events):
            before = {node.id for node in played.reading.configuration}
            taken = played.send(event) if event else played.open()
            if played.is_endless or played.snapshot is None:
                break
            where = (played.snapshot.configuration, tuple(sorted(played.snapshot.history.items())))
            if rests is not None and where not in rests:
                self.tally.faults.append(f"seed {self.seed}: {where} is not explored")
            for watch in watches:
                watch.look(event if taken else None, before, played.reading.lines)
            if played.over:
                break
        self.tally.entered += sum(watch.entered for watch in watches)
        self.tally.faults += [f"seed {self.seed}: {one.invariant} is broken" for one in watches if one.broken]

    def _is_proved(self, invariant: Invariant) -> bool:
        found = find_violation(self.compiled, Expressions(self.compiled), invariant, ABSTRACT_STATES)
        if found.violation is not None:
            self._walk(found, Watch(invariant))
        return found.complete and found.violation is None

    def _walk(self, found: Exploration, watch: Watch) -> None:
        """The path of a broken invariant, on the core.

        Endless steps are left out, which the core undoes as a whole; and a field without a value, which the second
        reading does not know.
        """
        played = Played(self.given, self.compiled)
        steps = path_steps(found.prop.tracked, found.violation or ())
        if any(value is None for one in steps for value in one.fields.values()):
            return
        for one in steps:
            before = {node.id for node in played.reading.configuration}
            event = one.label.name if one.label.kind == "event" else None
            if one.label.kind == "open":
                played.open(flag=bool(one.fields.get("flag")))
            elif event is not None:
                played.send(event)
            elif one.label.kind == "edit":
                played.edit(flag=bool(one.fields["flag"]))
            else:
                continue
            if played.is_endless:
                return
            watch.look(event, before, played.reading.lines)
        walked = watch.broken or (watch.entered and not watch.is_exact)
        self.tally.walked += walked
        if not walked:
            self.tally.faults.append(f"seed {self.seed}: the path that breaks {watch.invariant} can't be walked")


def _candidates(given: RandomProcess) -> Iterator[tuple[str, str]]:
    """Targets of transitions, each with the outcome or the event that leads there."""
    for name, state in walk(given.data["states"]):
        for event, alternatives in state.get("on", {}).items():
            if event in (*EVENTS, "done", "failed"):
                yield from ((one["to"], f"{name}.{event}") for one in alternatives if "to" in one)


def _rests(exploration: Exploration) -> set[tuple[object, ...]]:
    ends = exploration.prop.compiled.chart.ends
    rests = (one for one in exploration.reached if one.phase == "stable" or not ends.isdisjoint(one.active))
    return {(one.active, one.history) for one in rests}


def test_the_proofs_are_those_of_the_core() -> None:
    """Every rest of a ticket is explored, no ticket breaks a proved invariant, and every path to a violation exists."""
    tally = Tally()
    for seed in range(PROCESSES):
        Examined(seed, tally).examine()
    assert tally.faults == []
    assert min(tally.explored, tally.proved, tally.entered, tally.walked) >= PROCESSES // 5, tally
