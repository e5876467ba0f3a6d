"""The graph of states: every state can be reached and left, and every transition can be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.checks.circles import circles, depths
from definitions.checks.subject import PlacedState, PlacedTransition, Subject
from definitions.schema.states import Transition
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
            ahead.extend(first_way(subject, one))
        ahead.extend(one.state.states if one.state.parallel else (one.state.initial,))


def first_way(subject: Subject, history: PlacedState) -> tuple[str, ...]:
    """The states to which a history leads as long as it remembers nothing."""
    if history.state.initial is not None or not history.ancestors:
        return (history.state.initial,) if history.state.initial else ()
    return subject.states[history.ancestors[-1]].state.past


def depth_of_domain(subject: Subject, transition: Transition, source: PlacedState, target: PlacedState) -> int:
    """How many of the states around the target a transition leaves alone: those around its domain, and the domain.

    The domain is the innermost compound state around both ends, or the source of an internal transition (SCXML 3.13).
    """
    if transition.internal and source.id in target.ancestors:
        return len(source.ancestors) + 1
    common = (name for name in source.ancestors if name in target.ancestors)
    compound = (subject.states[name] for name in common if not subject.states[name].state.parallel)
    return max((len(one.ancestors) + 1 for one in compound), default=0)


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


def long_histories(subject: Subject) -> Iterator[Problem]:
    """The default of a history leads to a state through few other histories."""
    leads = {one.id: first_way(subject, one) for one in subject.placed if one.state.history}
    if any(True for _ in circles(leads)):
        return
    for name, depth in depths(leads).items():
        if depth > MOST_HISTORIES:
            message = f"the default of '{name}' leads through more than {MOST_HISTORIES} histories"
            hint = "name the state that the first visit enters"
            yield subject.problem((*subject.states[name].path, "initial"), "too-many-histories", message, hint)
            return


CHECKS = (long_histories, unreachable_states, dead_ends, never_chosen)
