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
        elif state.states and not state.parallel:
            hint = f"name its initial state: initial: {next(iter(state.states))}"
            yield subject.problem(
                one.path, "missing-initial", "a state with states in it needs 'initial'", hint, key=True
            )


def _initial(subject: Subject, path: Path, initial: str, own: list[str]) -> Iterator[Problem]:
    if initial not in own:
        message = f"'{initial}' is not one of its states"
        hint = closest(initial, own) or f"its states are {', '.join(own)}"
        yield subject.problem(path, "unknown-initial", message, hint)


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


def _does_something(one: PlacedState) -> bool:
    state = one.state
    return bool(
        state.states or state.on or state.always or state.after or state.entry or state.exit or state.parallel
        or state.final or state.waits_for
    )  # fmt: skip


def final_states(subject: Subject) -> Iterator[Problem]:
    """A state that can be left is not final."""
    for one in subject.placed:
        if not one.state.final:
            continue
        for key in ("on", "always", "after", "states", "parallel", *OUTCOMES):
            if getattr(one.state, key):
                message = f"a final state must not have '{key}': it can't be left"
                yield subject.problem((*one.path, key), "final-state", message, key=True)


CHECKS = (unknown_targets, initial_states, history_states, final_states)
