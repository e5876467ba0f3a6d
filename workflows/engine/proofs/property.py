"""One thing to prove, and what of a process matters to it (its cone of influence)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from definitions.schema.model import Json
from definitions.schema.process import FieldSpec, Invariant
from definitions.schema.states import Transition
from definitions.schema.steps import Step
from definitions.schema.waiting import OUTCOMES
from workflows.engine.compiled import Compiled, steps_of, transitions_of
from workflows.engine.proofs.abstract_state import Values
from workflows.engine.proofs.conditions import Atom, Condition, Joined, Not, parse_condition
from workflows.engine.proofs.domains import ASSIGNEE, Expressions, full_domain, inputs_of, is_finite
from workflows.engine.proofs.possible_actors import Somebody
from workflows.engine.statechart.events import ANY, token

ANY_OTHER = "any_other_event"
"""Stands for every event that only ``*`` handles."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is explored: never a state without its control, or (with no invariant) everything that can happen."""

    compiled: Compiled
    expressions: Expressions
    tracked: tuple[str, ...]
    """Names whose values are told apart; guards on all others are taken both ways."""
    never: str | None = None
    when: str | None = None
    events: frozenset[tuple[str, str]] = frozenset()
    """``without``: events (state, name) that people send."""
    outcomes: frozenset[tuple[str, str]] = frozenset()
    """``without``: outcomes (state, name) of blocks and compound states."""
    since_states: frozenset[str] = frozenset()
    since_fields: frozenset[str] = frozenset()
    """The written fields behind the fields of ``since``."""
    somebody: Somebody | None = None
    """Who there is, where a transition counts only if somebody can take it; None: everything may be taken."""
    _known: dict[tuple[str, object], Any] = field(default_factory=dict)
    """What was worked out once."""

    @cached_property
    def domains(self) -> dict[str, Values]:
        return {name: full_domain(self.compiled, name) for name in self.tracked}

    def condition(self, source: str) -> Condition:
        found: Condition = self._once("condition", source, lambda: parse_condition(source))
        return found

    def _once(self, kind: str, key: object, work: Callable[[], Any]) -> Any:
        if (kind, key) not in self._known:
            self._known[(kind, key)] = work()
        return self._known[(kind, key)]

    def matters(self, name: str) -> bool:
        """Whether a write of this field can make a difference."""
        return name in self.domains or name in self.since_fields

    def relevant(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """The steps that can make a difference to what is asked."""
        if not steps:
            return ()
        found: tuple[Step, ...] = self._once(
            "steps", id(steps), lambda: tuple(step for step in steps if self._is_relevant(step))
        )
        return found

    def form_that_matters(self, form: Sequence[str]) -> bool:
        return any(self.matters(name) for name in form)

    def events_in(self, active: tuple[str, ...]) -> tuple[str, ...]:
        """The events from outside that something active handles, one for each descriptor."""
        found: tuple[str, ...] = self._once("events", active, lambda: event_names(self._descriptors(active)))
        return found

    def _descriptors(self, active: tuple[str, ...]) -> Iterator[str]:
        chart = self.compiled.chart
        for state in (*reversed(active), chart.root):
            for index in chart.states[state].transitions:
                rule = self.compiled.rules[index]
                if rule.event and not rule.outcome_only:
                    yield rule.event

    def editable(self, active: tuple[str, ...]) -> tuple[str, ...]:
        """Tracked fields that somebody may edit here."""
        found: tuple[str, ...] = self._once(
            "editable", active, lambda: tuple(name for name in self.tracked if self._may_be_edited(name, active))
        )
        return found

    def voiding(self, active: tuple[str, ...]) -> tuple[str, ...]:
        """Fields of ``since``, not tracked, that somebody may edit here."""
        names = sorted(self.since_fields - set(self.tracked))
        found: tuple[str, ...] = self._once(
            "voiding", active, lambda: tuple(name for name in names if self._may_be_edited(name, active))
        )
        return found

    def _may_be_edited(self, name: str, active: tuple[str, ...]) -> bool:
        process = self.compiled.process
        spec = process.fields.get(name)
        if spec is None or spec.value is not None or not is_editable(self.compiled, spec, active):
            return False
        # By default whoever may send an event here may edit: where nobody may send one, nobody edits.
        return process.may.edit is not None or bool(self.events_in(active))

    def restless(self, active: tuple[str, ...]) -> frozenset[str]:
        """Tracked names that an ``always`` of the active states reads."""
        found: frozenset[str] = self._once("restless", active, lambda: frozenset(self._read_without_event(active)))
        return found

    def _read_without_event(self, active: tuple[str, ...]) -> Iterator[str]:
        chart, rules = self.compiled.chart, self.compiled.rules
        for state in (*active, chart.root):
            for index in chart.states[state].transitions:
                rule = rules[index]
                if rule.event is None and rule.timer is None:
                    yield from rule.transition.requires
                    yield from names_read(self.expressions, [rule.transition.when] if rule.transition.when else [])

    def _is_relevant(self, step: Step) -> bool:
        if step.raise_ is not None:
            return True
        if step.assign is not None:
            return ASSIGNEE in self.domains or ASSIGNEE in self.since_fields
        if step.start is not None and step.start.link:
            return self.matters(step.start.link)
        return any(self.matters(name) for name in step.set or {})


def event_names(descriptors: Iterable[str]) -> tuple[str, ...]:
    """One event for each descriptor; ``*`` also takes one that nothing else names."""
    return tuple(dict.fromkeys(ANY_OTHER if token(one) == ANY else token(one) for one in descriptors))


def is_editable(compiled: Compiled, spec: FieldSpec, active: Sequence[str]) -> bool:
    """``editable``: by default, in every state that is not final."""
    return spec.editable is None or compiled.is_in(active, spec.editable)


def names_read(expressions: Expressions, sources: Iterable[str]) -> Iterator[str]:
    """The names that atoms of these guards read, where they are exact."""
    for source in sources:
        for atom in atoms_of(parse_condition(source)):
            reading = expressions.reading(atom.source)
            if reading.exact:
                yield from reading.names


def atoms_of(condition: Condition) -> Iterator[Atom]:
    match condition:
        case Atom():
            yield condition
        case Not(inner):
            yield from atoms_of(inner)
        case Joined(_, parts):
            for part in parts:
                yield from atoms_of(part)


def guards_of(compiled: Compiled) -> Iterator[str]:
    """Every guard that can decide where a ticket goes, those of steps that write or raise among them."""
    process = compiled.process
    yield from (one.when for one in transitions_of(process) if one.when)
    for step in steps_of(process):
        if step.when and (step.set or step.raise_ or step.assign):
            yield step.when


def writes_read(compiled: Compiled, expressions: Expressions, tracked: set[str]) -> set[str]:
    """Names that expressions read whose values are written to tracked ones: they matter as well."""
    wanted = set(tracked)
    sources = list(_written(compiled))
    while True:
        more = {
            name
            for written, value in sources
            if written in wanted and isinstance(value, str) and value.startswith("=")
            for name in _exact_names(expressions, value[1:])
        }
        if more <= wanted:
            return wanted
        wanted |= more


def _exact_names(expressions: Expressions, source: str) -> tuple[str, ...]:
    reading = expressions.reading(source)
    return reading.names if reading.exact else ()


def _written(compiled: Compiled) -> Iterator[tuple[str, Json]]:
    for transition in transitions_of(compiled.process):
        yield from transition.set.items()
    for step in steps_of(compiled.process):
        yield from (step.set or {}).items()


def everything(compiled: Compiled, expressions: Expressions, somebody: Somebody, names: Iterable[str]) -> Question:
    """All that can happen to a ticket, with the values of ``names`` told apart: other guards are taken both ways."""
    tracked = {*names, ASSIGNEE} if _needs_assignee(compiled) else set(names)
    return Question(compiled, expressions, _in_order(writes_read(compiled, expressions, tracked)), somebody=somebody)


def decisive(compiled: Compiled, expressions: Expressions) -> set[str]:
    """The names whose values can be told apart and decide where a ticket goes."""
    required = _finite_required(compiled, transitions_of(compiled.process))
    return required | set(names_read(expressions, guards_of(compiled)))


def decisive_beside(compiled: Compiled, expressions: Expressions, taken: Iterable[int]) -> set[str]:
    """Of those, the ones that decide whether these transitions of the chart are taken, or others of their states."""
    chart = compiled.chart
    beside = {index for one in taken for index in chart.states[chart.transitions[one].source].transitions}
    written = [compiled.rules[index].transition for index in sorted(beside)]
    guards = [one.when for one in written if one.when]
    return _finite_required(compiled, written) | set(names_read(expressions, guards))


def _finite_required(compiled: Compiled, written: Iterable[Transition]) -> set[str]:
    fields = compiled.process.fields
    required = {name for one in written for name in one.requires if name not in one.form}
    return {name for name in required if name in fields and is_finite(fields[name])}


def _needs_assignee(compiled: Compiled) -> bool:
    """Whether anything waits for the assignee."""
    by = any(ASSIGNEE in (one.by or ()) for one in transitions_of(compiled.process))
    return by or any(task.assign == ASSIGNEE for _, state in compiled.process.walk() for task in state.tasks or ())


def never(compiled: Compiled, expressions: Expressions, invariant: Invariant, names: Iterable[str]) -> Question:
    """What an invariant ``never`` asks, with the values of ``names`` and of what its ``when`` reads told apart."""
    sources = [invariant.when] if invariant.when else []
    tracked = {*names, *names_read(expressions, sources)}
    pairs = {_pair(text) for text in invariant.without}
    outcomes = frozenset(pair for pair in pairs if is_outcome(compiled, *pair))
    since_states, since_fields = since_of(compiled, invariant)
    return Question(
        compiled,
        expressions,
        _in_order(writes_read(compiled, expressions, tracked)),
        invariant.never,
        invariant.when,
        frozenset(pairs - outcomes),
        outcomes,
        since_states,
        since_fields,
    )


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _pair(text: str) -> tuple[str, str]:
    state, _, name = text.partition(".")
    return state, name


def is_outcome(compiled: Compiled, state: str, name: str) -> bool:
    """Whether ``state.name`` is what a waiting block or a compound state ends with, and no event that people send."""
    found = compiled.states.get(state)
    if found is None:
        return False
    of_block = found.waits_for is not None and name in OUTCOMES[found.waits_for]
    return of_block or (name == "done" and bool(found.states))


def since_of(compiled: Compiled, invariant: Invariant) -> tuple[frozenset[str], frozenset[str]]:
    """The states, and the written fields, that ``since`` names."""
    states: set[str] = set()
    fields: set[str] = set()
    for name in invariant.since:
        if name.startswith("tag:"):
            tag = name.removeprefix("tag:")
            states |= {state_id for state_id, state in compiled.states.items() if tag in state.tags}
        elif name in compiled.states:
            states.add(name)
        else:
            fields |= set(inputs_of(compiled, name))
    return frozenset(states), frozenset(fields)
