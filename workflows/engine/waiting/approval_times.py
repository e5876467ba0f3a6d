"""The times of an approval: when it expires, and when its approvers are reminded."""

from __future__ import annotations

from definitions.schema.waiting import Approval
from definitions.times import Instant
from workflows.engine.draft.draft import Draft
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.waiting.timers import deadline

MOST_REMINDERS = 1_000
"""The limit of reminders counted from the beginning of an approval whose calendar has changed."""
LATE = "the approval's time is over, but nobody could be asked: it begins anew when the approvers are known"


def next_reminder(draft: Draft, every: str, calendar: str | None, since: Instant) -> Instant | None:
    """The first future reminder, counted from ``since``; counted from now where there were very many."""
    for _ in range(MOST_REMINDERS):
        moment = deadline(draft, since, every, calendar)
        if moment is None or moment > draft.now:
            return moment
        since = moment
    return deadline(draft, draft.now, every, calendar)


def nobody_asked(draft: Draft, approval: ApprovalState) -> bool:
    """Whether nobody was asked yet: such an approval does not expire (runs before STRICT_CORE let it expire)."""
    return draft.compiled.interpreter >= STRICT_CORE and not approval.asked


def expiry(draft: Draft, block: Approval, approval: ApprovalState) -> Instant | None:
    """The end of the approval's time, counted from its beginning; None where nobody could be asked until then."""
    end = deadline(draft, approval.opened, block.within, block.calendar) if block.within else None
    over = end is not None and end <= draft.now
    return None if over and nobody_asked(draft, approval) else end


def expiry_when_asked(draft: Draft, block: Approval, approval: ApprovalState) -> Instant | None:
    """The end of the time of an approval that is asked now; a time that is over begins anew."""
    if draft.compiled.interpreter < STRICT_CORE or not block.within or approval.expires is not None:
        return approval.expires
    end = deadline(draft, approval.opened, block.within, block.calendar)
    return deadline(draft, draft.now, block.within, block.calendar) if end is not None and end <= draft.now else end
