"""Which steps may fail, and so end their list or their run. Only this module decides this, and it is cautious.

If ``failing`` says "never", the step never fails; if it says "maybe", the proof examines both success and failure. A
step fails by an expression that fails (``definitions.expressions.failing``), by a value that does not fit its field, or
by a bound of the engine. If the event has a sender, it may be refused instead. A refusal adds no path, so it is
harmless to count it as a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from definitions.expressions import ExpressionError, compile_expression
from definitions.expressions.scope import kind_of
from definitions.people.principals import (
    ExpressionPrincipal,
    FieldPrincipal,
    ManagerOf,
    PrincipalError,
    ServiceOwner,
    ServiceTeam,
    parse_principal,
)
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.schema.states import State
from definitions.schema.steps import Step
from workflows.engine.compiled import Compiled, steps_of
from workflows.engine.draft.field_values import WrongValue, is_value, order_key, read_value
from workflows.engine.model.bounds import SMALL_VALUE_BYTES, bytes_of

Failing = Literal["never", "maybe", "always"]
Decides = Callable[[FieldSpec, str], bool]
"""Whether the proof knows the value of an expression and the domain of its field, and so whether the value fits."""
_SMALL = frozenset({"boolean", "integer", "number", "datetime", "duration"})
"""Types whose values are small, and fit every field of the type that has no limits."""


def is_unsure(compiled: Compiled, step: Step) -> bool:
    """Whether the list or the condition of a step may fail. A list may also be too long."""
    return step.each is not None or (step.when is not None and _expression_may_fail(compiled, step.when))


def failing(compiled: Compiled, step: Step) -> Failing:
    """Whether the step itself fails if its condition holds."""
    match step.kind:
        case "raise":
            return "never"
        case "set":
            return failing_write(compiled, step.set or {}, undecided)
        case "assign" | "unwatch":
            return _maybe(_value_may_fail(compiled, step.value(step.kind), principal=True))
        case "comment":
            return _maybe(_value_may_fail(compiled, step.comment))
        case "cost" if step.cost:
            is_number = isinstance(step.cost.amount, int | float) and not isinstance(step.cost.amount, bool)
            return _maybe(not is_number or _value_may_fail(compiled, step.cost.note))
        case "notify" if step.notify:
            people = any(_value_may_fail(compiled, one, principal=True) for one in step.notify.to)
            texts = [step.notify.message, step.notify.quiet]
            names_many = any(_may_name_many(compiled, one) for one in step.notify.to)
            return _maybe(people or names_many or _value_may_fail(compiled, texts) or _fans_out(compiled))
    return "maybe"  # a chain of calls, requests, starts and events may be too long, and watchers too many


def failing_write(compiled: Compiled, given: Mapping[str, Json], decides: Decides) -> Failing:
    """Whether a ``set`` fails. A ``set`` writes all of its values or none."""
    return _worst(_failing_value(compiled, name, value, decides) for name, value in given.items())


def undecided(_spec: FieldSpec, _source: str) -> bool:
    """Decides no expression: a domain decides alone, and ``set`` writes all values or none."""
    return False


def outcomes_of(compiled: Compiled, state: State) -> tuple[str, ...]:
    """The outcomes that the waiting block of a state can have.

    A run has the outcome ``failed`` only if one of its steps may fail. It has ``done`` unless a step surely fails
    before the first step for which the run waits: while a run waits, people may complete it by hand.
    """
    if state.run is None:
        return state.outcomes
    impossible = set()
    if not any(may_fail(compiled, step) for step in state.run):
        impossible.add("failed")
    for step in state.run:
        if step.call or step.http:
            break
        if surely_fails(compiled, step):
            impossible.add("done")
    return tuple(one for one in state.outcomes if one not in impossible)


def may_fail(compiled: Compiled, step: Step) -> bool:
    """Whether the step, its list or its condition may fail."""
    return is_unsure(compiled, step) or failing(compiled, step) != "never"


def surely_fails(compiled: Compiled, step: Step) -> bool:
    """Whether the step fails whatever the ticket has."""
    return step.when is None and step.each is None and failing(compiled, step) == "always"


def _worst(found: Iterable[Failing]) -> Failing:
    every = set(found)
    return "always" if "always" in every else "maybe" if "maybe" in every else "never"


def _maybe(condition: bool) -> Failing:
    return "maybe" if condition else "never"


def _expression_may_fail(compiled: Compiled, source: str) -> bool:
    try:
        return compile_expression(source, compiled.scope).may_fail
    except ExpressionError:  # the checks have reported it
        return True


def _value_may_fail(compiled: Compiled, written: Json, *, principal: bool = False) -> bool:
    """Whether the evaluation of a written value may fail. A ``principal`` may have an expression inside."""
    if isinstance(written, str):
        if written.startswith("="):
            return _expression_may_fail(compiled, written[1:])
        return principal and "=" in written
    if isinstance(written, Mapping):
        return any(_value_may_fail(compiled, one) for one in written.values())
    return isinstance(written, list | tuple) and any(_value_may_fail(compiled, one) for one in written)


def _may_name_many(compiled: Compiled, written: str) -> bool:
    """Whether a principal may name so many people that a notice is too large."""
    try:
        principal = parse_principal(written, compiled.process.fields)
        while isinstance(principal, ManagerOf):
            principal = principal.inner
        match principal:
            case FieldPrincipal(field) | ServiceOwner(field) | ServiceTeam(field):
                return compiled.process.fields[field].list
            case ExpressionPrincipal(source):
                return compile_expression(source, compiled.scope).kind.name != "text"
        return False
    except (PrincipalError, ExpressionError):  # the checks have reported it
        return True


def _fans_out(compiled: Compiled) -> bool:
    """Whether other effects of the process may use up the bound, so that a notice is too many."""
    process = compiled.process
    of_steps = any(step.send or (step.each and not (step.set or step.raise_)) for step in steps_of(process))
    return of_steps or any(state.child and state.child.each for state in compiled.states.values())


def _failing_value(compiled: Compiled, name: str, value: Json, decides: Decides) -> Failing:
    spec = compiled.process.fields.get(name)
    if name == "assignee" and spec is None:
        return _maybe(value is not None)
    if spec is None or spec.value is not None:
        return "always"
    of_others = any(name in read for other, read in compiled.limits.items() if other != name)
    if isinstance(value, str) and value.startswith("="):
        return _maybe(of_others or _computed_may_fail(compiled, name, spec, value[1:], decides))
    if isinstance(value, list | tuple) and (spec.type == "ticket" or _has_expression(value)):
        return "maybe"
    return _worst((_maybe(of_others), _failing_literal(spec, value)))


def _has_expression(values: Iterable[Json]) -> bool:
    return any(isinstance(one, str) and one.startswith("=") for one in values)


def _computed_may_fail(compiled: Compiled, name: str, spec: FieldSpec, source: str, decides: Decides) -> bool:
    if _expression_may_fail(compiled, source):
        return True
    if decides(spec, source):
        return False
    plain = spec.type in _SMALL and not (spec.list or spec.required or spec.pattern or name in compiled.limits)
    return not plain or compile_expression(source, compiled.scope).kind != kind_of(spec)


def _failing_literal(spec: FieldSpec, value: Json) -> Failing:
    try:
        read = read_value(spec, value)
    except WrongValue:
        return "always"
    if spec.required and not is_value(read):
        return "always"
    too_large = _maybe(bytes_of(read) > SMALL_VALUE_BYTES)
    return "never" if read is None else _worst((too_large, _beyond_limits(spec, read)))


def _beyond_limits(spec: FieldSpec, read: Json) -> Failing:
    if spec.min is None and spec.max is None:
        return "never"
    limits = [one for one in (spec.min, spec.max) if one is not None]
    if any(isinstance(one, str) and (one.startswith("=") or spec.type == "date") for one in limits):
        return "maybe"
    one_of = spec.model_copy(update={"list": False})
    least, most = (None if one is None else order_key(spec, read_value(one_of, one)) for one in (spec.min, spec.max))
    found = [order_key(spec, one) for one in (read if isinstance(read, list) else [read])]
    within = all((least is None or one >= least) and (most is None or one <= most) for one in found)
    return "never" if within else "always"
