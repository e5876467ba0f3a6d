"""Entries about approvals: whom the ticket asked, how they voted, whose request moved, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflows.engine.model.timeline.shape import EntryShape

MoveReason = Literal["out_of_office", "given_back", "delegated", "joined"]
"""Why the engine moves a request."""
DecisionReason = Literal["not_enough_approvers", "vetoed", "rejected"]
"""Why an approval is rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested(EntryShape):
    """The ticket requested the approval of a stage. These people may vote, and the number is fixed from now on."""

    kind = "asked"
    state: str
    """The state that waits for the approval."""
    people: tuple[str, ...]
    """The approvers, each once."""
    required: int
    """How many of them must approve."""
    stage: str | None = None
    """The id of the stage, where the process gives it one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproversJoined(EntryShape):
    """The organization changed, and people took places that other approvers had left vacant."""

    kind = "asked"
    state: str
    """The state that waits for the approval."""
    people: tuple[str, ...]
    """The new approvers."""
    required: int
    """How many approvals are required; the number stays as it was."""
    why: Literal["joined"] = "joined"
    """Tells these approvers from the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalReset(EntryShape):
    """The votes of an approval became void because what they approve changed. The approval begins again."""

    kind = "asked"
    state: str
    """The state that waits for the approval."""
    reset: tuple[str, ...]
    """The fields of `reset_on` that changed; `definition` after a migration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCast(EntryShape):
    """The actor voted. A vote stands until the approval is reset."""

    kind = "vote"
    state: str
    """The state that waits for the approval."""
    decision: Literal["approve", "reject"]
    """The vote."""
    comment: str | None = None
    """The reason that the actor gave."""
    for_: str | None = None
    """The person whom the actor stands in for."""
    visit: int | None = None
    """The number of the visit to the state; absent in entries of older builds, like `round`."""
    round: int | None = None
    """The number of the round; each reset begins another."""
    stage: str | int | None = None
    """The id of the stage, or its number from 0; absent where the approval has no stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDelegated(EntryShape):
    """The actor handed an own approval request to somebody else."""

    kind = "delegated"
    state: str
    """The state that waits for the approval."""
    to: str
    """The person who may vote now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMoved(EntryShape):
    """The engine moved an approval request because its holder is away or has left."""

    kind = "delegated"
    state: str
    """The state that waits for the approval."""
    from_: str
    """The person who held the request."""
    to: str
    """The person who may vote now."""
    why: MoveReason
    """`out_of_office`: the holder is away, and `to` is the delegate. `given_back`: the stand-in has left, and the
    request returns to the person whom it was meant for, or merges with a request of that person. `delegated`,
    `joined`: it merges with a request that `to` held by delegation, or since they joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsWithdrawn(EntryShape):
    """The ticket no longer needs these votes: the approval is decided, reset or over."""

    kind = "withdrawn"
    state: str
    """The state that waited for the approval."""
    people: tuple[str, ...]
    """The people who had not voted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproversLeft(EntryShape):
    """The organization changed, and these people may not vote any more. Their places are vacant."""

    kind = "withdrawn"
    state: str
    """The state that waits for the approval."""
    people: tuple[str, ...]
    """The people who left."""
    why: Literal["left"] = "left"
    """Tells these requests from requests that are not needed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDecided(EntryShape):
    """An approval came to its outcome."""

    kind = "decided"
    state: str
    """The state that waited for the approval."""
    outcome: Literal["approved", "rejected", "expired"]
    """The outcome. A timeout never counts as approval."""
    reason: DecisionReason | None = None
    """Why it is rejected: fewer approvers than required, a veto, or too many rejections."""


ApprovalEntry = (
    ApprovalRequested
    | ApproversJoined
    | ApprovalReset
    | VoteCast
    | RequestDelegated
    | RequestMoved
    | RequestsWithdrawn
    | ApproversLeft
    | ApprovalDecided
)
