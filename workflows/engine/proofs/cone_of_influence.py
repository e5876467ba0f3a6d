"""The cone of influence: the names whose values can decide which transitions a ticket takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from definitions.schema.model import Json
from definitions.schema.states import Transition
from workflows.engine.compiled import Compiled, steps_of, transitions_of
from workflows.engine.proofs.conditions import Atom, Condition, Joined, Not, parse_condition
from workflows.engine.proofs.domains import ASSIGNEE, Expressions, is_finite


def decisive_names(compiled: Compiled, expressions: Expressions) -> set[str]:
    """The trackable names that decide which transitions a ticket takes."""
    required = _finite_required(compiled, transitions_of(compiled.process))
    return required | set(names_read(expressions, _guards(compiled)))


def decisive_names_beside(compiled: Compiled, expressions: Expressions, taken: Iterable[int]) -> set[str]:
    """The names among them that decide between these transitions of the chart and the others of their states."""
    chart = compiled.chart
    beside = {index for one in taken for index in chart.states[chart.transitions[one].source].transitions}
    written = [compiled.rules[index].transition for index in sorted(beside)]
    guards = [one.when for one in written if one.when]
    return _finite_required(compiled, written) | set(names_read(expressions, guards))


def names_read(expressions: Expressions, sources: Iterable[str]) -> Iterator[str]:
    """The names that the exact atoms of these guards read."""
    for source in sources:
        for atom in _atoms(parse_condition(source)):
            reads = expressions.dependencies(atom.source)
            if reads.exact:
                yield from reads.names


def closure(compiled: Compiled, expressions: Expressions, names: Iterable[str]) -> tuple[str, ...]:
    """The names, and all others whose values are written to them, in alphabetical order."""
    tracked = set(names)
    writes = list(_writes(compiled))
    while True:
        more = {
            name
            for written, value in writes
            if written in tracked and isinstance(value, str) and value.startswith("=")
            for name in _exact_names(expressions, value[1:])
        }
        if more <= tracked:
            return tuple(sorted(tracked))
        tracked |= more


def needs_assignee(compiled: Compiled) -> bool:
    """Whether a transition or a task of the process is reserved for the assignee."""
    by = any(ASSIGNEE in (one.by or ()) for one in transitions_of(compiled.process))
    return by or any(task.assign == ASSIGNEE for _, state in compiled.process.walk() for task in state.tasks or ())


def _atoms(condition: Condition) -> Iterator[Atom]:
    match condition:
        case Atom():
            yield condition
        case Not(inner):
            yield from _atoms(inner)
        case Joined(_, parts):
            for part in parts:
                yield from _atoms(part)


def _guards(compiled: Compiled) -> Iterator[str]:
    """The guards of all transitions, and of the steps that write, raise or assign."""
    process = compiled.process
    yield from (one.when for one in transitions_of(process) if one.when)
    for step in steps_of(process):
        if step.when and (step.set or step.raise_ or step.assign):
            yield step.when


def _writes(compiled: Compiled) -> Iterator[tuple[str, Json]]:
    for transition in transitions_of(compiled.process):
        yield from transition.set.items()
    for step in steps_of(compiled.process):
        yield from (step.set or {}).items()


def _exact_names(expressions: Expressions, source: str) -> tuple[str, ...]:
    reads = expressions.dependencies(source)
    return reads.names if reads.exact else ()


def _finite_required(compiled: Compiled, written: Iterable[Transition]) -> set[str]:
    fields = compiled.process.fields
    required = {name for one in written for name in one.requires if name not in one.form}
    return {name for name in required if name in fields and is_finite(fields[name])}
