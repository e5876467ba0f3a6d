"""The graph of states: every state can be reached and left, and every transition can be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from definitions.checks.circles import MOST_SHOWN, circles, depths
from definitions.checks.subject import PlacedState, PlacedTransition, Subject
from definitions.text.problems import Problem

MOST_HISTORIES = 20
"""Histories through which the default of a history may lead."""


def unreachable_states(subject: Subject) -> Iterator[Problem]:
    """Every state can be reached. Of an unreachable state, the states inside are not reported."""
    reached = _reached(subject)
    for one in subject.placed:
        if one.id not in reached and not (one.ancestors and one.ancestors[-1] not in reached):
            message = f"no path leads to state '{one.id}'"
            yield subject.problem(
                one.path, "unreachable-state", message, "add a transition to it, or delete it", key=True
            )


def _reached(subject: Subject) -> set[str]:
    reached: set[str] = set()
    waiting = [subject.process.initial, *_targets(subject.transitions(), None)]
    while waiting:
        for state_id in entered(subject, waiting.pop()) - reached:
            reached.add(state_id)
            waiting += _targets(subject.transitions_of(subject.states[state_id]), state_id)
    return reached


def _targets(transitions: Iterator[PlacedTransition], own: str | None) -> list[str]:
    return [
        placed.transition.to
        for placed in transitions
        if placed.transition.to is not None and (placed.state.id if placed.state else None) == own
    ]


def entered(subject: Subject, target: str) -> set[str]:
    """The states that a transition to ``target`` enters: the target, the states around it and their initial states."""
    found: set[str] = set()
    _enter(subject, target, found)
    for name in subject.states[target].ancestors if target in subject.states else ():
        found.add(name)
        for region in subject.states[name].state.states if subject.states[name].state.parallel else ():
            _enter(subject, region, found)
    return found


def _enter(subject: Subject, target: str, found: set[str]) -> None:
    """Adds a state with the states that it begins in. Histories may lead to each other, in a chain of any length."""
    ahead: list[str | None] = [target]
    while ahead:
        one = subject.states.get(ahead.pop() or "")
        if one is None or one.id in found:
            continue
        found.add(one.id)
        if one.state.history is not None:
            parent = subject.states[one.ancestors[-1]] if one.ancestors else None
            ahead.append(one.state.initial or (parent.state.initial if parent else None))
        ahead.extend(one.state.states if one.state.parallel else (one.state.initial,))


def dead_ends(subject: Subject) -> Iterator[Problem]:
    """A state that no transition leaves must be final."""
    if any(transition.to for alternatives in subject.process.on.values() for transition in alternatives):
        return
    for one in subject.placed:
        state = one.state
        if state.final or state.history or state.states:
            continue
        chain = [one, *(subject.states[name] for name in one.ancestors)]
        leads_out = any(
            placed.transition.to not in (None, one.id) for each in chain for placed in subject.transitions_of(each)
        )
        if not leads_out and not any(_done_elsewhere(subject, name) for name in one.ancestors):
            message = f"no transition leads out of state '{one.id}'"
            yield subject.problem(one.path, "dead-end", message, "add a transition, or write final: true", key=True)


def _done_elsewhere(subject: Subject, name: str) -> bool:
    """A region of a parallel state may rest while the others continue."""
    return subject.states[name].state.parallel


def never_chosen(subject: Subject) -> Iterator[Problem]:
    """No transition follows another one that is always chosen first."""
    for transitions in _in_order(subject):
        # By event and guard: only a transition without a guard, or with the same guard, comes first at all times.
        earlier: dict[tuple[str | None, str | None], list[int]] = {}
        for place, placed in enumerate(transitions):
            guards = dict.fromkeys((None, placed.transition.when))
            ahead = [earlier.get((event, when), ()) for event in _descriptors(placed.event) for when in guards]
            covering = (one for several in ahead for one in several if _takes_all_of(transitions[one], placed))
            before = min(covering, default=None)
            if before is not None:
                line = subject.source.at(transitions[before].path).line
                message = f"this transition is never chosen: the one on line {line} always comes first"
                yield subject.problem(placed.path, "never-chosen", message, "put the transition with conditions first")
            else:
                earlier.setdefault((placed.event, placed.transition.when), []).append(place)


def _in_order(subject: Subject) -> Iterator[Sequence[PlacedTransition]]:
    """The transitions of each state that compete with each other: those of events, and those without."""
    owned: dict[tuple[int, bool], list[PlacedTransition]] = {}
    for placed in subject.transitions():
        if placed.kind in ("on", "always"):
            owned.setdefault((id(placed.state), placed.kind == "on"), []).append(placed)
    yield from owned.values()


def _descriptors(event: str | None) -> Iterator[str | None]:
    """The handlers that take an event: its own, those of its first words, and the one of all events."""
    if event is None:
        yield None
        return
    yield "*"
    words = event.split(".")
    yield from (".".join(words[:length]) for length in range(1, len(words) + 1))


def _takes_all_of(before: PlacedTransition, placed: PlacedTransition) -> bool:
    """Whether everybody who may take ``placed`` may take ``before``."""
    one, other = before.transition, placed.transition
    return one.by is None or (other.by is not None and set(other.by) <= set(one.by))


def takes(descriptor: str, event: str) -> bool:
    """Whether a handler for ``descriptor`` handles ``event``: SCXML, section 3.12.1."""
    return descriptor in ("*", event) or event.startswith(f"{descriptor}.")


def endless_always(subject: Subject) -> Iterator[Problem]:
    """Transitions without an event and a condition never form a loop."""
    transitions = {one.id: _unconditional(subject, one) for one in subject.placed}
    order = {name: place for place, name in enumerate(subject.states)}
    written = {name: place for place, name in enumerate(transitions)}
    unguarded = [name for name, placed in transitions.items() if placed is not None]
    after = {name: _next(subject, transitions, order, name) for name in unguarded}
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


def _next(
    subject: Subject, transitions: Mapping[str, PlacedTransition | None], order: Mapping[str, int], state: str
) -> str | None:
    """The state, among those that the transition of ``state`` enters, whose own transition is taken next."""
    placed = transitions[state]
    target = placed.transition.to if placed else None
    if target is None:
        return state if placed else None
    into = entered(subject, target) if target in subject.states else set()
    return min((name for name in into if transitions[name] is not None), key=lambda name: order[name], default=None)


def long_histories(subject: Subject) -> Iterator[Problem]:
    """The default of a history leads to a state through few other histories."""
    leads = {one.id: (one.state.initial,) for one in subject.placed if one.state.history and one.state.initial}
    if any(True for _ in circles(leads)):
        return
    for name, depth in depths(leads).items():
        if depth > MOST_HISTORIES:
            message = f"the default of '{name}' leads through more than {MOST_HISTORIES} histories"
            hint = "name the state that the first visit enters"
            yield subject.problem((*subject.states[name].path, "initial"), "too-many-histories", message, hint)
            return


CHECKS = (long_histories, unreachable_states, dead_ends, never_chosen, endless_always)
