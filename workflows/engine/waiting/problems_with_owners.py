"""Problems of which the ticket notifies its owners."""

from __future__ import annotations

from definitions.people.bound import person_of
from workflows.engine.draft.draft import Draft
from workflows.engine.model.problem import OwnedProblemCode


def report_to_owners(draft: Draft, code: OwnedProblemCode, text: str, state: str) -> None:
    """Reports a problem and notifies the ticket's owners: its assignee, and the person who opened it.

    ``state`` is empty for a problem of the whole ticket.
    """
    if draft.report_problem(code, text, state or None):
        owners = ((draft.assignee,) if draft.assignee else ()) + person_of(draft.before.opener)
        draft.notify(state, tuple(dict.fromkeys(owners)), "problem", context={"text": text})
