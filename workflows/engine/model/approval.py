"""Approvals as a ticket remembers them: requests with their votes, and completed stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions.schema.waiting import ApprovalOutcome
from definitions.times import Instant
from workflows.engine.model.availability import Absence, AskedOf
from workflows.engine.model.quick_init import quick_init


@quick_init
@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """One person's open or answered approval request. ``asked_for`` is the person that a delegate stands in for."""

    person: str
    asked_for: str | None = None
    veto_only: bool = False
    """The person holds only a veto: their approval does not count."""
    vote: Literal["approve", "reject"] | None = None
    comment: str | None = None
    voted_at: Instant | None = None
    why: Literal["delegated", "out_of_office", "joined"] | None = None
    """Why this person holds the request: a delegation, an absence of its holder, or a vacant place."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of a completed stage."""

    stage: int
    outcome: Literal["approved", "rejected", "skipped"]
    requests: tuple[ApprovalRequest, ...] = ()
    required: int = 0


@quick_init
@dataclass(frozen=True, slots=True)
class ApprovalState:
    """The approval block of one visit to a state. ``round`` grows with every reset; votes of older rounds are void."""

    visit: int
    round: int
    stage: int
    """The index of the current stage."""
    opened: Instant
    """The start of ``within`` and ``remind``: entry, or the last reset."""
    asked: bool = False
    """False until the answer with the approvers has arrived."""
    requests: tuple[ApprovalRequest, ...] = ()
    vetoers: tuple[str, ...] = ()
    """The holders of requests who have a veto, approvers or not."""
    excluded: tuple[str, ...] = ()
    """People who never vote in this stage, not even as delegates."""
    required: int = 0
    passed: tuple[StageResult, ...] = ()
    expires: Instant | None = None
    remind_at: Instant | None = None
    outcome: ApprovalOutcome | None = None
    reason: str | None = None
    vacant: int = 0
    """Places of approvers who have left. They keep the number of approvers as it was counted."""
    of: AskedOf | None = None
    """The principals of the stage, by which its group is looked up again."""
    absences: tuple[Absence, ...] = ()
    """Announced absences of the approvers. The group is looked up again when an absence begins."""
