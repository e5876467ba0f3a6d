"""The structure of states and the targets of transitions."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.subject import PlacedState, Subject
from definitions.schema.waiting import OUTCOMES
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest


def unknown_targets(subject: Subject) -> Iterator[Problem]:
    """A transition leads to a state of the process."""
    for placed in subject.transitions():
        target = placed.transition.to
        if target is not None and target not in subject.states:
            path = subject.value_path(placed, "to")
            message = f"there is no state '{target}'"
            yield subject.problem(path, "unknown-target", message, closest(target, subject.states))


def initial_states(subject: Subject) -> Iterator[Problem]:
    """The process, and each compound state, begins in one of its own states."""
    yield from _initial(subject, ("initial",), subject.process.initial, list(subject.process.states))
    for one in subject.placed:
        state, path = one.state, (*one.path, "initial")
        if state.history is not None:
            continue
        if state.initial is not None and (state.parallel or not state.states):
            what = "a parallel state enters all of its states" if state.parallel else "this state has no states in it"
            yield subject.problem(path, "needless-initial", f"'initial' has no effect here: {what}", key=True)
        elif state.initial is not None:
            yield from _initial(subject, path, state.initial, list(state.states))
        elif state.past and not state.parallel:
            hint = f"name its initial state: initial: {state.past[0]}"
            yield subject.problem(
                one.path, "missing-initial", "a state with states in it needs 'initial'", hint, key=True
            )


def _initial(subject: Subject, path: Path, initial: str, own: list[str]) -> Iterator[Problem]:
    if initial not in own:
        message = f"'{initial}' is not one of its states"
        hint = closest(initial, own) or f"its states are {', '.join(own)}"
        yield subject.problem(path, "unknown-initial", message, hint)


def states_inside(subject: Subject) -> Iterator[Problem]:
    """A parallel state has regions, and no state has histories alone inside."""
    for one in subject.placed:
        state = one.state
        if state.history is not None or state.past or not (state.parallel or state.states):
            continue
        if state.parallel:
            message = "a parallel state needs states inside, which are active at once"
            hint = "add them, or leave 'parallel' out"
        else:
            message = "nothing inside can be active: a history only remembers other states"
            hint = "add a state that the history can remember"
        path = (*one.path, "states") if state.states else (*one.path, "parallel")
        yield subject.problem(path, "no-states", message, hint, key=True)


def regions(subject: Subject) -> Iterator[Problem]:
    """A region of a parallel state is not final: it is active from the first moment."""
    for one in subject.placed:
        if one.state.final and one.ancestors and subject.states[one.ancestors[-1]].state.parallel:
            outer = one.ancestors[-1]
            message = f"a region of the parallel state '{outer}' can't be final: it would have ended before it began"
            hint = "give the region states inside, one of them final"
            yield subject.problem((*one.path, "final"), "final-region", message, hint, key=True)


def history_states(subject: Subject) -> Iterator[Problem]:
    """A history state is inside another state, has no content, and leads to a sibling the first time."""
    for one in subject.placed:
        if one.state.history is None:
            continue
        if not one.ancestors:
            message = "a history state must be inside the state whose past it remembers"
            yield subject.problem((*one.path, "history"), "misplaced-history", message)
            continue
        if _does_something(one):
            message = "a history state only remembers: it can't have steps, transitions or states of its own"
            yield subject.problem((*one.path, "history"), "misplaced-history", message)
        parent = subject.states[one.ancestors[-1]]
        if one.state.initial is not None and (
            one.state.initial not in parent.state.states or one.state.initial == one.id
        ):
            others = [name for name in parent.state.states if name != one.id]
            yield from _initial(subject, (*one.path, "initial"), one.state.initial, others)


def history_circles(subject: Subject) -> Iterator[Problem]:
    """The first ways of histories end in a state that can be active."""
    reported: set[str] = set()
    for one in subject.placed:
        path: list[str] = []
        at: PlacedState | None = one
        while at is not None and at.state.history is not None and at.id not in path:
            path.append(at.id)
            at = subject.states.get(at.state.initial or "")
        if len(path) > 1 and at is not None and at.id == one.id and one.id not in reported:
            reported.update(path)
            message = f"these histories lead to each other, and to no state: {' → '.join([*path, one.id])}"
            hint = "let the 'initial' of one of them name a state"
            yield subject.problem((*one.path, "initial"), "endless-history", message, hint)


def _does_something(one: PlacedState) -> bool:
    state = one.state
    return bool(
        state.states or state.on or state.always or state.after or state.entry or state.exit or state.parallel
        or state.final or state.waits_for
    )  # fmt: skip


def final_states(subject: Subject) -> Iterator[Problem]:
    """A state that can be left is not final. The end of the ticket is never left, so that it has no exit steps."""
    for one in subject.placed:
        if not one.state.final:
            continue
        if one.state.exit and not one.ancestors:
            message = "these steps never run: the ticket ends here, and an ended ticket leaves no state"
            hint = "move them to 'entry', or to the transitions that lead here"
            yield subject.problem((*one.path, "exit"), "final-state", message, hint, key=True)
        for key in ("on", "always", "after", "states", "parallel", *OUTCOMES):
            if getattr(one.state, key):
                message = f"a final state must not have '{key}': it can't be left"
                yield subject.problem((*one.path, key), "final-state", message, key=True)


CHECKS = (
    unknown_targets, initial_states, states_inside, regions, history_states, history_circles, final_states,
)  # fmt: skip
