"""Outcomes of waiting blocks: each that can happen is handled, and no other."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.reaching import takes
from definitions.checks.subject import Placed, Subject
from definitions.schema.waiting import OUTCOMES
from definitions.text.problems import Problem


def unhandled_outcomes(subject: Subject) -> Iterator[Problem]:
    """What a waiting block ends in is handled by its state or one that this stands in.

    The ``done`` of a compound or parallel state may be left to another transition that leads out of it: then nobody is
    stuck. Handlers of the whole process, such as ``cancel``, are no way on and don't count.
    """
    for one in subject.placed:
        handlers = [*one.state.on, *subject.process.on]
        handlers += [event for name in one.ancestors for event in subject.states[name].state.on]
        for outcome in (*one.state.outcomes, *(("done",) if _has_done(subject, one) else ())):
            if not any(takes(handler, outcome) for handler in handlers):
                block = one.state.waits_for
                message = f"the outcome '{outcome}' of {f'the {block}' if block else 'its states'} is not handled"
                path = (*one.path, block) if block else one.path
                hint = f"say where it leads: on: {{{outcome}: …}}"
                yield subject.problem(path, "unhandled-outcome", message, hint, key=True)


def _has_done(subject: Subject, one: Placed) -> bool:
    """A compound state with a final state in it, or a parallel one whose regions all have one; with no way out else."""
    state = one.state
    if state.parallel:
        return (
            bool(state.states)
            and all(_ends(subject.states[region]) for region in state.states)
            and not _leads_out(subject, one)
        )
    in_parallel = bool(one.ancestors) and subject.states[one.ancestors[-1]].state.parallel
    return _ends(one) and not in_parallel and not _leads_out(subject, one)


def _leads_out(subject: Subject, one: Placed) -> bool:
    """Whether a transition of its own, or of a state that it stands in, leads to somewhere outside."""
    chain = [one, *(subject.states[name] for name in one.ancestors)]
    targets = {move.transition.to for each in chain for move in subject.moves_of(each)} - {None, one.id}
    return any(to not in subject.states or one.id not in subject.states[to].ancestors for to in targets if to)


def _ends(one: Placed) -> bool:
    return any(child.final for child in one.state.states.values())


def one_block(subject: Subject) -> Iterator[Problem]:
    """A state waits for one thing."""
    for one in subject.placed:
        for block in one.state.blocks[1:]:
            message = f"a state waits for one thing, and '{one.state.waits_for}' is given already"
            hint = "give each a state of its own, or a region of a parallel state"
            yield subject.problem((*one.path, block), "several-blocks", message, hint, key=True)


def impossible_outcomes(subject: Subject) -> Iterator[Problem]:
    """A handler of an outcome stands where that outcome can come from."""
    for move in subject.moves():
        event = move.event
        if event not in OUTCOMES["approval"] or (move.path and isinstance(move.path[-1], int) and move.path[-1] > 0):
            continue
        inside = [one for one in subject.placed if move.state is None or _is_in(one, move.state)]
        if any(event in one.state.outcomes for one in inside):
            continue
        approving = any(one.state.approval for one in inside)
        message = f"'{event}' can't happen here: " + (
            "the approval has no 'within'" if approving else "there is no approval"
        )
        path = move.path[:-1] if isinstance(move.path[-1], int) else move.path
        yield subject.problem(path, "impossible-outcome", message, key=True)


def _is_in(one: Placed, outer: Placed) -> bool:
    return one is outer or outer.id in one.ancestors


CHECKS = (one_block, unhandled_outcomes, impossible_outcomes)
