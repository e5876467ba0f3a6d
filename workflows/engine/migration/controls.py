"""Controls: a migration must not bypass an invariant ``never`` (LANGUAGE, section 2, Invariants).

A ticket that stays in a state of the same id has entered it by the rules of its old definition, and continues. A ticket
that a map moves has not taken the path that was proved, so that two moves are refused:

- into a state that a ``never`` of the new definition protects, or a history that remembers such a state;
- past the control: to a state from which the protected state can be reached without the control, although the ticket,
  with its present values, could not have reached it without the control; unless the old definition has the same
  invariant, and the ticket is already past the same control.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expressions import EvaluationFailed
from definitions.schema.process import Invariant
from workflows.engine.compiled import Compiled
from workflows.engine.draft.expressions import holds
from workflows.engine.draft.view import Handled, View
from workflows.engine.migration.route import Route
from workflows.engine.statechart import ROOT


def passed_by(route: Route, view: View) -> Iterator[str]:
    """Every move of the map that bypasses a control, with the remedy."""
    for invariant in route.new.process.invariants:
        if invariant.never is None or not _applies(view, invariant):
            continue
        for state, target in _moves(route):
            control = " or ".join(invariant.without)
            if invariant.never in (target, *route.new.chart.ancestors(target)):
                if not _was_there(route, invariant.never):
                    yield (f"{state!r} would be {target!r}, which no ticket enters without {control}: wait until the "
                           f"ticket has left {state!r}, or keep its id there")  # fmt: skip
            elif _is_past(route.new, view, invariant, target) and not _was_past(route, view, invariant, state):
                yield (f"{state!r} would be {target!r}, past {control}, which {invariant.never!r} requires: map it to "
                       f"a state before it")  # fmt: skip


def _applies(view: View, invariant: Invariant) -> bool:
    try:
        return holds(view, invariant.when)
    except (EvaluationFailed, KeyError):
        return True


def _moves(route: Route) -> Iterator[tuple[str, str]]:
    """The active and the remembered states to which the map gives another id."""
    for state in (*route.leaves, *(one for several in route.before.history.values() for one in several)):
        if route.is_moved(state):
            yield state, route.name(state)


def _was_there(route: Route, protected: str) -> bool:
    return protected in route.before.configuration and not route.is_moved(protected)


def _is_past(compiled: Compiled, view: View, invariant: Invariant, state: str) -> bool:
    """Whether the protected state is reachable without the control, and this state was not reachable without it.

    Guards are evaluated on the present ticket; guards that need more are assumed to hold.
    """
    protected = str(invariant.never)
    if protected not in _reached(compiled, view, invariant.without, state):
        return False
    return state not in _reached(compiled, view, invariant.without, ROOT)


def _was_past(route: Route, view: View, invariant: Invariant, state: str) -> bool:
    """Whether the old definition proves that this ticket has passed the same control."""
    before = View(route.old, route.before, Handled(""), view.now)
    for other in route.old.process.invariants:
        if other.never is None or route.name(other.never) != invariant.never:
            continue
        same = {_renamed(route, one) for one in other.without} == set(invariant.without)
        if same and _is_past(route.old, before, other, state):
            return True
    return False


def _renamed(route: Route, control: str) -> str:
    state, _, event = control.rpartition(".")
    return f"{route.name(state)}.{event}"


def _reached(compiled: Compiled, view: View, without: tuple[str, ...], start: str) -> set[str]:
    """The states that are reachable from ``start`` (from the root: from the opening) without the control."""
    chart = compiled.chart
    found: set[str] = set()
    waiting = list(_entered(compiled, start))
    while waiting:
        state = waiting.pop()
        if state in found:
            continue
        found.add(state)
        if state not in chart.leaves:
            continue
        for source in (state, *chart.ancestors(state)):
            for index in chart.states[source].transitions:
                rule = compiled.rules[index]
                is_control = any(f"{one}.{rule.event}" in without for one in _takers(compiled, state, source))
                if rule.transition.to and not is_control and _may_hold(view, rule.transition.when):
                    waiting += _entered(compiled, rule.transition.to)
    return found


def _takers(compiled: Compiled, leaf: str, source: str) -> tuple[str, ...]:
    """The states of which an event that ``source`` takes can be a control; before ``STRICT_CORE`` the leaf alone."""
    if source == leaf or not compiled.is_strict:
        return (leaf,)
    return (leaf, *compiled.chart.ancestors(leaf, source), source)


def _entered(compiled: Compiled, target: str) -> Iterator[str]:
    """A state with its ancestors and its default entry; for a history, every state that it may remember."""
    chart = compiled.chart
    state = chart.states[target]
    if state.kind in ("shallow", "deep"):
        yield from (one for one in chart.states if chart.is_descendant(one, state.parent or ROOT))
        return
    yield target
    yield from (one for one in chart.ancestors(target) if one != ROOT)
    inside = chart.child_states(target) if state.kind == "parallel" else state.initial
    for child in inside:
        yield from _entered(compiled, child)


def _may_hold(view: View, guard: str | None) -> bool:
    """Whether a guard may hold: a guard that reads the event, or can't be evaluated, is assumed to."""
    if guard is None:
        return True
    try:
        return "event." in guard or "in_state(" in guard or "tag(" in guard or holds(view, guard)
    except (EvaluationFailed, KeyError):
        return True
