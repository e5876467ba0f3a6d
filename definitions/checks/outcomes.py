"""Outcomes of waiting blocks: every possible outcome has a handler, and no other outcome has one."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.state_graph import takes
from definitions.checks.subject import PlacedState, Subject
from definitions.schema.waiting import OUTCOMES
from definitions.text.problems import Problem


def unhandled_outcomes(subject: Subject) -> Iterator[Problem]:
    """The state of a waiting block, or a state around it, handles every outcome of the block.

    The failure of a run that never waits is left to ``workflows.engine.proofs.unhandled_failures``, which knows whether
    the steps may fail.
    """
    for one in subject.placed:
        handlers = [*one.state.on, *subject.process.on]
        handlers += [event for name in one.ancestors for event in subject.states[name].state.on]
        waits = one.state.run is None or any(step.call or step.http for step in one.state.run)
        for outcome in one.state.outcomes if waits else ("done",):
            if not any(takes(handler, outcome) for handler in handlers):
                block = one.state.waits_for or ""
                message = f"the outcome '{outcome}' of the {block} is not handled"
                hint = f"add a transition: on: {{{outcome}: …}}"
                yield subject.problem((*one.path, block), "unhandled-outcome", message, hint, key=True)


def unhandled_endings(subject: Subject) -> Iterator[Problem]:
    """A compound or parallel state handles its own outcomes, where nothing else leads out of it.

    A region may rest while the others continue. Where another transition leads out of the state, no ticket is stuck.
    Handlers of the whole process, such as ``cancel``, don't count as a way out.
    """
    for one in subject.placed:
        around = subject.states[one.ancestors[-1]].state if one.ancestors else None
        if (around is not None and around.parallel and not one.state.parallel) or _leads_out(subject, one):
            continue
        for outcome in one.state.endings:
            if any(takes(handler, outcome) for handler in one.state.on):
                continue
            message = f"the outcome '{outcome}' of its states is not handled"
            outer = next((name for name in one.ancestors if outcome in subject.states[name].state.on), None)
            hint = f"add a transition: on: {{{outcome}: …}}"
            hint += f" here; that of '{outer}' takes the outcome of the states directly inside it" if outer else ""
            yield subject.problem(one.path, "unhandled-outcome", message, hint, key=True)


def _leads_out(subject: Subject, one: PlacedState) -> bool:
    """Whether a transition of the state, or of a state around it, leads out of it."""
    chain = [one, *(subject.states[name] for name in one.ancestors)]
    targets = {
        placed.transition.to
        for each in chain
        for placed in subject.transitions_of(each)
        if placed.transition.to not in (None, one.id) and _can_happen(subject, each, placed.event)
    }
    return any(to not in subject.states or one.id not in subject.states[to].ancestors for to in targets if to)


def _can_happen(subject: Subject, one: PlacedState, event: str | None) -> bool:
    """Whether a state can get an event: not an outcome that only states further inside have, which is theirs alone."""
    inside = [inner for inner in subject.placed if _is_in(inner, one)]
    if event in one.state.endings or any(event in inner.state.outcomes for inner in inside):
        return True
    of_engine = event == "done" or any(event in inner.state.endings for inner in inside)
    return not of_engine


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


CHECKS = (one_block, unhandled_outcomes, unhandled_endings, impossible_outcomes)
