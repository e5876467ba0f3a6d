"""An abstract ticket as the chart's content: SCXML's own algorithm runs on it, and every choice is explored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from definitions.schema.model import Json
from definitions.schema.states import Transition as Written
from definitions.schema.steps import Step
from workflows.engine.access.permissions import ENGINE_EVENTS
from workflows.engine.proofs.abstract_state import SOMEBODY, Note, Phase, Situation, Trail, Values
from workflows.engine.proofs.choices import Choices
from workflows.engine.proofs.conditions import Atom, Condition, Joined, Not
from workflows.engine.proofs.domains import ASSIGNEE, Reading, full_domain
from workflows.engine.proofs.property import Question
from workflows.engine.statechart import Configuration, Transition

MOST_COMBINATIONS = 1_000
"""Of values that one guard reads; beyond, it is taken both ways."""
MOST_RAISED = 100
"""LANGUAGE, section 4: more microsteps than these refuse the event, so that a longer queue is never worked off."""
SEVERAL = 2
_UNKNOWN = "unknown"


class Impossible(Exception):
    """What was tried is refused, or can't happen: nothing comes of it."""


class AbstractTicket:
    """One situation while one move is tried on it. Its methods are those of the chart's ``Content``, and the moves'."""

    def __init__(self, question: Question, situation: Situation, choices: Choices) -> None:
        self.question = question
        self.compiled = question.compiled
        self.choices = choices
        self.configuration = Configuration(situation.active, dict(situation.history))
        self.active = set(situation.active)
        self.values: dict[str, Values] = dict(zip(question.tracked, situation.values, strict=True))
        self.pending = list(situation.pending)
        self.decided = set(situation.decided)
        self.raised_events = list(situation.raised)
        self.excused = situation.excused
        self.by_somebody = situation.by_somebody
        self.keeps_excuse = False
        """The outcome that is handled is itself one of ``without``: leaving its state voids nothing."""
        self.event = ""
        """The event from outside that is handled; empty for all else."""
        self.sent: dict[str, Values] = {}
        """What its form may carry, as far as that has been looked at."""
        self.form_fields: tuple[str, ...] = ()
        self.counts = True
        self.certain = True
        """Nothing that is not known decides whether this happens."""
        self.trail = Trail()
        self.permitted: dict[tuple[str, ...] | None, bool] = {}
        self._before = frozenset(situation.active)

    # What the chart asks

    def enabled(self, transition: Transition, event: str | None) -> bool:
        """``when``; of an event from outside also ``by``, of all else also ``requires``."""
        rule = self.compiled.rules[transition.index]
        if not self.event:
            return self.holds(rule.transition.when) and all(self._is_given(name) for name in rule.transition.requires)
        if rule.outcome_only:
            return False
        if self.event.startswith(ENGINE_EVENTS):
            return self.holds(rule.transition.when)  # ``by`` is not looked at
        if self.event in self.compiled.raised and "engine" not in (rule.transition.by or ()):
            return False
        return self.holds(rule.transition.when) and self._may_send(rule.transition)

    def exit(self, state_id: str) -> None:
        self.perform(self.compiled.states[state_id].exit)
        self.pending = [one for one in self.pending if one[0] != state_id]
        self.decided.discard(state_id)
        self.active.discard(state_id)
        if state_id in self.question.since_states and not self.keeps_excuse:
            self.excused = False

    def take(self, transition: Transition) -> None:
        """Form, ``set``, ``do``: in this order."""
        rule = self.compiled.rules[transition.index]
        self.trail.taken.append(transition.index)
        form, self.form_fields = self.form_fields, ()
        for name in form:
            self.write_form(name, rule.transition.requires)
        if rule.transition.set:
            self._set(rule.transition.set, by_form=self.by_somebody)
        self.perform(rule.transition.do)
        if self.event and any(self._has_happened(state, name, transition) for state, name in self.question.events):
            self.excused = True

    def enter(self, state_id: str) -> None:
        self.active.add(state_id)
        if state_id in self.question.since_states:
            self.excused = False
        if state_id == self.question.never and not self.excused:
            when = self.question.when
            if when is None or self._verdict(self.question.condition(when)) in ("true", _UNKNOWN):
                self.trail.violated = True
        state = self.compiled.states[state_id]
        self.perform(state.entry)
        if f"approval.{state_id}.outcome" in self.values:
            self.write(f"approval.{state_id}.outcome", (None,), shown=False)

    def done(self, state_id: str) -> None:
        self.end_block(state_id, "done")

    def raised(self) -> str | None:
        return self.raised_events.pop(0) if self.raised_events else None

    def ended(self, state_id: str) -> None:
        self.pending.clear()
        self.decided.clear()
        self.raised_events.clear()

    # What moves do

    def end_block(self, state: str, name: str) -> None:
        """The outcome of a state is due from here on; two stand for any number of them."""
        if self.pending.count((state, name)) < SEVERAL:
            self.pending.append((state, name))
        if (state, name) in self.question.outcomes:
            self.excused = True

    def take_off(self, outcome: tuple[str, str]) -> None:
        """An outcome is taken; where two stand for any number, there may be as many as before."""
        if self.pending.count(outcome) < SEVERAL or self._either():
            self.pending.remove(outcome)

    def touch(self, name: str) -> None:
        """A field may have got another value."""
        if name in self.question.since_fields and self.excused:
            self.excused = False
            if name not in self.values:
                self.trail.notes.append(Note("written", name, (), (), shown=True))

    def write(self, name: str, after: Values, *, shown: bool) -> None:
        before = self.values[name]
        if before == after and len(after) == 1:
            return
        if name in self.question.since_fields:
            self.excused = False
        self.trail.notes.append(Note("written", name, before, after, shown))
        self.values[name] = after

    def freeze(self, phase: Phase) -> Situation:
        return Situation(
            self.configuration.active,
            tuple(self.configuration.history.items()),
            tuple(self.values[name] for name in self.question.tracked),
            tuple(self.pending),
            frozenset(self.decided),
            tuple(self.raised_events),
            self.excused,
            phase,
            self.by_somebody and phase == "moving",
        )

    # Guards

    def holds(self, source: str | None) -> bool:
        """Whether a guard holds; one that can't be decided is chosen."""
        if source is None:
            return True
        verdict = self._verdict(self.question.condition(source))
        return self._either() if verdict == _UNKNOWN else verdict == "true"

    def _either(self) -> bool:
        """A choice that is nobody's: it depends on what is not known."""
        self.certain = False
        return self.choices.either()

    def _verdict(self, condition: Condition) -> str:
        """``true``, ``false``, ``null`` or ``unknown``, by CEL's logic, where null is what nobody knows."""
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
        reading = self.question.expressions.reading(source)
        if not self._is_known(reading):
            return _UNKNOWN
        return str(self._combination(reading, source, verdict=True))

    def _knows_event(self) -> bool:
        """The form is forgotten after the microstep that it was sent with; timers and outcomes have none."""
        return bool(self.event) or not self.by_somebody

    def _are_too_many(self, reading: Reading) -> bool:
        return prod(map(len, self._domains(reading))) > MOST_COMBINATIONS

    def _domains(self, reading: Reading) -> list[Values]:
        return [self.values[name] for name in reading.names] + [self._sent(name) for name in reading.of_event]

    def _combination(self, reading: Reading, source: str, *, verdict: bool) -> Json:
        """What an expression comes to, by a choice of the values that it reads, which are narrowed to it."""
        place = self.compiled.chart.in_document_order(self.active) if reading.places else ()
        options = self.question.expressions.results(source, tuple(self._domains(reading)), place, verdict)
        if len(options) == 1:
            return options[0].value
        self.certain = False
        chosen = options[self.choices.among(len(options))]
        names = (*reading.names, *reading.of_event)
        for position, (name, values) in enumerate(zip(names, chosen.narrowed, strict=True)):
            self._narrow(name, values, position >= len(reading.names))
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
            self.trail.notes.append(Note("read", name, self.values[name], after))
            self.values[name] = after

    # Permissions

    def _may_send(self, written: Written) -> bool:
        """Whoever sends it is one of ``by``, or not: the same for all alternatives with the same ``by``."""
        by = written.by
        if by not in self.permitted:
            self.permitted[by] = self._is_permitted(by)
        return self.permitted[by]

    def _is_permitted(self, by: tuple[str, ...] | None) -> bool:
        if by is None:
            return self.compiled.process.may.see is None or self.choices.either()
        if self.question.somebody is not None:
            assigned = ASSIGNEE not in self.values or SOMEBODY in self.values[ASSIGNEE]
            if not self.question.somebody.can_be(by, assigned=assigned):
                if "engine" not in by:
                    return False
                self.counts = False
        return "everyone" in by or self.choices.either()

    def _is_given(self, name: str) -> bool:
        """Whether ``requires`` is content, of what nobody sends."""
        if name == "comment":
            return self.by_somebody and self._either()
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

    def check_form(self, chosen: Sequence[Transition]) -> None:
        """Raises Impossible where the values sent are refused, or something required is missing."""
        rules = [self.compiled.rules[transition.index].transition for transition in chosen]
        form = tuple(dict.fromkeys(name for rule in rules for name in rule.form))
        if any(name not in form and None not in values for name, values in self.sent.items()):
            raise Impossible
        for name in dict.fromkeys(name for rule in rules for name in rule.requires):
            if name in self.values and name not in form:
                given = tuple(value for value in self.values[name] if value is not None)
                if not given:
                    raise Impossible
                self._narrow(name, given, of_event=False)
            elif name not in form and name != "comment":
                self.certain = False
        self.form_fields = form

    # Writes

    def write_form(self, name: str, required: Sequence[str]) -> None:
        """A field of the form is given, or left as it is."""
        if name in self.question.since_fields:
            self.touch(name)
        if name not in self.values:
            return
        sent, before = self._sent(name), self.values[name]
        after = dict.fromkeys(before if None in sent else ())
        after.update(dict.fromkeys(value for value in sent if value is not None))
        if None in sent and None in self.question.domains[name]:
            after[None] = None
        if name in required:
            after.pop(None, None)
        if not after:
            raise Impossible
        self.write(name, tuple(after), shown=True)

    def _set(self, given: Mapping[str, Json], *, by_form: bool) -> None:
        """Values that the process writes. A value that can't be written refuses a person, and is left out else."""
        if not any(self.question.matters(name) for name in given):
            return
        if self._may_fail(given) and not self._either():
            if by_form:
                raise Impossible
            return
        for name, value in given.items():
            self._set_one(name, value, by_form)

    def _may_fail(self, given: Mapping[str, Json]) -> bool:
        """All are written or none: whether one of them could be refused is not known of an expression."""
        sources = [value[1:] for value in given.values() if isinstance(value, str) and value.startswith("=")]
        if len(given) > 1:
            return bool(sources)
        return not all(self._is_known(self.question.expressions.reading(source)) for source in sources)

    def _is_known(self, reading: Reading) -> bool:
        known = reading.exact and all(one in self.values for one in reading.names)
        return known and (not reading.of_event or self._knows_event()) and not self._are_too_many(reading)

    def _set_one(self, name: str, value: Json, by_form: bool) -> None:
        if name not in self.values:
            self.touch(name)
            return
        domain = self.question.domains[name]
        after = self._possible(name, value)
        possible = tuple(one for one in after if one in domain)
        if possible:
            self.write(name, possible, shown=False)
        elif by_form:
            raise Impossible

    def _possible(self, name: str, value: Json) -> Values:
        """The values that something written may have."""
        if not (isinstance(value, str) and value.startswith("=")):
            return (value,)
        source = value[1:]
        if name == ASSIGNEE:
            return (SOMEBODY,)
        reading = self.question.expressions.reading(source)
        if not self._is_known(reading):
            return self.question.domains[name]
        return (self._combination(reading, source, verdict=False),)

    def perform(self, steps: Sequence[Step]) -> None:
        """The steps that matter; whether one with an unknown guard or list is performed is chosen."""
        for step in self.question.relevant(steps):
            if (step.each is None or self._either()) and self.holds(step.when):
                self._perform(step)

    def _perform(self, step: Step) -> None:
        if step.raise_ is not None:
            self.raised_events.append(step.raise_)
            if len(self.raised_events) > MOST_RAISED:
                raise Impossible
        elif step.assign is not None:
            self._assign(step.assign)
        elif step.start is not None:
            self.touch(step.start.link or "")
        elif step.set is not None:
            self._set(step.set, by_form=False)

    def _assign(self, principal: str) -> None:
        """Principals of fields are taken to have a value; ``actor`` is nobody where time or an outcome acts."""
        self.touch(ASSIGNEE)
        if ASSIGNEE not in self.values or principal == ASSIGNEE:
            return
        nobody = principal == "engine" or ("actor.id" in principal and not (self.event or self.by_somebody))
        self.write(ASSIGNEE, (None,) if nobody else (SOMEBODY,), shown=False)

    def _has_happened(self, state: str, name: str, transition: Transition) -> bool:
        """Whether taking this transition is the event ``state.name``: sent while there, and handled there."""
        if state not in self._before or not (self.event == name or self.event.startswith(f"{name}.")):
            return False
        chart, source = self.compiled.chart, transition.source
        return state == source or chart.is_descendant(state, source) or chart.is_descendant(source, state)
