"""The quorum of one stage of an approval (LANGUAGE, section 4, approval): pure rules on its requests.

The approvers are known and counted before; this module only decides the meaning of their votes. ``required`` is
computed once from that count, so a request that moves to another person never changes the number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from definitions.times import Instant
from workflows.engine.model.altered import altered
from workflows.engine.model.approval import ApprovalRequest

CommentRule = Literal["required", "on_rejection", "optional"]


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of the votes so far. ``withdrawn`` lists the holders of requests that no longer matter, in order."""

    outcome: Literal["pending", "approved", "rejected"]
    reason: Literal["not_enough_approvers", "vetoed", "rejected"] | None = None
    """Why it is rejected: fewer approvers than required, a veto, or too many rejections."""
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VoteRefusal:
    """A refused vote or delegation, which changes nothing."""

    code: Literal["not_an_approver", "already_voted", "comment_required", "not_permitted"]
    reason: str


@dataclass(frozen=True, slots=True)
class Delegation:
    """The requests and the veto holders after a request has moved."""

    requests: tuple[ApprovalRequest, ...]
    vetoers: tuple[str, ...]


def required(need: int | str, number_of_approvers: int) -> int:
    """The number of required approvals for ``any``, ``all``, a number, or ``N%`` (the exact share, rounded up).

    The number is at least one, and never lowered to the number that is possible. People who hold only a veto are not
    approvers.
    """
    if need == "any":
        return 1
    if need == "all":
        return max(1, number_of_approvers)
    if isinstance(need, int):
        return max(1, need)
    share = int(need.removesuffix("%"))
    return max(1, -(-number_of_approvers * share // 100))


def decide(requests: tuple[ApprovalRequest, ...], vetoers: Collection[str], required: int, vacant: int = 0) -> Decision:
    """The outcome as soon as it is certain, even before any vote.

    The approval does not wait for an open veto. A veto that was cast overrides any number of approvals. A ``vacant``
    place, of an approver who has left, counts as an open vote: only votes reject, and somebody may take the place.
    """
    still_open = tuple(request.person for request in requests if request.vote is None)
    counted = [request for request in requests if not request.veto_only]
    approvals = sum(request.vote == "approve" for request in counted)
    undecided = sum(request.vote is None for request in counted)
    if any(request.vote == "reject" and request.person in vetoers for request in requests):
        return Decision("rejected", "vetoed", still_open)
    if approvals >= required:
        return Decision("approved", None, still_open)
    if len(counted) + vacant < required:
        return Decision("rejected", "not_enough_approvers", still_open)
    if approvals + undecided + vacant < required:
        return Decision("rejected", "rejected", still_open)
    return Decision("pending")


def vote(
    requests: tuple[ApprovalRequest, ...],
    person: str,
    decision: Literal["approve", "reject"],
    comment: str | None,
    at: Instant,
    comment_rule: CommentRule,
) -> tuple[ApprovalRequest, ...] | VoteRefusal:
    """The requests with this vote. A vote stands; a comment of blanks counts as no comment."""
    own = held_by(requests, person)
    if own is None:
        return VoteRefusal("not_an_approver", f"{person} has no approval request here")
    if own.vote is not None:
        return VoteRefusal("already_voted", f"{person} has voted already: a vote stands")
    said = comment if comment and comment.strip() else None
    if said is None and (comment_rule == "required" or (comment_rule == "on_rejection" and decision == "reject")):
        return VoteRefusal("comment_required", f"a comment is needed to {decision} this")
    voted = altered(own, vote=decision, comment=said, voted_at=at)
    return tuple(voted if request is own else request for request in requests)


def delegate(
    requests: tuple[ApprovalRequest, ...],
    vetoers: tuple[str, ...],
    person: str,
    to: str,
    excluded: Collection[str],
    why: Literal["delegated", "out_of_office"] | None = None,
) -> Delegation | VoteRefusal:
    """Moves the open request of ``person``, with a veto that they hold, to another person.

    ``asked_for`` stays the person that the request was first meant for, however often it moves. Nobody holds two
    requests. A delegation to a person who has voted, or to another approver, is refused: it would lose a vote that
    ``required`` was computed from, and ``all`` would be out of reach. Where one of the two holds only a veto, their
    requests merge.
    """
    own, other = held_by(requests, person), held_by(requests, to)
    if own is None:
        return VoteRefusal("not_an_approver", f"{person} has no approval request here")
    if own.vote is not None:
        return VoteRefusal("already_voted", f"{person} has voted already: a vote stands")
    if to in excluded:
        return VoteRefusal("not_an_approver", f"{to} is excluded from this approval")
    if other is not None and other.vote is not None:
        return VoteRefusal("already_voted", f"{to} has voted already: a vote stands")
    if other is not None and (other is own or not (own.veto_only or other.veto_only)):
        return VoteRefusal("not_permitted", f"{to} already holds a request, and can't hold two")
    heir = _merged(own, other, to, why)
    kept = tuple(heir if request is own else request for request in requests if request is not other)
    return Delegation(kept, tuple(dict.fromkeys(to if holder == person else holder for holder in vetoers)))


def _merged(
    own: ApprovalRequest, other: ApprovalRequest | None, to: str, why: Literal["delegated", "out_of_office"] | None
) -> ApprovalRequest:
    """The request that ``to`` holds afterwards; a counted request absorbs a request for only a veto."""
    if other is not None and own.veto_only:
        return other
    first_meant_for = own.asked_for or own.person
    if first_meant_for == to:
        return altered(own, person=to, asked_for=None, why=None)
    return altered(own, person=to, asked_for=first_meant_for, why=why)


def held_by(requests: tuple[ApprovalRequest, ...], person: str) -> ApprovalRequest | None:
    """The request of a person, open or answered; nobody holds two."""
    return next((request for request in requests if request.person == person), None)
