"""The approval of a state, from its first request to its outcome (LANGUAGE, section 4, approval).

``workflows.engine.waiting.quorum`` has the rules of the quorum. This module applies them to the ticket: approval
requests, changes that void votes, reminders, expiry, and the outcome of the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from definitions.expressions import EvaluationFailed
from definitions.schema.waiting import OUTCOMES, ApprovalOutcome, Stage
from definitions.times import Instant
from workflows.engine.access.principals import bind_all
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import holds_or_problem
from workflows.engine.draft.view import View
from workflows.engine.executable_content import perform
from workflows.engine.model.altered import altered
from workflows.engine.model.approval import ApprovalRequest, ApprovalState, StageResult
from workflows.engine.model.availability import AskedOf
from workflows.engine.model.coming import Coming
from workflows.engine.model.effects import AskApprovers
from workflows.engine.model.events import Asked, Delegate, Vote
from workflows.engine.model.snapshot import Outcome, Snapshot
from workflows.engine.model.timeline.approval_entries import (
    ApprovalDecided,
    ApprovalRequested,
    ApprovalReset,
    DecisionReason,
    RequestDelegated,
    RequestsWithdrawn,
)
from workflows.engine.waiting import quorum
from workflows.engine.waiting.approval_times import LATE, expiry, expiry_when_asked, next_reminder, nobody_asked
from workflows.engine.waiting.membership import reachable
from workflows.engine.waiting.problems_with_owners import report_to_owners
from workflows.engine.waiting.requests import block_of, notify_holders, vote_cast
from workflows.engine.waiting.timers import deadline


def open_in(view: View) -> Iterable[tuple[str, ApprovalState]]:
    """The undecided approvals of active states, in document order."""
    for state in view.active_in_order:
        approval = view.approvals.get(state)
        if approval and approval.outcome is None and view.compiled.states[state].approval:
            yield state, approval


def enter(draft: Draft, state: str) -> None:
    """Starts the approval of an entered state. Its time runs from now, and earlier changes of fields don't reset it."""
    if draft.compiled.states[state].approval is None:
        return
    draft.approvals.pop(state, None)
    reset_on_changes(draft)
    _start(draft, state, draft.visits[state].number, 0)


def leave(draft: Draft, state: str) -> None:
    """Withdraws the open requests of a state that the ticket leaves without a decision."""
    approval = draft.approvals.get(state)
    if approval and approval.outcome is None:
        _withdraw(draft, state, approval, [request.person for request in approval.requests if request.vote is None])
        draft.approvals[state] = altered(
            approval, requests=_answered(approval.requests), remind_at=None, expires=None, absences=()
        )


def reset_on_changes(draft: Draft) -> None:
    """Voids the votes of approvals whose ``reset_on`` names a changed field, and begins these approvals again.

    A decision that no transition has taken yet is void too, because its subject has changed.
    """
    if not draft.changed:
        return
    for state in draft.active_in_order:
        approval, block = draft.approvals.get(state), draft.compiled.states[state].approval
        hit = sorted(draft.changed.intersection(block.reset_on)) if block else []
        if approval is None or not hit:
            continue
        draft.say(ApprovalReset(state=state, reset=tuple(hit)), actor="engine")
        ask_again(draft, state, approval)
    draft.changed.clear()


def ask_again(draft: Draft, state: str, approval: ApprovalState | None) -> None:
    """Voids the votes and outcome of an approval, and begins it at the first stage; None where it had not begun."""
    draft.outcomes = [one for one in draft.outcomes if one.state != state or one.name not in OUTCOMES["approval"]]
    if approval is not None:
        withdraw(draft, state, approval)
    _start(draft, state, draft.visits[state].number, approval.round + 1 if approval else 0)


def withdraw(draft: Draft, state: str, approval: ApprovalState) -> None:
    """Notifies the holders of open requests that their votes are no longer needed."""
    _withdraw(draft, state, approval, [request.person for request in approval.requests if request.vote is None])


def look_again(draft: Draft) -> None:
    """Computes deadlines that were unknown until the calendars had grown."""
    for state, approval in tuple(open_in(draft)):
        block = block_of(draft, state)
        expires, remind_at = approval.expires, approval.remind_at
        if block.within and expires is None:
            expires = expiry(draft, block, approval)
        if block.remind and remind_at is None:
            first = deadline(draft, approval.opened, block.remind, block.calendar)
            late = first is not None and first <= draft.now
            remind_at = deadline(draft, draft.now, block.remind, block.calendar) if late else first
        draft.approvals[state] = altered(approval, expires=expires, remind_at=remind_at)


def set_deadlines_again(draft: Draft, state: str) -> None:
    """Computes the deadlines of an open approval anew from its beginning, by the present calendars."""
    block, approval = block_of(draft, state), draft.approvals[state]
    if approval.outcome is not None:
        return
    expires = deadline(draft, approval.opened, block.within, block.calendar) if block.within else None
    remind_at = next_reminder(draft, block.remind, block.calendar, approval.opened) if block.remind else None
    draft.approvals[state] = altered(approval, expires=expires, remind_at=remind_at)


