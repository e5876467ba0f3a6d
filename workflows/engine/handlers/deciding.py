"""What people decide on a ticket: votes, delegations, claims, and the end of automation in its place."""

from __future__ import annotations

from definitions.people.bound import plain
from definitions.people.directory import Actor
from workflows.engine.access.allowed import allowed_in
from workflows.engine.access.principals import acts_as
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Refused
from workflows.engine.draft.view import View
from workflows.engine.model.events import Claim, CompleteRun, Delegate, Vote
from workflows.engine.model.timeline.ticket_entries import TicketAssigned
from workflows.engine.run_to_completion import settle
from workflows.engine.waiting import approvals, runs


def vote(content: TicketContent, event: Vote) -> None:
    """Raises Refused: not_an_approver, already_voted, comment_required."""
    state = _approval_for(content.draft, event.actor, event.state)
    refusal = approvals.vote(content.draft, event, state)
    if refusal is not None:
        fields = ("comment",) if refusal.code == "comment_required" else ()
        raise Refused(refusal.code, refusal.reason, fields)
    settle(content)


def delegate(content: TicketContent, event: Delegate) -> None:
    """Raises Refused: not_an_approver, already_voted, not_permitted."""
    state = _approval_for(content.draft, event.actor, event.state)
    refusal = approvals.delegate(content.draft, event, state)
    if refusal is not None:
        raise Refused(refusal.code, refusal.reason)
    settle(content)


def claim(content: TicketContent, event: Claim) -> None:
    """Makes a member of the team or role that the ticket is assigned to its assignee. Raises Refused: not_permitted."""
    draft = content.draft
    assignee = draft.assignee
    if assignee is None or assignee.startswith("person:"):
        held = f"assigned to {plain(assignee)}" if assignee else "assigned to nobody"
        raise Refused("not_permitted", f"{draft.before.key} is {held}: only a team's or role's ticket can be claimed")
    if not acts_as(draft, event.actor, assignee):
        raise Refused("not_permitted", f"{event.actor.id} is not of {assignee}")
    draft.say(TicketAssigned(from_=plain(assignee), to=event.actor.id))
    draft.assignee = f"person:{event.actor.id}"
    settle(content)


def complete_run(content: TicketContent, event: CompleteRun) -> None:
    """Somebody who may send an event here ends what automation should have ended, and that is on record.

    Raises Refused: not_permitted, not_open.
    """
    if event.actor.id != "engine" and not allowed_in(content.draft, event.actor):
        raise Refused("not_permitted", f"{event.actor.id} may not complete the automation of {event.state!r}")
    runs.complete(content.draft, event)
    settle(content)


def _approval_for(view: View, actor: Actor, wanted: str | None) -> str:
    """The open approval that is meant: the one named, else one that awaits this person's vote, or has it, or any."""
    still_open = [(state, approval) for state, approval in approvals.open_in(view) if wanted in (None, state)]
    if not still_open:
        where = f" in {wanted}" if wanted else ""
        raise Refused("not_an_approver", f"no approval is open{where}")
    own = [
        (request.vote is not None, state)
        for state, approval in still_open
        for request in approval.requests
        if request.person == actor.id
    ]
    return min(own, key=lambda one: one[0])[1] if own else still_open[0][0]
