"""A property to prove, and the part of a process that is relevant to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from definitions.schema.process import FieldSpec, Invariant
from definitions.schema.steps import Step
from definitions.schema.waiting import OUTCOMES
from workflows.engine.compiled import Compiled
from workflows.engine.failing_steps import Failing, failing, is_unsure, may_fail, outcomes_of, surely_fails
from workflows.engine.proofs.abstract_state import Values
from workflows.engine.proofs.conditions import Condition, parse_condition
from workflows.engine.proofs.cone_of_influence import closure, names_read, needs_assignee
from workflows.engine.proofs.domains import ASSIGNEE, Expressions, full_domain, inputs_of
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.statechart.events import ANY, token

ANY_OTHER = "any_other_event"
"""Represents every event that only ``*`` matches."""


@dataclass(frozen=True, slots=True)
class RelevantStep:
    """A step that can change the abstract state, with the failures that end its list."""

    step: Step
    may_stop_before: bool
    """A step between the last relevant step and this step may fail."""
    is_unsure: bool
    """The list or the condition of the step may fail."""
    fails: Failing
    """Whether the step itself fails."""


@dataclass(frozen=True, eq=False)
class Property:
    """An invariant ``never`` with its control, or, without ``never``, reachability: all that can happen to a ticket."""

    compiled: Compiled
    expressions: Expressions
    tracked: tuple[str, ...]
    """The names with a domain; a guard on any other name may be true or false."""
    never: str | None = None
    when: str | None = None
    events: frozenset[tuple[str, str]] = frozenset()
    """The controls of ``without`` that are events (state, name), sent by people."""
    outcomes: frozenset[tuple[str, str]] = frozenset()
    """The controls of ``without`` that are outcomes (state, name) of blocks and compound states."""
    since_states: frozenset[str] = frozenset()
    since_fields: frozenset[str] = frozenset()
    """The written fields on which the fields of ``since`` depend."""
    actors: PossibleActors | None = None
    """The actors by which ``by`` is judged; with None, every transition has an actor."""
    _known: dict[tuple[str, object], Any] = field(default_factory=dict)
    """Cached results, by kind and key."""

    @cached_property
    def domains(self) -> dict[str, Values]:
        """The whole domain of each tracked name."""
        return {name: full_domain(self.compiled, name) for name in self.tracked}

    def condition(self, source: str) -> Condition:
        found: Condition = self._once("condition", source, lambda: parse_condition(source))
        return found

    def _once(self, kind: str, key: object, work: Callable[[], Any]) -> Any:
        if (kind, key) not in self._known:
            self._known[(kind, key)] = work()
        return self._known[(kind, key)]

    def is_relevant(self, name: str) -> bool:
        """Whether a write of this name can change the abstract state."""
        return name in self.domains or name in self.since_fields

    def relevant(self, steps: Sequence[Step]) -> tuple[RelevantStep, ...]:
        """The steps of a list that can change the abstract state, up to the first step that always fails."""
        if not steps:
            return ()
        found: tuple[RelevantStep, ...] = self._once("steps", id(steps), lambda: tuple(self._relevant(steps)))
        return found

    def _relevant(self, steps: Sequence[Step]) -> Iterator[RelevantStep]:
        may_stop_before = False
        for step in steps:
            fails, unsure = failing(self.compiled, step), is_unsure(self.compiled, step)
            if self._is_relevant_step(step):
                yield RelevantStep(step, may_stop_before=may_stop_before, is_unsure=unsure, fails=fails)
                may_stop_before = False
            elif surely_fails(self.compiled, step):
                return
            else:
                may_stop_before = may_stop_before or unsure or fails != "never"

    def run_blocks(self, state: str, index: int) -> tuple[tuple[Step, ...], ...]:
        """The steps that a run performs at once from its ``index``-th step on, up to the next step that always waits.

        Between two of the lists is a step that waits if its condition holds.
        """
        found: tuple[tuple[Step, ...], ...] = self._once("run", (state, index), lambda: self._run_blocks(state, index))
        return found

    def _run_blocks(self, state: str, index: int) -> tuple[tuple[Step, ...], ...]:
        blocks: list[list[Step]] = [[]]
        for step in (self.compiled.states[state].run or ())[index:]:
            if not (step.call or step.http):
                blocks[-1].append(step)
            elif step.when is None and step.each is None:
                break
            else:
                blocks.append([])
        is_relevant = any(self._is_relevant_step(step) for block in blocks for step in block)
        return tuple(map(tuple, blocks)) if is_relevant else ()

    def outcomes_of(self, state: str) -> tuple[str, ...]:
        """The outcomes with which the block of a state may end, unless its run has failed already."""
        found: tuple[str, ...] = self._once("outcomes", state, lambda: self._outcomes_of(state))
        return found

    def _outcomes_of(self, state: str) -> tuple[str, ...]:
        found = outcomes_of(self.compiled, self.compiled.states[state])
        run = self.compiled.states[state].run or ()
        return ("done",) if "done" in found and self._shows_failures(run) else found

    def _shows_failures(self, run: Sequence[Step]) -> bool:
        """Whether a run has failed only if the performance of its relevant steps has, so that no other step may fail.

        It says so only of a run that never waits.
        """
        relevant = [place for place, step in enumerate(run) if self._is_relevant_step(step)]
        if not relevant or any(step.call or step.http for step in run):
            return False
        return not any(may_fail(self.compiled, step) for step in run[relevant[-1] + 1 :])

    def is_relevant_form(self, form: Sequence[str]) -> bool:
        return any(self.is_relevant(name) for name in form)

    def events_in(self, active: tuple[str, ...]) -> tuple[str, ...]:
        """The external events that the active states handle, one for each descriptor."""
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
        """The tracked fields that people may edit in these states."""
        found: tuple[str, ...] = self._once(
            "editable", active, lambda: tuple(name for name in self.tracked if self.may_be_edited(name, active))
        )
        return found

    def voiding(self, active: tuple[str, ...]) -> tuple[str, ...]:
        """The fields of ``since`` without a domain that people may edit in these states: an edit voids the control."""
        names = sorted(self.since_fields - set(self.tracked))
        found: tuple[str, ...] = self._once(
            "voiding", active, lambda: tuple(name for name in names if self.may_be_edited(name, active))
        )
        return found

    def may_be_edited(self, name: str, active: tuple[str, ...]) -> bool:
        """Whether people may edit a field in these states."""
        process = self.compiled.process
        spec = process.fields.get(name)
        if spec is None or spec.value is not None or not is_editable(self.compiled, spec, active):
            return False
        # By default, people who may send an event here may edit: without such an event, nobody may.
        return process.may.edit is not None or bool(self.events_in(active))

    def read_by_eventless(self, active: tuple[str, ...]) -> frozenset[str]:
        """The tracked names that eventless transitions (``always``) of these states read."""
        found: frozenset[str] = self._once("eventless", active, lambda: frozenset(self._read_without_event(active)))
        return found

    def _read_without_event(self, active: tuple[str, ...]) -> Iterator[str]:
        chart, rules = self.compiled.chart, self.compiled.rules
        for state in (*active, chart.root):
            for index in chart.states[state].transitions:
                rule = rules[index]
                if rule.event is None and rule.timer is None:
                    yield from rule.transition.requires
                    yield from names_read(self.expressions, [rule.transition.when] if rule.transition.when else [])

    def _is_relevant_step(self, step: Step) -> bool:
        if step.raise_ is not None:
            return True
        if step.assign is not None:
            return self.is_relevant(ASSIGNEE)
        if step.start is not None and step.start.link:
            return self.is_relevant(step.start.link)
        return any(self.is_relevant(name) for name in step.set or {})


def never_property(
    compiled: Compiled, expressions: Expressions, invariant: Invariant, names: Iterable[str]
) -> Property:
    """The property of an invariant ``never``, tracking ``names`` and the names that its ``when`` reads."""
    sources = [invariant.when] if invariant.when else []
    tracked = {*names, *names_read(expressions, sources)}
    controls = {_control(text) for text in invariant.without}
    outcomes = frozenset(control for control in controls if is_outcome(compiled, *control))
    since_states, since_fields = since_of(compiled, invariant)
    return Property(
        compiled,
        expressions,
        closure(compiled, expressions, tracked),
        invariant.never,
        invariant.when,
        frozenset(controls - outcomes),
        outcomes,
        since_states,
        since_fields,
    )


def reachability_property(
    compiled: Compiled, expressions: Expressions, actors: PossibleActors, names: Iterable[str]
) -> Property:
    """All that these actors, time and outcomes can bring about, tracking ``names`` and, if needed, the assignee."""
    tracked = {*names, ASSIGNEE} if needs_assignee(compiled) else set(names)
    return Property(compiled, expressions, closure(compiled, expressions, tracked), actors=actors)


def event_names(descriptors: Iterable[str]) -> tuple[str, ...]:
    """One event for each descriptor; for ``*``, an event that no other descriptor matches."""
    return tuple(dict.fromkeys(ANY_OTHER if token(one) == ANY else token(one) for one in descriptors))


def is_editable(compiled: Compiled, spec: FieldSpec, active: Sequence[str]) -> bool:
    """Whether ``editable`` of a field includes one of these states; by default, every state that is not final."""
    return spec.editable is None or compiled.is_in(active, spec.editable)


def _control(text: str) -> tuple[str, str]:
    state, _, name = text.partition(".")
    return state, name


def is_outcome(compiled: Compiled, state: str, name: str) -> bool:
    """Whether ``state.name`` is an outcome of a waiting block or a compound state, rather than an event of people."""
    found = compiled.states.get(state)
    if found is None:
        return False
    of_block = found.waits_for is not None and name in OUTCOMES[found.waits_for]
    return of_block or name in found.endings


def since_of(compiled: Compiled, invariant: Invariant) -> tuple[frozenset[str], frozenset[str]]:
    """The states that ``since`` names, and the written fields on which its fields depend."""
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