def asked(draft: Draft, answer: Asked) -> bool:
    """Takes the approvers of a stage; False for a late answer, after a leave, a reset or the end of the stage."""
    approval = draft.approvals.get(answer.state)
    if approval is None or approval.outcome or approval.asked or answer.state not in draft.active_in_order:
        return False
    if (approval.visit, approval.round, approval.stage) != (answer.visit, answer.round, answer.stage):
        return False
    requests = _requests(answer)
    counted = sum(not request.veto_only for request in requests)
    stage = block_of(draft, answer.state).rounds[approval.stage]
    needed = quorum.required(stage.need, counted)
    vetoers = tuple(one for one in answer.vetoers if one not in answer.excluded)
    draft.approvals[answer.state] = altered(
        approval,
        asked=True,
        requests=requests,
        vetoers=vetoers,
        excluded=answer.excluded,
        required=needed,
        absences=answer.absences,
        expires=expiry_when_asked(draft, block_of(draft, answer.state), approval),
    )
    people = tuple(one.person for one in requests)
    requested = ApprovalRequested(state=answer.state, people=people, required=needed, stage=_name(stage))
    draft.say(requested, actor="engine")
    if counted == 0:
        nobody = "there are no approvers: the group is empty or excluded"
        report_to_owners(draft, "nobody_to_ask", nobody, answer.state)
    if _decide(draft, answer.state) == "pending":
        notify_holders(draft, answer.state, approval, people, "approval_requested")
        show_lack(draft, answer.state, answer.away)
    return True


def show_lack(draft: Draft, state: str, away: Sequence[str]) -> None:
    """Reports to the owners that the available approvers can't decide an open approval. A wait never goes unreported.

    Too few approvers don't reject an open approval: somebody may join, and votes that were given stand.
    """
    approval = draft.approvals[state]
    able = reachable(approval.requests)
    if able < approval.required:
        left = f"{approval.required} approvals are needed, but people have left, and only {able} are possible"
        report_to_owners(draft, "not_enough_approvers", left, state)
    elif reachable(approval.requests, away) < approval.required:
        absent = [one.person for one in approval.requests if one.vote is None and one.person in away]
        out = f"the approval waits for {', '.join(absent)}: out of office, and nobody can stand in"
        report_to_owners(draft, "approvers_away", out, state)


def _requests(answer: Asked) -> tuple[ApprovalRequest, ...]:
    """The requests of an answer, each person once and nobody excluded, whatever the answer contains."""
    first = {one.person: one for one in reversed(answer.people) if one.person not in answer.excluded}
    return tuple(
        ApprovalRequest(one.person, one.asked_for, one.veto_only, why="out_of_office" if one.asked_for else None)
        for one in answer.people
        if first.get(one.person) is one
    )


def vote(draft: Draft, event: Vote, state: str) -> quorum.VoteRefusal | None:
    """Takes a vote on an open approval; returns the refusal where it can't be taken."""
    approval = draft.approvals[state]
    rule = block_of(draft, state).comment
    result = quorum.vote(approval.requests, event.actor.id, event.decision, event.comment, draft.now, rule)
    if isinstance(result, quorum.VoteRefusal):
        return result
    draft.approvals[state] = altered(approval, requests=result)
    own = next(request for request in result if request.person == event.actor.id)
    draft.say(vote_cast(draft, state, event.decision, own))
    _decide(draft, state)
    return None


def delegate(draft: Draft, event: Delegate, state: str) -> quorum.VoteRefusal | None:
    """Moves an open request to another person, and notifies that person."""
    approval = draft.approvals[state]
    moved = quorum.delegate(
        approval.requests, approval.vetoers, event.actor.id, event.to, approval.excluded, why="delegated"
    )
    if isinstance(moved, quorum.VoteRefusal):
        return moved
    draft.approvals[state] = altered(approval, requests=moved.requests, vetoers=moved.vetoers)
    draft.say(RequestDelegated(state=state, to=event.to))
    notify_holders(draft, state, approval, (event.to,), "approval_requested")
    return None


def remind(draft: Draft) -> None:
    """Reminds the approvers who have not voted, and sets the next reminder."""
    for state, approval in tuple(open_in(draft)):
        if approval.remind_at is None or approval.remind_at > draft.now:
            continue
        block = block_of(draft, state)
        following = deadline(draft, approval.remind_at, block.remind or "", block.calendar)
        draft.approvals[state] = altered(approval, remind_at=following)
        silent = [request.person for request in approval.requests if request.vote is None]
        notify_holders(draft, state, approval, silent, "reminder")


def fire(draft: Draft) -> bool:
    """Ends approvals whose time is over as expired, which never counts as approved. True where there was one."""
    expired = False
    for state, approval in tuple(open_in(draft)):
        if approval.expires is not None and approval.expires <= draft.now:
            if nobody_asked(draft, approval):
                draft.approvals[state] = altered(approval, expires=None)
                draft.report_problem("approvers_unknown", LATE, state)
                continue
            still_open = [request.person for request in approval.requests if request.vote is None]
            _withdraw(draft, state, approval, still_open)
            _end(draft, state, "expired", None)
            expired = True
    return expired


