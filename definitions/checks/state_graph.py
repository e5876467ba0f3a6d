"""What can be reached, left and chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.checks.subject import Move, Placed, Subject
from definitions.text.problems import Problem


def unreachable_states(subject: Subject) -> Iterator[Problem]:
    """Every state can be reached; of a state that can't, those in it are not named."""
    reached = _reached(subject)
    for one in subject.placed:
        if one.id not in reached and not (one.ancestors and one.ancestors[-1] not in reached):
            message = f"no path leads to state '{one.id}'"
            yield subject.problem(
                one.path, "unreachable-state", message, "lead a transition to it or delete it", key=True
            )


def _reached(subject: Subject) -> set[str]:
    reached: set[str] = set()
    waiting = [subject.process.initial, *_targets(subject.moves(), None)]
    while waiting:
        for state_id in entered(subject, waiting.pop()) - reached:
            reached.add(state_id)
            waiting += _targets(subject.moves_of(subject.states[state_id]), state_id)
    return reached


def _targets(moves: Iterator[Move], own: str | None) -> list[str]:
    return [
        move.transition.to
        for move in moves
        if move.transition.to is not None and (move.state.id if move.state else None) == own
    ]


def entered(subject: Subject, target: str) -> set[str]:
    """The states that a transition to ``target`` enters: it, what it stands in, and what they begin in."""
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
    """A state that nothing leads out of is final, or a mistake."""
    if any(transition.to for alternatives in subject.process.on.values() for transition in alternatives):
        return
    for one in subject.placed:
        state = one.state
        if state.final or state.history or state.states:
            continue
        chain = [one, *(subject.states[name] for name in one.ancestors)]
        leads_out = any(move.transition.to not in (None, one.id) for each in chain for move in subject.moves_of(each))
        if not leads_out and not any(_done_elsewhere(subject, name) for name in one.ancestors):
            message = f"nothing leads out of state '{one.id}'"
            yield subject.problem(one.path, "dead-end", message, "give it a transition, or write final: true", key=True)


def _done_elsewhere(subject: Subject, name: str) -> bool:
    """A region of a parallel state may rest while the others go on."""
    return subject.states[name].state.parallel


def never_chosen(subject: Subject) -> Iterator[Problem]:
    """No transition stands behind one that is always chosen before it."""
    for moves in _in_order(subject):
        for index, move in enumerate(moves):
            before = next((other for other in moves[:index] if _covers(other, move)), None)
            if before is not None:
                line = subject.source.at(before.path).line
                message = f"this transition is never chosen: the one in line {line} always is"
                yield subject.problem(move.path, "never-chosen", message, "put the one with conditions first")


def _in_order(subject: Subject) -> Iterator[Sequence[Move]]:
    owners: list[Placed | None] = [None, *subject.placed]
    everything = list(subject.moves())
    for owner in owners:
        own = [move for move in everything if move.state is owner]
        yield [move for move in own if move.kind == "on"]
        yield [move for move in own if move.kind == "always"]


def _covers(before: Move, move: Move) -> bool:
    if before.event is not None and not takes(before.event, move.event or ""):
        return False
    one, other = before.transition, move.transition
    if one.when is not None and one.when != other.when:
        return False
    return one.by is None or (other.by is not None and set(other.by) <= set(one.by))


def takes(descriptor: str, event: str) -> bool:
    """Whether a handler for ``descriptor`` takes ``event``: SCXML, section 3.12.1."""
    return descriptor in ("*", event) or event.startswith(f"{descriptor}.")


def endless_always(subject: Subject) -> Iterator[Problem]:
    """Transitions without event and condition never lead in a circle."""
    moves = {one.id: _unconditional(subject, one) for one in subject.placed}
    told: set[str] = set()
    for start, move in moves.items():
        path: list[str] = []
        state: str | None = start
        while state is not None and state not in path and moves[state] is not None:
            path.append(state)
            state = _next(subject, moves, state)
        if move is not None and state == start and start not in told:
            told.update(path)
            message = f"this goes round for ever: {' → '.join([*path, start])}"
            yield subject.problem(move.path, "endless-always", message, "give one of these transitions a 'when'")


def _unconditional(subject: Subject, one: Placed) -> Move | None:
    return next((m for m in subject.moves_of(one) if m.kind == "always" and m.transition.when is None), None)


def _next(subject: Subject, moves: dict[str, Move | None], state: str) -> str | None:
    move = moves[state]
    target = move.transition.to if move else None
    if target is None:
        return state if move else None
    into = entered(subject, target) if target in subject.states else set()
    return next((name for name in subject.states if name in into and moves[name] is not None), None)


CHECKS = (unreachable_states, dead_ends, never_chosen, endless_always)
