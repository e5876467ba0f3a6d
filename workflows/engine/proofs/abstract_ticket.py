"""The abstract ticket as the chart's content: SCXML's algorithm runs on it, and every choice is explored.

Its executable content changes domains in place of values; its guards are decided, or taken both ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from definitions.schema.model import Json
from definitions.schema.states import Transition
from definitions.schema.steps import Step
from workflows.engine.access.permissions import ENGINE_EVENTS
from workflows.engine.proofs.abstract_state import (
    SOME_ASSIGNEE,
    AbstractEvent,
    AbstractOutcome,
    AbstractState,
    DomainChange,
    Observations,
    Phase,
    Values,
)
from workflows.engine.proofs.choices import Choices, Infeasible
from workflows.engine.proofs.conditions import Atom, Condition, Joined, Not
from workflows.engine.proofs.domains import ASSIGNEE, Dependencies, full_domain
from workflows.engine.proofs.property import Property
from workflows.engine.proofs.queues import Queues
from workflows.engine.statechart import ChartTransition, Configuration

MOST_COMBINATIONS = 1_000
"""The largest number of value combinations by which one guard is decided; beyond it, the guard is taken both ways."""
_UNKNOWN = "unknown"


class AbstractTicket:
    """An abstract state during an attempt at a step: the chart's ``Content``, and the operations of attempts."""

    def __init__(self, prop: Property, abstract: AbstractState, choices: Choices) -> None:
        self.prop = prop
        self.compiled = prop.compiled
        self.choices = choices
        self.configuration = Configuration(abstract.active, dict(abstract.history))
        self.active = set(abstract.active)
        self.values: dict[str, Values] = dict(zip(prop.tracked, abstract.values, strict=True))
        self.decided = set(abstract.decided)
        self.queues = Queues(abstract)
        self.controlled = abstract.controlled
        self.by_person = abstract.by_person
        self.keeps_control = False
        """The present outcome is itself a control of ``without``: leaving its state voids no control."""
        self.event = ""
        """The present external event; empty while timers, outcomes and raised events are handled."""
        self.sent: dict[str, Values] = {}
        """The domains of its form's fields, as far as a guard has read them."""
        self.form_fields: tuple[str, ...] = ()
        self.performable = True
        self.certain = True
        """No undecided guard has been taken one way so far."""
        self.observed = Observations()
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
        self.perform(self.compiled.states[state_id].exit)
        self.queues.leave(state_id)
        self.decided.discard(state_id)
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
        if rule.transition.set:
            self._set(rule.transition.set, by_form=self.by_person)
        self.perform(rule.transition.do)
        if self.event and any(self._has_happened(state, name, transition) for state, name in self.prop.events):
            self.controlled = True

    def enter(self, state_id: str) -> None:
        self.active.add(state_id)
        if state_id in self.prop.since_states:
            self.controlled = False
        if state_id == self.prop.never and not self.controlled:
            when = self.prop.when
            if when is None or self._verdict(self.prop.condition(when)) in ("true", _UNKNOWN):
                self.observed.violated = True
        state = self.compiled.states[state_id]
        self.perform(state.entry)
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
        self.queues.clear()

    # Operations of attempts

    def end_block(self, state: str, name: str, *, first: bool) -> None:
        """Ends the block of a state; its outcome is the last or the ``first`` of those that are due."""
        self.queues.make_due(AbstractOutcome(state, name), first=first)
        self._has_ended(state, name)

    def _has_ended(self, state: str, name: str) -> None:
        if (state, name) in self.prop.outcomes:
            self.controlled = True

    def dequeue(self, outcome: AbstractOutcome) -> None:
        """Removes an outcome; where two represent any number, as many may remain."""
        if not self.queues.are_several(outcome) or self._either():
            self.queues.due.remove(outcome)

    def touch(self, name: str) -> None:
        """Records that a field may have another value, which voids a control of ``since``."""
        if name in self.prop.since_fields and self.controlled:
            self.controlled = False
            if name not in self.values:
                self.observed.changes.append(DomainChange("written", name, (), (), shown=True))

    def write(self, name: str, after: Values, *, shown: bool) -> None:
        before = self.values[name]
        if before == after and len(after) == 1:
            return
        if name in self.prop.since_fields:
            self.controlled = False
        self.observed.changes.append(DomainChange("written", name, before, after, shown))
        self.values[name] = after

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
        )

    # Guards

    def holds(self, source: str | None) -> bool:
        """Whether a guard holds; an undecided guard is taken both ways."""
        if source is None:
            return True
        verdict = self._verdict(self.prop.condition(source))
        return self._either() if verdict == _UNKNOWN else verdict == "true"

    def _either(self) -> bool:
        """Both ways of an undecided condition: no person makes this choice."""
        self.certain = False
        return self.choices.either()

    def _verdict(self, condition: Condition) -> str:
        """``true``, ``false``, ``null`` (a failed evaluation) or ``unknown``, by the rules of CEL's logic."""
        match condition:
            case Atom(source):
                return self._of_atom(source)
            case Not(inner):
                found = self._verdict(inner)
                return {"true": "false", "false": "true"}.get(found, found)
            case Joined(joint, parts):
                decisive, other = ("false", "true") if joint == "&&" else ("true", "false")
                found_all = set()
                for part in parts:
                    found = self._verdict(part)
                    if found == decisive:
                        return decisive
                    found_all.add(found)
                return _UNKNOWN if _UNKNOWN in found_all else "null" if "null" in found_all else other

    def _of_atom(self, source: str) -> str:
        if source == "true":
            return "true"
        self.prop.expressions.spend()
        reads = self.prop.expressions.dependencies(source)
        if not self._is_known(reads):
            return _UNKNOWN
        return str(self._value(reads, source, verdict=True))

    def _knows_event(self) -> bool:
        """Whether the event's form is known: it is forgotten after its microstep; timers and outcomes have none."""
        return bool(self.event) or not self.by_person

    def _are_too_many(self, reads: Dependencies) -> bool:
        return prod(map(len, self._domains(reads))) > MOST_COMBINATIONS

    def _domains(self, reads: Dependencies) -> list[Values]:
        return [self.values[name] for name in reads.names] + [self._sent(name) for name in reads.of_event]

    def _value(self, reads: Dependencies, source: str, *, verdict: bool) -> Json:
        """The value of an exact expression: chooses one of its cases, and narrows the domains to that case."""
        place = self.compiled.chart.in_document_order(self.active) if reads.places else ()
        options = self.prop.expressions.cases(source, tuple(self._domains(reads)), place, verdict)
        if len(options) == 1:
            return options[0].value
        self.certain = False
        chosen = options[self.choices.among(len(options))]
        names = (*reads.names, *reads.of_event)
        for position, (name, values) in enumerate(zip(names, chosen.narrowed, strict=True)):
            self._narrow(name, values, position >= len(reads.names))
        return chosen.value

    def _sent(self, name: str) -> Values:
        if not self.event:
            return (None,)
        if name not in self.sent:
            values = full_domain(self.compiled, name)
            self.sent[name] = values if None in values else (*values, None)
        return self.sent[name]

    def _narrow(self, name: str, after: Values, of_event: bool) -> None:
        if of_event:
            self.sent[name] = after
        elif after != self.values[name]:
            self.observed.changes.append(DomainChange("read", name, self.values[name], after))
            self.values[name] = after

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
            return self.by_person and self._either()
        if name not in self.values:
            return self._either()
        given = tuple(value for value in self.values[name] if value is not None)
        if len(given) in (0, len(self.values[name])):
            return bool(given)
        if self._either():
            self._narrow(name, given, of_event=False)
            return True
        self._narrow(name, (None,), of_event=False)
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
                self._narrow(name, given, of_event=False)
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
        sent, before = self._sent(name), self.values[name]
        after = dict.fromkeys(before if None in sent else ())
        after.update(dict.fromkeys(value for value in sent if value is not None))
        if None in sent and None in self.prop.domains[name]:
            after[None] = None
        if name in required:
            after.pop(None, None)
        if not after:
            raise Infeasible
        self.write(name, tuple(after), shown=True)

    def _set(self, given: Mapping[str, Json], *, by_form: bool) -> None:
        """Writes the values of ``set``. If one does not fit, a person's event is refused, and any other writes none."""
        if not any(self.prop.is_relevant(name) for name in given):
            return
        if self._may_fail(given) and not self._either():
            if by_form:
                raise Infeasible
            return
        for name, value in given.items():
            self._set_one(name, value, by_form)

    def _may_fail(self, given: Mapping[str, Json]) -> bool:
        """Whether a value may not fit: all are written or none, and the value of an undecided expression may not."""
        sources = [value[1:] for value in given.values() if isinstance(value, str) and value.startswith("=")]
        if len(given) > 1:
            return bool(sources)
        return not all(self._is_known(self.prop.expressions.dependencies(source)) for source in sources)

    def _is_known(self, reads: Dependencies) -> bool:
        known = reads.exact and all(one in self.values for one in reads.names)
        return known and (not reads.of_event or self._knows_event()) and not self._are_too_many(reads)

    def _set_one(self, name: str, value: Json, by_form: bool) -> None:
        if name not in self.values:
            self.touch(name)
            return
        domain = self.prop.domains[name]
        after = self._possible(name, value)
        possible = tuple(one for one in after if one in domain)
        if possible:
            self.write(name, possible, shown=False)
        elif by_form:
            raise Infeasible

    def _possible(self, name: str, value: Json) -> Values:
        """The values to which a written value may evaluate."""
        if not (isinstance(value, str) and value.startswith("=")):
            return (value,)
        source = value[1:]
        if name == ASSIGNEE:
            return (SOME_ASSIGNEE,)
        reads = self.prop.expressions.dependencies(source)
        if not self._is_known(reads):
            return self.prop.domains[name]
        return (self._value(reads, source, verdict=False),)

    def perform(self, steps: Sequence[Step]) -> None:
        """Performs the relevant steps; a step with an undecided guard or list is taken both ways."""
        for step in self.prop.relevant(steps):
            if (step.each is None or self._either()) and self.holds(step.when):
                self._perform(step)

    def _perform(self, step: Step) -> None:
        if step.raise_ is not None:
            self.queues.add(AbstractEvent(step.raise_, self.by_person))
        elif step.assign is not None:
            self._assign(step.assign)
        elif step.start is not None:
            self.touch(step.start.link or "")
        elif step.set is not None:
            self._set(step.set, by_form=False)

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