def moments(snapshot: Snapshot) -> Sequence[Instant | None]:
    """The reminders, expiries and announced absences of undecided approvals."""
    found: list[Instant | None] = []
    for approval in snapshot.approvals.values():
        if approval.outcome is None:
            found += (approval.expires, approval.remind_at)
            if approval.absences:
                found += [absence.at for absence in approval.absences]
    return found


def coming(view: View) -> Iterator[Coming]:
    """The same moments, worded for people."""
    for state, approval in open_in(view):
        if approval.remind_at is not None:
            yield Coming(approval.remind_at, "reminder to approvers who have not voted", state)
        if approval.expires is not None:
            yield Coming(approval.expires, "the approval expires", state)
        for absence in approval.absences:
            stand_in = f"; {absence.delegate} stands in" if absence.delegate else ""
            yield Coming(absence.at, f"{absence.person} is out of office{stand_in}", state)


def _start(draft: Draft, state: str, visit: int, round_: int) -> None:
    block = block_of(draft, state)
    begun = ApprovalState(
        visit=visit,
        round=round_,
        stage=-1,
        opened=draft.now,
        expires=deadline(draft, draft.now, block.within, block.calendar) if block.within else None,
        remind_at=deadline(draft, draft.now, block.remind, block.calendar) if block.remind else None,
    )
    _next_stage(draft, state, begun)


def _next_stage(draft: Draft, state: str, approval: ApprovalState) -> None:
    """Requests the approval of the next stage that applies. After the last stage the approval is approved."""
    block = block_of(draft, state)
    draft.approvals[state] = approval
    passed = approval.passed
    for index in range(approval.stage + 1, len(block.rounds)):
        stage = block.rounds[index]
        if not holds_or_problem(draft, stage.when, state):
            passed = (*passed, StageResult(index, "skipped"))
            continue
        draft.approvals[state] = altered(
            approval,
            stage=index,
            passed=passed,
            asked=False,
            requests=(),
            vetoers=(),
            excluded=(),
            required=0,
            vacant=0,
            of=asked_of(draft, state, index),
            absences=(),
        )
        of = draft.approvals[state].of or AskedOf(())
        place = (state, approval.visit, approval.round, index)
        draft.want(AskApprovers(*place, of.from_, of.exclude, of.veto))
        return
    draft.approvals[state] = altered(approval, passed=passed)
    _end(draft, state, "approved", None)


def asked_of(draft: Draft, state: str, index: int) -> AskedOf:
    """The principals of a stage, bound on the ticket as it is now."""
    block = block_of(draft, state)
    stage = block.rounds[index]
    return AskedOf(
        _bound(draft, state, stage.from_),
        _bound(draft, state, (*block.exclude, *stage.exclude) if block.stages else block.exclude),
        _bound(draft, state, (*stage.veto, *(block.veto if block.stages else ()))),
    )


def _bound(draft: Draft, state: str, principals: Sequence[str]) -> tuple[str, ...]:
    try:
        return bind_all(draft, principals)
    except EvaluationFailed as failure:
        draft.report_problem("nobody_named", f"{', '.join(principals)}: {failure}", state)
        return ()


def _decide(draft: Draft, state: str) -> Literal["pending", "approved", "rejected"]:
    approval = draft.approvals[state]
    decision = quorum.decide(approval.requests, approval.vetoers, approval.required, approval.vacant)
    if decision.outcome == "pending":
        return "pending"
    if any(request.vote for request in approval.requests):
        _withdraw(draft, state, approval, decision.withdrawn)
    result = StageResult(approval.stage, decision.outcome, _answered(approval.requests), approval.required)
    draft.approvals[state] = altered(approval, passed=(*approval.passed, result), requests=())
    if decision.outcome == "rejected":
        _end(draft, state, "rejected", decision.reason)
        return "rejected"
    perform(draft, block_of(draft, state).rounds[approval.stage].do, state, f"do of stage {approval.stage + 1}")
    _next_stage(draft, state, draft.approvals[state])
    return "approved"


def _end(draft: Draft, state: str, outcome: ApprovalOutcome, reason: DecisionReason | None) -> None:
    approval = draft.approvals[state]
    draft.approvals[state] = altered(
        approval, outcome=outcome, reason=reason, expires=None, remind_at=None, requests=_answered(approval.requests)
    )
    draft.say(ApprovalDecided(state=state, outcome=outcome, reason=reason), actor="engine")
    draft.outcomes.append(Outcome(state, outcome, draft.now))


def _withdraw(draft: Draft, state: str, approval: ApprovalState, people: Iterable[str]) -> None:
    told = tuple(people)
    if approval.asked and told:
        draft.say(RequestsWithdrawn(state=state, people=told), actor="engine")
        notify_holders(draft, state, approval, told, "approval_withdrawn")


def _answered(requests: tuple[ApprovalRequest, ...]) -> tuple[ApprovalRequest, ...]:
    return tuple(request for request in requests if request.vote is not None)


def _name(stage: Stage) -> str | None:
    return stage.id
