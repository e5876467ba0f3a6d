"""Warnings about definitions that are allowed, but seldom intended."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.state_graph import depth_of_domain
from definitions.checks.subject import PlacedState, Subject
from definitions.schema.waiting import OUTCOMES
from definitions.text.problems import Problem


def open_to_all(subject: Subject) -> Iterator[Problem]:
    """An event from people names its senders."""
    raised = {step.raise_ for _, step in subject.steps() if step.raise_}
    for placed in subject.transitions():
        event = placed.event
        if event is None or placed.transition.by is not None or event in raised or event == "comment":
            continue
        if event.startswith(("ended.", "stanchion.")) or event in _outcomes(subject, placed.state):
            continue
        message = f"everyone who may see the ticket can send '{event}'"
        hint = "name the senders: by: assignee, or by: everyone if that is intended"
        yield subject.problem(placed.path, "open-to-all", message, hint, severity="warning")


def _outcomes(subject: Subject, state: PlacedState | None) -> set[str]:
    """Outcomes of the blocks here, whether or not these very ones can have them; those of approvals anywhere."""
    inside = [one for one in subject.placed if state is None or one is state or state.id in one.ancestors]
    found = {outcome for one in inside for kind in one.state.blocks for outcome in OUTCOMES[kind]}
    found |= {ending for one in inside for ending in one.state.endings}
    return found | {*OUTCOMES["approval"]} | ({"done"} if any(one.state.states for one in inside) else set())


def restarted_regions(subject: Subject) -> Iterator[Problem]:
    """A transition inside a parallel state does not restart the waiting blocks of regions that it has no part in.

    SCXML leaves the whole parallel state, and enters it again, where no compound state within it contains both ends.
    """
    for placed in subject.transitions():
        source, target = placed.state, subject.states.get(placed.transition.to or "")
        if source is None or target is None:
            continue
        depth = depth_of_domain(subject, placed.transition, source, target)
        for outer in target.ancestors[depth:]:
            if not subject.states[outer].state.parallel or outer not in (source.id, *source.ancestors):
                continue
            lost = [one for one in subject.placed if one.state.blocks and _is_beside(outer, one, source, target)]
            if lost:
                blocks = " and ".join(f"the {one.state.waits_for} of '{one.id}'" for one in lost)
                begin = "begins" if len(lost) == 1 else "begin"
                message = f"this transition leaves all of '{outer}' and enters it again, so that {blocks} {begin} anew"
                yield subject.problem(
                    placed.path, "restarted-region", message, _staying_in(source, target), severity="warning"
                )
            break


def _is_beside(parallel: str, one: PlacedState, *ends: PlacedState) -> bool:
    """Whether a state is in a region of the parallel state that contains neither end of the transition."""
    if parallel not in one.ancestors:
        return False
    region = (*one.ancestors, one.id)[one.ancestors.index(parallel) + 1]
    return all(region not in (*end.ancestors, end.id) for end in ends)


def _staying_in(source: PlacedState, target: PlacedState) -> str:
    """How a transition with these ends leaves the other regions of the parallel state alone."""
    if source.id in target.ancestors:
        return "write internal: true, and the other regions stay as they are"
    if target.id == source.id and not source.state.states:
        return "leave 'to' out: the state is not left, and the other regions stay as they are"
    if target.id in (source.id, *source.ancestors):
        return f"lead to a state inside '{target.id}', and the other regions stay as they are"
    return "let the transition raise an event that the other region takes"


CHECKS = (open_to_all, restarted_regions)
