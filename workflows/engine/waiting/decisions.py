"""The approval that a decision means: an approver names it wherever another could be meant."""

from __future__ import annotations

from definitions.schema.waiting import OUTCOMES
from definitions.times import Instant
from workflows.engine.draft.draft import Refused
from workflows.engine.draft.view import View
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.events import Delegate, Vote
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.waiting.approvals import open_in
from workflows.engine.waiting.requests import stage_of


def decided_state(view: View, event: Vote) -> str:
    """The state of the approval that a vote decides.

    A vote that names nothing decides the actor's only open request. Where the actor's own vote has opened that request,
    the next vote names it, so that a press too many decides nothing unread. Raises Refused: not_an_approver,
    ambiguous, already_voted, stale.
    """
    if view.compiled.interpreter < STRICT_CORE:
        return _first(view, event.actor.id, event.state)
    if event.state is not None and _names_a_request(event) and event.state not in dict(open_in(view)):
        raise Refused("stale", f"the approval in {event.state!r} that you have read is not open any more", ("state",))
    _refuse_ambiguous(view, event)
    state = _first(view, event.actor.id, event.state)
    approval = view.approvals[state]
    _refuse_stale(view, event, state, approval)
    if any(request.person == event.actor.id and request.vote is None for request in approval.requests):
        _refuse_unread(view, event, state, approval)
    return state


def handed_over_state(view: View, event: Delegate) -> str:
    """The state of the approval whose request is handed over. Raises Refused: not_an_approver, ambiguous."""
    if view.compiled.interpreter >= STRICT_CORE:
        _refuse_ambiguous(view, event)
    return _first(view, event.actor.id, event.state)


def _first(view: View, person: str, wanted: str | None) -> str:
    """The open approval of a request: the ``wanted`` approval, or one that awaits the person's vote, or has it, or any.

    Raises Refused: not_an_approver.
    """
    still_open = [(state, approval) for state, approval in open_in(view) if wanted in (None, state)]
    if not still_open:
        where = f" in {wanted}" if wanted else ""
        raise Refused("not_an_approver", f"no approval is open{where}")
    own = [
        (request.vote is not None, state)
        for state, approval in still_open
        for request in approval.requests
        if request.person == person
    ]
    return min(own, key=lambda one: one[0])[1] if own else still_open[0][0]


def _names_a_request(event: Vote) -> bool:
    return not (event.visit is None and event.round is None and event.stage is None)


def _refuse_ambiguous(view: View, event: Vote | Delegate) -> None:
    if event.state is not None:
        return
    own = [
        state
        for state, approval in open_in(view)
        if any(request.person == event.actor.id and request.vote is None for request in approval.requests)
    ]
    if len(own) > 1:
        names = f"{', '.join(map(repr, own[:-1]))} or {own[-1]!r}"
        many = f"{event.actor.id} has {len(own)} open approval requests on {view.before.key}"
        raise Refused("ambiguous", f"{many}: name the state, {names}", ("state",))


def _refuse_stale(view: View, event: Vote, state: str, approval: ApprovalState) -> None:
    """Refuses a vote on another visit, round or stage than the one that is open."""
    stage = stage_of(view, state, approval.stage)
    if (
        event.visit in (None, approval.visit)
        and event.round in (None, approval.round)
        and event.stage in (None, approval.stage, stage)
    ):
        return
    named = {"visit": event.visit, "round": event.round, "stage": event.stage}
    read = ", ".join(f"{name} {value!r}" for name, value in named.items() if value is not None)
    is_open = f"visit {approval.visit}, round {approval.round}" + ("" if stage is None else f", stage {stage!r}")
    raise Refused("stale", f"the decision is on {read} of {state!r}, but {is_open} is open", ("state",))


def _refuse_unread(view: View, event: Vote, state: str, approval: ApprovalState) -> None:
    """Refuses a vote that does not name its request, where an earlier vote of the actor could have meant the same."""
    who = f"{event.actor.id} has voted on {view.before.key} already"
    if event.stage is None and _voted_before(approval, event.actor.id):
        stage = stage_of(view, state, approval.stage)
        raise Refused("already_voted", f"{who}: to decide the next stage too, name the stage {stage!r}", ("stage",))
    others = [one for other, one in view.approvals.items() if other != state]
    follows = view.visits[state].cause in OUTCOMES["approval"]
    if event.state is None and follows and any(_voted_before(one, event.actor.id, approval.opened) for one in others):
        raise Refused("already_voted", f"{who}: to decide the next request too, name the state {state!r}", ("state",))


def _voted_before(approval: ApprovalState, person: str, at: Instant | None = None) -> bool:
    """Whether a person has voted in any stage of an approval: at a moment (UTC seconds), or ever where it is None."""
    requests = (*(one for stage in approval.passed for one in stage.requests), *approval.requests)
    votes = (one for one in requests if one.person == person and one.vote is not None)
    return any(at in (None, one.voted_at) for one in votes)
