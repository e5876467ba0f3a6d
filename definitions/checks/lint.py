"""What is allowed, and seldom meant: warnings."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.subject import Placed, Subject
from definitions.schema.waiting import OUTCOMES
from definitions.text.problems import Problem


def open_to_all(subject: Subject) -> Iterator[Problem]:
    """An event that people send says who may send it."""
    raised = {step.raise_ for _, step in subject.steps() if step.raise_}
    for move in subject.moves():
        event = move.event
        if event is None or move.transition.by is not None or event in raised or event == "comment":
            continue
        if event.startswith(("ended.", "stanchion.")) or event in _outcomes(subject, move.state):
            continue
        message = f"everyone who may see the ticket can send '{event}'"
        hint = "say who may: by: assignee, or by: everyone where that is meant"
        yield subject.problem(move.path, "open-to-all", message, hint, severity="warning")


def _outcomes(subject: Subject, state: Placed | None) -> set[str]:
    """Outcomes of the blocks here, whether or not these very ones can have them; those of approvals anywhere."""
    inside = [one for one in subject.placed if state is None or one is state or state.id in one.ancestors]
    found = {outcome for one in inside for kind in one.state.blocks for outcome in OUTCOMES[kind]}
    return found | {*OUTCOMES["approval"]} | ({"done"} if any(one.state.states for one in inside) else set())


CHECKS = (open_to_all,)
