"""Eventless transitions: those without a condition never form a loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.checks.circles import MOST_SHOWN, circles
from definitions.checks.state_graph import depth_of_domain, first_way
from definitions.checks.subject import PlacedState, PlacedTransition, Subject
from definitions.text.problems import Problem

Unconditional = dict[str, PlacedTransition | None]
"""For each state its first ``always`` without a ``when``."""


def endless_always(subject: Subject) -> Iterator[Problem]:
    """Transitions without an event and a condition never form a loop."""
    transitions: Unconditional = {one.id: _unconditional(subject, one) for one in subject.placed}
    written = {name: place for place, name in enumerate(transitions)}
    unguarded = [name for name, placed in transitions.items() if placed is not None]
    after = {name: _next(subject, transitions, written, name) for name in unguarded}
    for around in circles({name: (to,) for name, to in after.items() if to is not None}):
        first = around.index(min(around, key=lambda name: written[name]))
        loop = (*around[first:], *around[:first])
        placed = transitions[loop[0]]
        if placed is not None:
            shown = [*loop[:MOST_SHOWN], "…"] if len(loop) > MOST_SHOWN else list(loop)
            message = f"these transitions form an endless loop: {' → '.join([*shown, loop[0]])}"
            yield subject.problem(placed.path, "endless-always", message, "give one of these transitions a 'when'")


def _unconditional(subject: Subject, one: PlacedState) -> PlacedTransition | None:
    return next((m for m in subject.transitions_of(one) if m.kind == "always" and m.transition.when is None), None)


def _next(subject: Subject, transitions: Unconditional, order: Mapping[str, int], state: str) -> str | None:
    """The state whose transition follows that of ``state``: the innermost around the first leaf that can take one."""
    placed = transitions[state]
    if placed is None or placed.transition.to is None:
        return state if placed else None
    entered = _entered_by(subject, placed)
    for leaf in (subject.states[name] for name in sorted(entered, key=lambda name: order[name])):
        if not entered.isdisjoint(leaf.state.states):
            continue
        for name in (leaf.id, *reversed(leaf.ancestors)):
            if transitions[name] is not None:
                return name
    return None


def _entered_by(subject: Subject, placed: PlacedTransition) -> set[str]:
    """The states that a transition enters: the target with its default, and the other regions around it, in its domain.

    States around the domain stay active, and so do their other regions (SCXML, section 3.13).
    """
    source, target = placed.state, subject.states.get(placed.transition.to or "")
    if source is None or target is None:
        return set()
    found: set[str] = set()
    _enter(subject, target, depth_of_domain(subject, placed.transition, source, target), found)
    return found


def _enter(subject: Subject, one: PlacedState, depth: int, found: set[str]) -> None:
    """Enters a state, and the states around it that are nested ``depth`` levels deep or deeper."""
    if one.state.history is not None:
        for name in first_way(subject, one):
            _enter(subject, subject.states[name], max(depth, len(one.ancestors)), found)
    else:
        found.add(one.id)
        inside = one.state.past if one.state.parallel else (one.state.initial,) if one.state.initial else ()
        for name in inside:
            _enter(subject, subject.states[name], len(one.ancestors) + 1, found)
    for outer in one.ancestors[depth:]:
        found.add(outer)
        if not subject.states[outer].state.parallel:
            continue
        for name in subject.states[outer].state.past:
            if name not in one.ancestors and name != one.id:
                _enter(subject, subject.states[name], len(subject.states[outer].ancestors) + 1, found)


CHECKS = (endless_always,)
