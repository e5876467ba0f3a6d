"""Warnings about definitions that are allowed, but seldom intended."""

from __future__ import annotations

from collections.abc import Iterator

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
    return found | {*OUTCOMES["approval"]} | ({"done"} if any(one.state.states for one in inside) else set())


CHECKS = (open_to_all,)
