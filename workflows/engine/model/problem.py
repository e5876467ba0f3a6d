"""Problems of a ticket: what a person must look at, under a stable code (see ``problem_meanings``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from definitions.times import Instant

OwnedProblemCode = Literal["nobody_to_ask", "not_enough_approvers", "approvers_away", "nobody_to_do", "holder_away"]
"""Problems that the owners of the ticket are notified of: its assignee, and the person who has opened it."""

ProblemCode = Literal[
    OwnedProblemCode, "nobody_named", "approvers_unknown", "people_unknown",
    "nobody_to_assign", "nobody_to_tell", "not_notified", "not_delivered",
    "guard_failed", "missing_fields", "not_written", "not_computed", "step_failed",
    "not_timed", "never_due", "no_calendar", "calendars_too_short", "no_target",
    "run_failed", "automation_failed", "child_failed", "not_started", "nobody_to_send_to", "linked_unknown",
    "unknown_service", "services_unknown", "records_away", "not_performed",
]  # fmt: skip
"""Every code under which a problem is reported on a ticket."""

if TYPE_CHECKING:
    ReadCode = ProblemCode
else:
    ReadCode = str
    """A ticket may hold a code of another build: a snapshot is read whatever its codes are."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person must look at: shown on the ticket, never thrown away."""

    at: Instant
    code: ReadCode
    text: str
    state: str | None = None
