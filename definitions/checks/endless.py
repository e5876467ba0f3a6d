"""Circles that never end, whatever happens to a ticket. Other circles end at their fiftieth link, while they run."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.subject import Subject
from definitions.schema.process import Process
from definitions.schema.states import State
from definitions.text.problems import Path, Problem


def sends_to_itself(subject: Subject) -> Iterator[Problem]:
    """A ticket sends no event to itself: ``raise`` does that, within the same step."""
    for path, step in subject.steps():
        if step.send is not None and step.send.to.removeprefix("=").strip() == "ticket.key":
            message = "a ticket can't send an event to itself"
            hint = f"write raise: {step.send.event}"
            yield subject.problem((*path, "send", "to"), "sends-to-itself", message, hint)


def starts_itself(subject: Subject) -> Iterator[Problem]:
    """The opening of a ticket does not start another ticket of the same process, at once or by way of others."""
    own = subject.process.process
    for place, started in _started(subject.process):
        circle = _way_back(subject, started, own, (started,))
        if circle:
            way = " → ".join((own, *circle))
            message = f"every new ticket starts another one: {way}"
            hint = "write a condition that ends it: when, or each over a list that can be empty"
            yield subject.problem(_path_of(subject, place), "starts-itself", message, hint)


def _way_back(subject: Subject, process: str, own: str, way: tuple[str, ...]) -> tuple[str, ...]:
    """The processes from ``process`` to ``own``, each of which always starts the next; none where there is no way."""
    if process == own:
        return way
    known = (subject.processes or {}).get(process)
    for _, started in _started(known) if known is not None else ():
        if started == own or started not in way:
            found = _way_back(subject, started, own, (*way, started))
            if found:
                return found
    return ()


def _started(process: Process) -> Iterator[tuple[tuple[str, Path], str]]:
    """The processes that every opening starts, each with its state and its place in that state."""
    for state_id, state in _entered(process):
        for index, step in enumerate(state.entry):
            if step.start is not None and step.when is None and step.each is None:
                yield (state_id, ("entry", index, "start", "process")), step.start.process
        child = state.child
        if child is not None and child.process is not None and child.each is None:
            yield (state_id, ("child", "process")), child.process


def _entered(process: Process) -> Iterator[tuple[str, State]]:
    """The states that an opening enters, whatever the ticket's values are."""
    waiting = [(process.initial, process.states.get(process.initial))]
    while waiting:
        state_id, state = waiting.pop(0)
        if state is None:
            continue
        yield state_id, state
        if state.parallel:
            waiting += state.states.items()
        elif state.initial is not None:
            waiting.append((state.initial, state.states.get(state.initial)))


def _path_of(subject: Subject, place: tuple[str, Path]) -> Path:
    state_id, rest = place
    return (*next(one.path for one in subject.placed if one.id == state_id), *rest)


CHECKS = (sends_to_itself, starts_itself)
