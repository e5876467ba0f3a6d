"""Finite domains, and expressions over them: what a proof decides exactly.

Tracked names are fields of type choice and boolean, outcomes of approvals, and whether there is an assignee. An
expression is exact if it reads nothing but tracked names, fields computed from tracked fields alone, tables, and active
states. A field that is computed from anything else is renewed at the end of a step, and is out of date before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

from definitions.expressions import STATES, TAGS, EvaluationFailed, ExpressionError, compile_expression
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.schema.waiting import OUTCOMES
from workflows.engine.compiled import Compiled
from workflows.engine.draft.field_values import WrongValue, read_value
from workflows.engine.proofs.abstract_state import SOME_ASSIGNEE, Values

MOST_WORK = 500_000
"""The bound of all proofs of a process: guards decided and steps found. A count, and so the same on every machine."""
Verdict = Literal["true", "false", "null"]
ASSIGNEE = "assignee"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The tracked names that an expression reads; ``of_event``: those that it reads from the event's form."""

    names: tuple[str, ...]
    of_event: tuple[str, ...]
    exact: bool
    """It reads nothing else: values of the names determine its value."""
    places: bool
    """It reads the active states."""


def is_finite(spec: FieldSpec) -> bool:
    """Whether a written field has a domain that is small enough to enumerate."""
    return spec.value is None and not spec.list and spec.type in ("choice", "boolean")


def full_domain(compiled: Compiled, name: str) -> Values:
    """Every value that a tracked name can have, the default first."""
    if name == ASSIGNEE:
        return (None, SOME_ASSIGNEE)
    if name.startswith("approval."):
        return (None, *OUTCOMES["approval"])
    spec = compiled.process.fields[name]
    values: Values = tuple(spec.options) if spec.type == "choice" else (True, False)
    if spec.default in values:
        values = (spec.default, *(one for one in values if one != spec.default))
    return values if spec.required else (*values, None)


@dataclass(frozen=True, slots=True)
class ExpressionCase:
    """One value of an expression, with the values of each name that it reads for which it has this value."""

    value: Json
    narrowed: tuple[Values, ...]


class TooMuchWork(Exception):
    """The proofs of a process have reached their bound."""


