"""Outcomes of waiting blocks: every possible outcome has a handler, and no other outcome has one."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.state_graph import takes
from definitions.checks.subject import PlacedState, Subject
from definitions.schema.waiting import OUTCOMES
from definitions.text.problems import Problem


def unhandled_outcomes(subject: Subject) -> Iterator[Problem]:
    """The state of a waiting block, or a state around it, handles every outcome of the block.

    The ``done`` of a compound or parallel state needs no handler if another transition leads out of the state: then no
    ticket is stuck. Handlers of the whole process, such as ``cancel``, don't count as a way out.
    """
    for one in subject.placed:
        handlers = [*one.state.on, *subject.process.on]
        handlers += [event for name in one.ancestors for event in subject.states[name].state.on]
        for outcome in (*one.state.outcomes, *(("done",) if _has_done(subject, one) else ())):
            if not any(takes(handler, outcome) for handler in handlers):
                block = one.state.waits_for
                message = f"the outcome '{outcome}' of {f'the {block}' if block else 'its states'} is not handled"
                path = (*one.path, block) if block else one.path
                hint = f"add a transition: on: {{{outcome}: …}}"
                yield subject.problem(path, "unhandled-outcome", message, hint, key=True)


def _has_done(subject: Subject, one: PlacedState) -> bool:
    """Whether ``done`` is the only way out of a compound state, or of a parallel state whose regions all end."""
    state = one.state
    if state.parallel:
        return (
            bool(state.states)
            and all(_ends(subject.states[region]) for region in state.states)
            and not _leads_out(subject, one)
        )
    in_parallel = bool(one.ancestors) and subject.states[one.ancestors[-1]].state.parallel
    return _ends(one) and not in_parallel and not _leads_out(subject, one)


def _leads_out(subject: Subject, one: PlacedState) -> bool:
    """Whether a transition of the state, or of a state around it, leads out of it."""
    chain = [one, *(subject.states[name] for name in one.ancestors)]
    targets = {placed.transition.to for each in chain for placed in subject.transitions_of(each)} - {None, one.id}
    return any(to not in subject.states or one.id not in subject.states[to].ancestors for to in targets if to)


def _ends(one: PlacedState) -> bool:
    return any(child.final for child in one.state.states.values())


def one_block(subject: Subject) -> Iterator[Problem]:
    """A state has one waiting block at most."""
    for one in subject.placed:
        for block in one.state.blocks[1:]:
            message = f"a state waits for one thing only, and it already has '{one.state.blocks[0]}'"
            hint = "give each a state of its own, or a region of a parallel state"
            yield subject.problem((*one.path, block), "several-blocks", message, hint, key=True)


def impossible_outcomes(subject: Subject) -> Iterator[Problem]:
    """A handler of an outcome is in a state, or around a state, that can have this outcome."""
    for placed in subject.transitions():
        event = placed.event
        place = placed.path[-1] if placed.path else None
        if event not in OUTCOMES["approval"] or (isinstance(place, int) and place > 0):
            continue
        inside = [one for one in subject.placed if placed.state is None or _is_in(one, placed.state)]
        if any(event in one.state.outcomes for one in inside):
            continue
        approving = any(one.state.approval for one in inside)
        message = f"'{event}' can't happen here: " + (
            "the approval has no 'within'" if approving else "there is no approval"
        )
        path = placed.path[:-1] if isinstance(placed.path[-1], int) else placed.path
        yield subject.problem(path, "impossible-outcome", message, key=True)


def _is_in(one: PlacedState, outer: PlacedState) -> bool:
    return one is outer or outer.id in one.ancestors


CHECKS = (one_block, unhandled_outcomes, impossible_outcomes)
