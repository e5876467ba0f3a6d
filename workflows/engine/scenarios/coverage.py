"""Coverage: the states, transitions, outcomes of blocks and thresholds of clocks that scenarios have reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from definitions.digest import digest as digest_of
from definitions.schema.process import Process
from definitions.schema.states import State, Timed, Transition
from definitions.text.breadcrumb import ordinal
from definitions.text.problems import Mark, Path
from definitions.text.source import Source
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.failing_steps import outcomes_of
from workflows.engine.model.timeline.clock_entries import ThresholdReached
from workflows.engine.model.timeline.ticket_entries import OutcomeTaken, StatesMoved
from workflows.engine.scenarios.result import ScenarioResult

Kind = Literal["state", "transition", "outcome", "threshold"]


@dataclass(frozen=True, slots=True)
class Coverable:
    """A state, transition, outcome or threshold that a scenario can reach, at its place in the file of its process."""

    kind: Kind
    name: str
    """``draft``, ``draft: submit (2nd)``, ``authorize: expired``, ``decision: 75%``."""
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ProcessCoverage:
    """The coverage of a process; ``missed`` is in the order of the file."""

    process: str
    file: str
    total: int
    missed: tuple[Coverable, ...]

    @property
    def covered(self) -> int:
        return self.total - len(self.missed)


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything that the scenarios of one process have reached."""

    states: frozenset[str]
    transitions: frozenset[int]
    outcomes: frozenset[tuple[str, str]]
    thresholds: frozenset[tuple[str, str]]


def coverage_of(process: Process, source: Source, results: Iterable[ScenarioResult]) -> ProcessCoverage:
    """Compares a process with the results of its scenarios on the core."""
    reached = _reached(results)
    compiled = compile_process(process, digest_of(process), {})
    found = sorted(
        [*_states(process, source, reached), *_transitions(compiled, source, reached),
         *_outcomes(compiled, source, reached), *_thresholds(process, source, reached)],
        key=lambda one: (one[0].line, one[0].column),
    )  # fmt: skip
    missed = tuple(one for one, is_reached in found if not is_reached)
    return ProcessCoverage(process.process, source.file, len(found), missed)


def _reached(results: Iterable[ScenarioResult]) -> Reached:
    states: set[str] = set()
    transitions: set[int] = set()
    outcomes: set[tuple[str, str]] = set()
    thresholds: set[tuple[str, str]] = set()
    for result in results:
        transitions |= result.taken
        for line in result.timeline:
            match line.entry:
                case StatesMoved(entered=entered):
                    states.update(entered)
                case OutcomeTaken(state=state, name=name):
                    outcomes.add((state, name))
                case ThresholdReached(level=level, at=threshold):
                    thresholds.add((level, threshold))
                case _:
                    pass
    return Reached(frozenset(states), frozenset(transitions), frozenset(outcomes), frozenset(thresholds))


CheckedCoverables = Iterator[tuple[Coverable, bool]]


def _states(process: Process, source: Source, reached: Reached) -> CheckedCoverables:
    """All states except histories, which are never active."""
    for path, state_id, state in _walk(process):
        if state.history is None:
            yield _at("state", state_id, source.key_at(path)), state_id in reached.states


def _transitions(compiled: Compiled, source: Source, reached: Reached) -> CheckedCoverables:
    """All transitions except the only handler of an outcome of its own state, which the outcome represents."""
    for index, (path, state, rule) in enumerate(_rules(compiled.process)):
        if not _is_outcome_itself(compiled, state, rule):
            name = f"{path[-1] if path else 'any state'}: {rule.name}"
            yield _at("transition", name, _place(source, (*path, *rule.path))), index in reached.transitions


def _outcomes(compiled: Compiled, source: Source, reached: Reached) -> CheckedCoverables:
    """The possible outcomes of each waiting block, at the place of their handler, if the state has one."""
    for path, state_id, state in _walk(compiled.process):
        for outcome in outcomes_of(compiled, state):
            place = (*path, "on", outcome) if outcome in state.on else (*path, state.waits_for or "")
            is_reached = (state_id, outcome) in reached.outcomes
            yield _at("outcome", f"{state_id}: {outcome}", source.key_at(place)), is_reached


def _thresholds(process: Process, source: Source, reached: Reached) -> CheckedCoverables:
    for name, level in process.service_levels.items():
        for threshold in level.at:
            mark = source.key_at(("service_levels", name, "at", threshold))
            yield _at("threshold", f"{name}: {threshold}", mark), (name, threshold) in reached.thresholds


def _at(kind: Kind, name: str, mark: Mark) -> Coverable:
    return Coverable(kind, name, mark.line, mark.column)


def _walk(process: Process) -> Iterator[tuple[Path, str, State]]:
    """Every state with its path in the file, in document order."""
    for state_id, state in process.states.items():
        yield from _inside(("states", state_id), state_id, state)


def _inside(path: Path, state_id: str, state: State) -> Iterator[tuple[Path, str, State]]:
    yield path, state_id, state
    for inner_id, inner in state.states.items():
        yield from _inside((*path, "states", inner_id), inner_id, inner)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A transition with its path below its state."""

    path: Path
    name: str
    transition: Transition
    event: str | None = None
    alternatives: int = 1


def _rules(process: Process) -> Iterator[tuple[Path, State | None, _Rule]]:
    """Every transition in the order of the chart (see ``workflows.engine.compiled``)."""
    for rule in _handlers(process.on):
        yield (), None, rule
    for path, _, state in _walk(process):
        for rule in (*_handlers(state.on), *_always(state), *_timed(state)):
            yield path, state, rule


def _handlers(on: dict[str, tuple[Transition, ...]]) -> Iterator[_Rule]:
    for event, alternatives in on.items():
        for index, one in enumerate(alternatives):
            name = f"{event} ({ordinal(index + 1)})" if len(alternatives) > 1 else event
            yield _Rule(("on", event, index), name, one, event, len(alternatives))


def _always(state: State) -> Iterator[_Rule]:
    for index, one in enumerate(state.always):
        name = f"always ({ordinal(index + 1)})" if len(state.always) > 1 else "always"
        yield _Rule(("always", index), name, one)


def _timed(state: State) -> Iterator[_Rule]:
    for index, one in enumerate(state.after):
        yield _Rule(("after", index), _moment(one), one)


def _moment(timed: Timed) -> str:
    return f"after {timed.for_}" if timed.for_ else f"until {timed.until}"


def _place(source: Source, path: Path) -> Mark:
    """The place of a list's element; without a list, the place of the key."""
    return source.at(path) if path in source.values else source.key_at(path[:-1])


def _is_outcome_itself(compiled: Compiled, state: State | None, rule: _Rule) -> bool:
    plain = rule.alternatives == 1 and rule.transition.when is None
    return plain and state is not None and rule.event in outcomes_of(compiled, state)
