"""Problems of a ticket that a person must handle, under stable codes (see ``problem_meanings``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from definitions.times import Instant

OwnedProblemCode = Literal[
    "nobody_to_ask", "not_enough_approvers", "approvers_away", "nobody_to_do", "holder_away", "nobody_in_charge",
    "assignee_away", "person_left",
]  # fmt: skip
"""Problems of which the ticket notifies its owners: the assignee, and the person who opened the ticket."""

ProblemCode = Literal[
    OwnedProblemCode, "nobody_named", "approvers_unknown", "people_unknown",
    "nobody_to_assign", "nobody_to_tell", "not_notified", "not_delivered",
    "guard_failed", "missing_fields", "not_written", "not_computed", "step_failed",
    "not_timed", "never_due", "no_calendar", "calendars_too_short", "no_target",
    "run_failed", "automation_failed", "child_failed", "not_started", "nobody_to_send_to", "linked_unknown",
    "unknown_service", "services_unknown", "records_away", "not_performed",
    "too_large", "too_many", "too_many_hops",
]  # fmt: skip
"""Every code under which a problem is reported on a ticket."""

if TYPE_CHECKING:
    ReadCode = ProblemCode
else:
    ReadCode = str
    """A ticket may hold a code of another build, so a snapshot is read whatever its codes are."""


@dataclass(frozen=True, slots=True)
class TicketProblem:
    """A problem that a person must handle. The ticket shows it and never discards it."""

    at: Instant
    code: ReadCode
    text: str
    state: str | None = None
