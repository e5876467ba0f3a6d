"""The values of an abstract ticket: guards are decided on their domains or taken both ways, and writes change them."""

from __future__ import annotations

from math import prod

from definitions.schema.model import Json
from workflows.engine.proofs.abstract_state import (
    SOME_ASSIGNEE,
    AbstractState,
    DomainChange,
    Observations,
    Values,
)
from workflows.engine.proofs.choices import Choices
from workflows.engine.proofs.conditions import Atom, Condition, Joined, Not
from workflows.engine.proofs.domains import ASSIGNEE, Dependencies, full_domain
from workflows.engine.proofs.property import Property

MOST_COMBINATIONS = 1_000
"""The largest number of value combinations by which one guard is decided; beyond it, the guard is taken both ways."""
UNKNOWN = "unknown"


class AbstractValues:
    """The domains of an abstract ticket during an attempt at a step, and the event that it handles."""

    def __init__(self, prop: Property, abstract: AbstractState, choices: Choices) -> None:
        self.prop = prop
        self.compiled = prop.compiled
        self.choices = choices
        self.active = set(abstract.active)
        self.values: dict[str, Values] = dict(zip(prop.tracked, abstract.values, strict=True))
        self.controlled = abstract.controlled
        self.by_person = abstract.by_person
        self.event = ""
        """The present external event; empty while timers, outcomes and raised events are handled."""
        self.sent: dict[str, Values] = {}
        """The domains of its form's fields, as far as a guard has read them."""
        self.certain = True
        """False as soon as an undecided guard was taken one way, or a step has failed."""
        self.observed = Observations()

    # Writes

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

    def possible(self, name: str, value: Json) -> Values:
        """The values to which a written value may evaluate."""
        if not (isinstance(value, str) and value.startswith("=")):
            return (None if value == "" else value,)
        source = value[1:]
        if name == ASSIGNEE:
            return (SOME_ASSIGNEE,)
        reads = self.prop.expressions.dependencies(source)
        if not self.is_known(reads):
            return self.prop.domains[name]
        return (self.value_of(reads, source, verdict=False),)

    # Guards

    def holds(self, source: str | None) -> bool:
        """Whether a guard holds; an undecided guard is taken both ways."""
        if source is None:
            return True
        verdict = self.verdict(self.prop.condition(source))
        return self.either() if verdict == UNKNOWN else verdict == "true"

    def either(self) -> bool:
        """Both ways of an undecided condition: no person makes this choice."""
        self.certain = False
        return self.choices.either()

    def verdict(self, condition: Condition) -> str:
        """``true``, ``false``, ``null`` (a failed evaluation) or ``unknown``, by the rules of CEL's logic."""
        match condition:
            case Atom(source):
                return self._of_atom(source)
            case Not(inner):
                found = self.verdict(inner)
                return {"true": "false", "false": "true"}.get(found, found)
            case Joined(joint, parts):
                decisive, other = ("false", "true") if joint == "&&" else ("true", "false")
                found_all = set()
                for part in parts:
                    found = self.verdict(part)
                    if found == decisive:
                        return decisive
                    found_all.add(found)
                return UNKNOWN if UNKNOWN in found_all else "null" if "null" in found_all else other

    def _of_atom(self, source: str) -> str:
        if source == "true":
            return "true"
        self.prop.expressions.spend()
        reads = self.prop.expressions.dependencies(source)
        if not self.is_known(reads):
            return UNKNOWN
        return str(self.value_of(reads, source, verdict=True))

    def _knows_event(self) -> bool:
        """Whether the event's form is known: it is forgotten after its microstep; timers and outcomes have none."""
        return bool(self.event) or not self.by_person

    def _are_too_many(self, reads: Dependencies) -> bool:
        return prod(map(len, self._domains(reads))) > MOST_COMBINATIONS

    def _domains(self, reads: Dependencies) -> list[Values]:
        return [self.values[name] for name in reads.names] + [self.domain_of_event(name) for name in reads.of_event]

    def value_of(self, reads: Dependencies, source: str, *, verdict: bool) -> Json:
        """The value of an exact expression: chooses one of its cases, and narrows the domains to that case."""
        place = self.compiled.chart.in_document_order(self.active) if reads.places else ()
        options = self.prop.expressions.cases(source, tuple(self._domains(reads)), place, verdict)
        if len(options) == 1:
            return options[0].value
        self.certain = False
        chosen = options[self.choices.among(len(options))]
        names = (*reads.names, *reads.of_event)
        for position, (name, values) in enumerate(zip(names, chosen.narrowed, strict=True)):
            self.narrow(name, values, position >= len(reads.names))
        return chosen.value

    def domain_of_event(self, name: str) -> Values:
        if not self.event:
            return (None,)
        if name not in self.sent:
            values = full_domain(self.compiled, name)
            self.sent[name] = values if None in values else (*values, None)
        return self.sent[name]

    def narrow(self, name: str, after: Values, of_event: bool) -> None:
        if of_event:
            self.sent[name] = after
        elif after != self.values[name]:
            self.observed.changes.append(DomainChange("read", name, self.values[name], after))
            self.values[name] = after

    def is_known(self, reads: Dependencies) -> bool:
        known = reads.exact and all(one in self.values for one in reads.names)
        return known and (not reads.of_event or self._knows_event()) and not self._are_too_many(reads)
