"""The graph of states: every state can be reached and left, and every transition can be chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.checks.subject import PlacedState, PlacedTransition, Subject
from definitions.text.problems import Problem


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

    def down(state_id: str | None) -> None:
        one = subject.states.get(state_id or "")
        if one is None or one.id in found:
            return
        found.add(one.id)
        if one.state.history is not None:
            parent = subject.states[one.ancestors[-1]] if one.ancestors else None
            down(one.state.initial or (parent.state.initial if parent else None))
        for child in one.state.states if one.state.parallel else ():
            down(child)
        if not one.state.parallel:
            down(one.state.initial)

    down(target)
    for name in subject.states[target].ancestors if target in subject.states else ():
        found.add(name)
        for region in subject.states[name].state.states if subject.states[name].state.parallel else ():
            down(region)
    return found


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
        for index, placed in enumerate(transitions):
            before = next((other for other in transitions[:index] if _covers(other, placed)), None)
            if before is not None:
                line = subject.source.at(before.path).line
                message = f"this transition is never chosen: the one on line {line} always comes first"
                yield subject.problem(placed.path, "never-chosen", message, "put the transition with conditions first")


def _in_order(subject: Subject) -> Iterator[Sequence[PlacedTransition]]:
    owners: list[PlacedState | None] = [None, *subject.placed]
    everything = list(subject.transitions())
    for owner in owners:
        own = [placed for placed in everything if placed.state is owner]
        yield [placed for placed in own if placed.kind == "on"]
        yield [placed for placed in own if placed.kind == "always"]


def _covers(before: PlacedTransition, placed: PlacedTransition) -> bool:
    if before.event is not None and not takes(before.event, placed.event or ""):
        return False
    one, other = before.transition, placed.transition
    if one.when is not None and one.when != other.when:
        return False
    return one.by is None or (other.by is not None and set(other.by) <= set(one.by))


def takes(descriptor: str, event: str) -> bool:
    """Whether a handler for ``descriptor`` handles ``event``: SCXML, section 3.12.1."""
    return descriptor in ("*", event) or event.startswith(f"{descriptor}.")


def endless_always(subject: Subject) -> Iterator[Problem]:
    """Transitions without an event and a condition never form a loop."""
    transitions = {one.id: _unconditional(subject, one) for one in subject.placed}
    reported: set[str] = set()
    for start, placed in transitions.items():
        path: list[str] = []
        state: str | None = start
        while state is not None and state not in path and transitions[state] is not None:
            path.append(state)
            state = _next(subject, transitions, state)
        if placed is not None and state == start and start not in reported:
            reported.update(path)
            message = f"these transitions form an endless loop: {' → '.join([*path, start])}"
            yield subject.problem(placed.path, "endless-always", message, "give one of these transitions a 'when'")


def _unconditional(subject: Subject, one: PlacedState) -> PlacedTransition | None:
    return next((m for m in subject.transitions_of(one) if m.kind == "always" and m.transition.when is None), None)


def _next(subject: Subject, transitions: dict[str, PlacedTransition | None], state: str) -> str | None:
    placed = transitions[state]
    target = placed.transition.to if placed else None
    if target is None:
        return state if placed else None
    into = entered(subject, target) if target in subject.states else set()
    return next((name for name in subject.states if name in into and transitions[name] is not None), None)


CHECKS = (unreachable_states, dead_ends, never_chosen, endless_always)
