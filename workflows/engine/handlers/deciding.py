"""Handles the decisions of people: votes, delegations, claims, and the end of automation by hand."""

from __future__ import annotations

from definitions.expressions import EvaluationFailed
from definitions.people.bound import plain
from definitions.people.directory import Actor
from workflows.engine.access.allowed import allowed_in
from workflows.engine.access.permissions import may_complete
from workflows.engine.access.principals import acts_as
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Refused
from workflows.engine.draft.view import View
from workflows.engine.model.events import Claim, CompleteRun, Delegate, Vote
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.timeline.ticket_entries import TicketAssigned
from workflows.engine.run_to_completion import settle
from workflows.engine.waiting import approvals, decisions, runs


def vote(content: TicketContent, event: Vote) -> None:
    """Takes a vote. Raises Refused: not_an_approver, already_voted, comment_required, ambiguous, stale."""
    state = decisions.decided_state(content.draft, event)
    refusal = approvals.vote(content.draft, event, state)
    if refusal is not None:
        fields = ("comment",) if refusal.code == "comment_required" else ()
        raise Refused(refusal.code, refusal.reason, fields)
    settle(content)


def delegate(content: TicketContent, event: Delegate) -> None:
    """Delegates an approval request. Raises Refused: not_an_approver, already_voted, not_permitted, ambiguous."""
    state = decisions.handed_over_state(content.draft, event)
    refusal = approvals.delegate(content.draft, event, state)
    if refusal is not None:
        raise Refused(refusal.code, refusal.reason)
    settle(content)


def claim(content: TicketContent, event: Claim) -> None:
    """Assigns the ticket of a team or role to the actor, who must belong to it. Raises Refused: not_permitted."""
    draft = content.draft
    assignee = draft.assignee
    if assignee is None or assignee.startswith("person:"):
        held = f"assigned to {plain(assignee)}" if assignee else "assigned to nobody"
        raise Refused("not_permitted", f"{draft.before.key} is {held}: only a ticket of a team or role can be claimed")
    if not acts_as(draft, event.actor, assignee):
        raise Refused("not_permitted", f"{event.actor.id} does not belong to {assignee}")
    draft.say(TicketAssigned(from_=plain(assignee), to=event.actor.id))
    draft.assignee = f"person:{event.actor.id}"
    settle(content)


def complete_run(content: TicketContent, event: CompleteRun) -> None:
    """Ends the automation of a state by hand, and records who has done so, with the results.

    Raises Refused: not_permitted, not_open, invalid_fields.
    """
    if not _may_complete(content.draft, event.actor):
        raise Refused("not_permitted", f"{event.actor.id} may not complete the automation of {event.state!r}")
    runs.complete(content.draft, event)
    settle(content)


def _may_complete(view: View, actor: Actor) -> bool:
    """``may.complete``; before ``STRICT_CORE`` everybody who could send an event."""
    if view.compiled.interpreter < STRICT_CORE:
        return actor.id == "engine" or bool(allowed_in(view, actor))
    try:
        return may_complete(view, actor)
    except EvaluationFailed:
        return False