class Expressions:
    """Exact expressions of a process, evaluated over finite domains. Every result is cached."""

    def __init__(self, compiled: Compiled, most_work: int = MOST_WORK) -> None:
        self._compiled = compiled
        self.most_work = most_work
        self.work = 0
        self.dependencies = cache(self._dependencies)
        self._value = cache(self._evaluated)
        self.cases = cache(self._cases)

    def spend(self) -> None:
        """Counts one guard or step. Raises TooMuchWork beyond the bound."""
        self.work += 1
        if self.work > self.most_work:
            raise TooMuchWork

    @property
    def is_exhausted(self) -> bool:
        """Whether the proofs have reached their bound."""
        return self.work > self.most_work

    def _dependencies(self, source: str) -> Dependencies:
        try:
            names = compile_expression(source, self._compiled.scope).names
        except ExpressionError:
            return Dependencies((), (), exact=False, places=False)
        found: dict[str, None] = {}
        of_event: dict[str, None] = {}
        exact, places = True, False
        for name in sorted(names):
            places = places or name in (STATES, TAGS, "ticket.state")
            known = self._tracked_behind(name, source)
            if known is None:
                exact = False
            elif name.startswith("event."):
                of_event.update(dict.fromkeys(known))
            else:
                found.update(dict.fromkeys(known))
        return Dependencies(tuple(found), tuple(of_event), exact, places)

    def _tracked_behind(self, name: str, source: str) -> tuple[str, ...] | None:
        """The tracked names on which a name of an expression depends; None if it depends on more."""
        head, _, rest = name.partition(".")
        fields = self._compiled.process.fields
        if head == "tables" or name in (STATES, TAGS, "ticket.state"):
            return ()
        if head == "approval":
            return (name,) if name.endswith(".outcome") else None
        if name == "ticket.assignee":
            return (ASSIGNEE,) if _tests_assignment(source) else None
        if head not in ("ticket", "event") or rest not in fields:
            return None
        spec = fields[rest]
        if spec.value is None:
            return (rest,) if is_finite(spec) else None
        inner = self.dependencies(spec.value)
        of_fields = not inner.places and not inner.of_event and all(one in fields for one in inner.names)
        return inner.names if inner.exact and of_fields else None

    def _cases(
        self, source: str, domains: tuple[Values, ...], active: tuple[str, ...], verdict: bool
    ) -> tuple[ExpressionCase, ...]:
        """The case split of an exact expression, or of a guard's verdict, over the domains of the names that it reads.

        With one name, values with the same result share a case; with several, each combination is a case of its own.
        """
        reads = self.dependencies(source)
        decide = self.verdict if verdict else self.value
        groups: dict[Json, list[Values]] = {}
        for one in product(*domains):
            known = dict(zip(reads.names, one, strict=False))
            sent = dict(zip(reads.of_event, one[len(reads.names) :], strict=True))
            groups.setdefault(decide(source, known, sent, active), []).append(one)
        if len(groups) == 1:
            return (ExpressionCase(next(iter(groups)), domains),)
        if len(domains) == 1:
            return tuple(ExpressionCase(value, (tuple(one[0] for one in found),)) for value, found in groups.items())
        return tuple(
            ExpressionCase(value, tuple((each,) for each in one)) for value, found in groups.items() for one in found
        )

    def verdict(self, source: str, values: Mapping[str, Json], event: Mapping[str, Json], active: Values) -> Verdict:
        """The verdict of an exact guard; ``null`` if its evaluation fails."""
        value = self.value(source, values, event, active)
        return "true" if value is True else "false" if value is False else "null"

    def value(self, source: str, values: Mapping[str, Json], event: Mapping[str, Json], active: Values) -> Json:
        """The value of an exact expression; None if its evaluation fails."""
        reads = self.dependencies(source)
        return self._value(
            source,
            tuple((name, values[name]) for name in reads.names),
            tuple((name, event[name]) for name in reads.of_event),
            active if reads.places else (),
        )

    def _evaluated(
        self, source: str, values: tuple[tuple[str, Json], ...], event: tuple[tuple[str, Json], ...], active: Values
    ) -> Json:
        known, sent = dict(values), dict(event)
        expression = compile_expression(source, self._compiled.scope)
        try:
            return expression.evaluate({name: self._bound(name, known, sent, active) for name in expression.names})
        except EvaluationFailed:
            return None

    def _bound(self, name: str, known: Mapping[str, Json], sent: Mapping[str, Json], active: Values) -> Json:
        head, _, rest = name.partition(".")
        compiled = self._compiled
        if name == STATES:
            return list(active)
        if name == TAGS:
            return list(compiled.tags(active))
        if name == "ticket.state":
            return next((state for state in active if state in compiled.chart.leaves), None)
        if head == "tables":
            return compiled.process.tables.get(rest)
        if head == "approval":
            return known[name]
        if head == "event":
            return sent[rest]
        spec = compiled.process.fields.get(rest)
        return self._computed(rest, spec, known) if spec is not None and spec.value else known[rest]

    def _computed(self, name: str, spec: FieldSpec, known: Mapping[str, Json]) -> Json:
        try:
            return read_value(spec, self.value(spec.value or "", known, {}, ()))
        except WrongValue:
            return None


def _tests_assignment(source: str) -> bool:
    plain = "".join(source.split())
    return plain in ("ticket.assignee==null", "ticket.assignee!=null", "null==ticket.assignee", "null!=ticket.assignee")


def inputs_of(compiled: Compiled, field: str) -> Iterator[str]:
    """The written fields on which a field depends, each once: itself, or the inputs of its computation."""
    fields = compiled.process.fields
    seen, ahead = {field}, [field]
    while ahead:
        name = ahead.pop()
        spec = fields.get(name)
        if spec is None or spec.value is None:
            yield name
            continue
        for read in sorted(compile_expression(spec.value, compiled.scope).names, reverse=True):
            head, _, rest = read.partition(".")
            needed = rest if head == "ticket" and rest in fields else head if head in fields else None
            if needed is not None and needed not in seen:
                seen.add(needed)
                ahead.append(needed)
