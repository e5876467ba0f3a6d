"""Approvals as a ticket remembers them: requests with their votes, and the stages that are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from definitions.schema.waiting import ApprovalOutcome
from definitions.times import Instant
from workflows.engine.model.availability import Absence, AskedOf


@dataclass(frozen=True, slots=True)
class Request:
    """One person's open or answered request to approve. ``asked_for`` is whom a delegate stands in for."""

    person: str
    asked_for: str | None = None
    veto_only: bool = False
    """Asked for their veto alone: an approval of theirs does not count."""
    vote: Literal["approve", "reject"] | None = None
    comment: str | None = None
    voted_at: Instant | None = None
    why: Literal["delegated", "out_of_office", "joined"] | None = None
    """Why this person holds it: by hand, in place of somebody away, or because a place had become vacant."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage that is over."""

    stage: int
    outcome: Literal["approved", "rejected", "skipped"]
    requests: tuple[Request, ...] = ()
    required: int = 0


@dataclass(frozen=True, slots=True)
class ApprovalState:
    """The approval block of one visit to a state. ``round`` grows with every reset; votes of older rounds are void."""

    visit: int
    round: int
    stage: int
    """The index of the stage that is asked now."""
    opened: Instant
    """The start of ``within`` and ``remind``: entry, or the last reset."""
    asked: bool = False
    """False while the answer to who is asked is still on its way."""
    requests: tuple[Request, ...] = ()
    vetoers: tuple[str, ...] = ()
    """Who of those asked holds a veto, be they approvers or not."""
    excluded: tuple[str, ...] = ()
    """Who never votes in this stage, not even as a delegate."""
    required: int = 0
    passed: tuple[StageResult, ...] = ()
    expires: Instant | None = None
    remind_at: Instant | None = None
    outcome: ApprovalOutcome | None = None
    reason: str | None = None
    vacant: int = 0
    """Places of those who were asked and have left: they keep the number as it was counted."""
    of: AskedOf | None = None
    """Whom it was asked of, so that the group can be looked up again."""
    absences: tuple[Absence, ...] = ()
    """Announced by those who are asked: as soon as one begins, the group is looked up again."""
