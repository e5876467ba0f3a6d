"""The abstract ticket as the chart's content: SCXML's algorithm runs on it, and every choice is explored.

Its executable content changes domains in place of values; its guards are decided, or taken both ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.schema.states import Transition
from definitions.schema.steps import Step
from definitions.schema.waiting import OUTCOMES
from workflows.engine.access.permissions import ENGINE_EVENTS
from workflows.engine.compiled import Rule
from workflows.engine.failing_steps import failing_write, undecided
from workflows.engine.proofs.abstract_state import (
    SOME_ASSIGNEE,
    AbstractEvent,
    AbstractOutcome,
    AbstractState,
    Phase,
    Values,
)
from workflows.engine.proofs.abstract_values import UNKNOWN, AbstractValues
from workflows.engine.proofs.choices import Choices, Infeasible
from workflows.engine.proofs.domains import ASSIGNEE, is_finite
from workflows.engine.proofs.property import Property, RelevantStep
from workflows.engine.proofs.queues import Queues
from workflows.engine.statechart import ChartTransition, Configuration


class AbstractTicket(AbstractValues):
    """An abstract state during an attempt at a step: the chart's ``Content``, and the operations of attempts."""

    def __init__(self, prop: Property, abstract: AbstractState, choices: Choices) -> None:
        super().__init__(prop, abstract, choices)
        self.configuration = Configuration(abstract.active, dict(abstract.history))
        self.decided = set(abstract.decided)
        self.failed_runs = set(abstract.failed_runs)
        self.queues = Queues(abstract)
        self.keeps_control = False
        """The present outcome is itself a control of ``without``: leaving its state voids no control."""
        self.form_fields: tuple[str, ...] = ()
        self.performable = True
        self.permitted: dict[tuple[str, ...] | None, bool] = {}
        self._before = frozenset(abstract.active)

    # The chart's content

    def enabled(self, transition: ChartTransition, event: str | None) -> bool:
        """Whether ``when`` holds; for an external event, also ``by``; for all others, also ``requires``."""
        rule = self.compiled.rules[transition.index]
        if not self.event:
            return self.holds(rule.transition.when) and all(self._is_given(name) for name in rule.transition.requires)
        if rule.outcome_only:
            return False
        if self.event.startswith(ENGINE_EVENTS):
            return self.holds(rule.transition.when)  # ``by`` does not apply
        if self.event in self.compiled.raised and "engine" not in (rule.transition.by or ()):
            return False
        return self.holds(rule.transition.when) and self._may_send(rule.transition)

    def exit(self, state_id: str) -> None:
        self.perform(self.compiled.states[state_id].exit, f"exit of {state_id}")
        self.queues.leave(state_id)
        self.decided.discard(state_id)
        self.failed_runs.discard(state_id)
        self.active.discard(state_id)
        if self.compiled.states[state_id].final:
            self.queues.lapse(self.compiled.chart.completed_by(state_id))
        if state_id in self.prop.since_states and not self.keeps_control:
            self.controlled = False

    def take(self, transition: ChartTransition) -> None:
        """Performs the form, ``set`` and ``do``, in this order."""
        rule = self.compiled.rules[transition.index]
        self.observed.taken.append(transition.index)
        form, self.form_fields = self.form_fields, ()
        for name in form:
            self.write_form(name, rule.transition.requires)
        self._set_and_do(rule)
        if self.event and any(self._has_happened(state, name, transition) for state, name in self.prop.events):
            self.controlled = True

    def _set_and_do(self, rule: Rule) -> None:
        """If no person acts and ``set`` fails, ``do`` is not performed: both form one list of steps."""
        given, do = rule.transition.set, rule.transition.do
        matters = not self.by_person and bool(self.prop.relevant(do))
        if not given or self._set(given, rule.cause, by_form=self.by_person, matters=matters):
            self.perform(do, f"do of {rule.cause}")

    def enter(self, state_id: str) -> None:
        self.active.add(state_id)
        if state_id in self.prop.since_states:
            self.controlled = False
        if state_id == self.prop.never and not self.controlled:
            when = self.prop.when
            if when is None or self.verdict(self.prop.condition(when)) in ("true", UNKNOWN):
                self.observed.violated = True
        state = self.compiled.states[state_id]
        self.perform(state.entry, f"entry of {state_id}")
        if state.run:
            self.run_on(state_id, 0)
        if f"approval.{state_id}.outcome" in self.values:
            self.write(f"approval.{state_id}.outcome", (None,), shown=False)

    def done(self, state_id: str) -> None:
        """Queues the outcome of a compound state that has a handler of its own."""
        name = self.compiled.ending(state_id, self.active)
        if any(one.source == state_id for one in self.compiled.chart.candidates(state_id, name)):
            self.queues.add(AbstractOutcome(state_id, name, of_states=True))
        self._has_ended(state_id, name)

    def raised(self) -> str | None:
        """The next event of the queue is taken by ``settle_once``, one microstep at a time."""
        return None

    def ended(self, state_id: str) -> None:
        self.decided.clear()
        self.failed_runs.clear()
        self.queues.clear()

    # Operations of attempts

    def run_on(self, state: str, index: int) -> None:
        """Performs the steps of a run that do not wait, from the ``index``-th step to the next step that waits.

        If one of them fails, the run has failed, and its outcome follows.
        """
        for number, steps in enumerate(self.prop.run_blocks(state, index)):
            if number and self.either():
                return
            if not self.perform(steps, f"run of {state}"):
                self.failed_runs.add(state)
                return

    def decide(self, state: str) -> None:
        """Notes that the block of a state has ended."""
        self.decided.add(state)
        self.failed_runs.discard(state)

    def begin_again(self, state: str) -> None:
        """Begins an approval again whose decision no transition has taken."""
        self.decided.discard(state)
        self.queues.void(state, OUTCOMES["approval"])
        if (outcome := f"approval.{state}.outcome") in self.values:
            self.write(outcome, (None,), shown=False)

    def end_block(self, state: str, name: str, *, first: bool) -> None:
        """Ends the block of a state; its outcome is the last or the ``first`` of those that are due."""
        self.queues.make_due(AbstractOutcome(state, name), first=first)
        self._has_ended(state, name)

    def _has_ended(self, state: str, name: str) -> None:
        if (state, name) in self.prop.outcomes:
            self.controlled = True

    def dequeue(self, outcome: AbstractOutcome) -> None:
        """Removes an outcome; where two represent any number, as many may remain."""
        if not self.queues.are_several(outcome) or self.either():
            self.queues.due.remove(outcome)

    def freeze(self, phase: Phase) -> AbstractState:
        return AbstractState(
            self.configuration.active,
            tuple(self.configuration.history.items()),
            tuple(self.values[name] for name in self.prop.tracked),
            tuple(self.queues.due),
            frozenset(self.decided),
            tuple(self.queues.raised),
            self.controlled,
            phase,
            self.by_person and phase == "unstable",
            frozenset(self.failed_runs),
        )

    # Permissions

    def _may_send(self, written: Transition) -> bool:
        """Whether the sender satisfies ``by``: the same answer for all alternatives with the same ``by``."""
        by = written.by
        if by not in self.permitted:
            self.permitted[by] = self._is_permitted(by)
        return self.permitted[by]

    def _is_permitted(self, by: tuple[str, ...] | None) -> bool:
        if by is None:
            return self.compiled.process.may.see is None or self.choices.either()
        if self.prop.actors is not None:
            assigned = ASSIGNEE not in self.values or SOME_ASSIGNEE in self.values[ASSIGNEE]
            if not self.prop.actors.can_satisfy(by, assigned=assigned):
                if "engine" not in by:
                    return False
                self.performable = False
        return "everyone" in by or self.choices.either()

    def _is_given(self, name: str) -> bool:
        """Whether a name of ``requires`` has a value, where no person's event brings one."""
        if name == "comment":
            return self.by_person and self.either()
        if name not in self.values:
            return self.either()
        given = tuple(value for value in self.values[name] if value is not None)
        if len(given) in (0, len(self.values[name])):
            return bool(given)
        if self.either():
            self.narrow(name, given, of_event=False)
            return True
        self.narrow(name, (None,), of_event=False)
        return False

    def check_form(self, chosen: Sequence[ChartTransition]) -> None:
        """Raises Infeasible if the form does not take the values sent, or a required value is missing."""
        rules = [self.compiled.rules[transition.index].transition for transition in chosen]
        form = tuple(dict.fromkeys(name for rule in rules for name in rule.form))
        if any(name not in form and None not in values for name, values in self.sent.items()):
            raise Infeasible
        for name in dict.fromkeys(name for rule in rules for name in rule.requires):
            if name in self.values and name not in form:
                given = tuple(value for value in self.values[name] if value is not None)
                if not given:
                    raise Infeasible
                self.narrow(name, given, of_event=False)
            elif name not in form and name != "comment":
                self.certain = False
        self.form_fields = form

    # Writes

    def write_form(self, name: str, required: Sequence[str]) -> None:
        """Writes a field of the form: the person gives a value, or leaves the field as it is."""
        if name in self.prop.since_fields:
            self.touch(name)
        if name not in self.values:
            return
        sent, before = self.domain_of_event(name), self.values[name]
        after = dict.fromkeys(before if None in sent else ())
        after.update(dict.fromkeys(value for value in sent if value is not None))
        if None in sent and None in self.prop.domains[name]:
            after[None] = None
        if name in required:
            after.pop(None, None)
        if not after:
            raise Infeasible
        self.write(name, tuple(after), shown=True)

    def _set(self, given: Mapping[str, Json], where: str, *, by_form: bool, matters: bool) -> bool:
        """Writes the values of ``set``, all or none. Returns False if that fails, which ends the list of steps.

        A person's event is refused instead. ``matters``: whether the rest of the list is relevant.
        """
        if not matters and not any(self.prop.is_relevant(name) for name in given):
            return True
        fails = failing_write(self.compiled, given, self._decides if len(given) == 1 else undecided)
        if fails == "maybe":
            fails = "never" if (self.either() if by_form else self.choices.either()) else "always"
        fitting = {name: self._fitting(name, value) for name, value in given.items() if name in self.values}
        if fails == "always" or not all(fitting.values()):
            if by_form:
                raise Infeasible
            return self._failed("set", where)
        for name in given:
            if name in fitting:
                self.write(name, fitting[name], shown=False)
            else:
                self.touch(name)
        return True

    def _decides(self, spec: FieldSpec, source: str) -> bool:
        return is_finite(spec) and self.is_known(self.prop.expressions.dependencies(source))

    def _fitting(self, name: str, value: Json) -> Values:
        return tuple(one for one in self.possible(name, value) if one in self.prop.domains[name])

    # Lists of steps

    def perform(self, steps: Sequence[Step], where: str) -> bool:
        """Performs the relevant steps of a list until a step fails. Returns whether all were performed.

        Everything undecided is taken both ways: conditions, lists, and the failure of a step that may fail.
        """
        return all(self._goes_on(one, where) for one in self.prop.relevant(steps))

    def _goes_on(self, one: RelevantStep, where: str) -> bool:
        step = one.step
        if one.may_stop_before and not self.choices.either():
            return self._failed("a step", where)
        if one.is_unsure and not self.choices.either():
            if step.each is not None and self.either():
                self._perform(step, where)  # for the elements before the failure
            return self._failed(step.kind, where)
        if (step.each is not None and not self.either()) or not self.holds(step.when):
            return True
        if one.fails == "maybe" and step.set is None and not self.choices.either():
            return self._failed(step.kind, where)
        return self._perform(step, where)

    def _perform(self, step: Step, where: str) -> bool:
        if step.raise_ is not None:
            self.queues.add(AbstractEvent(step.raise_, self.by_person))
            if step.each is not None and self.either():
                self._perform(step, where)  # for one more element
        elif step.assign is not None:
            self._assign(step.assign)
        elif step.start is not None:
            self.touch(step.start.link or "")
        elif step.set is not None:
            return self._set(step.set, where, by_form=False, matters=True)
        return True

    def _failed(self, what: str, where: str) -> bool:
        """Records a failure that ends a list of steps. Returns False."""
        self.certain = False
        self.observed.failed.append(f"{what} of {where} fails")
        return False

    def _assign(self, principal: str) -> None:
        """Assigns a principal: a field is assumed to name one; ``actor`` names nobody if time or an outcome acts."""
        self.touch(ASSIGNEE)
        if ASSIGNEE not in self.values or principal == ASSIGNEE:
            return
        nobody = principal == "engine" or ("actor.id" in principal and not (self.event or self.by_person))
        self.write(ASSIGNEE, (None,) if nobody else (SOME_ASSIGNEE,), shown=False)

    def _has_happened(self, state: str, name: str, transition: ChartTransition) -> bool:
        """Whether this transition makes the control ``state.name`` happen: sent and handled in the state."""
        if state not in self._before or not (self.event == name or self.event.startswith(f"{name}.")):
            return False
        chart, source = self.compiled.chart, transition.source
        return state == source or chart.is_descendant(state, source) or chart.is_descendant(source, state)
