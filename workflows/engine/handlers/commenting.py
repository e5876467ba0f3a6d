"""Records comments. A comment that is not internal is also the event ``comment`` (LANGUAGE, section 4).

The event is never refused.
"""

from __future__ import annotations

from definitions.expressions import EvaluationFailed
from workflows.engine.access.permissions import may_comment
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.handlers.sending import offer
from workflows.engine.model.events import Comment
from workflows.engine.model.timeline.ticket_entries import CommentMade


class OnlyRecorded(Exception):
    """The comment stands, but its transition can't be taken. The draft must be discarded."""

    def __init__(self, event: Comment, reason: str) -> None:
        super().__init__(reason)
        self.event = event
        self.reason = reason


def comment(content: TicketContent, event: Comment) -> None:
    """Takes a comment. Raises Refused: invalid_fields, not_permitted; OnlyRecorded where the transition fails."""
    draft = content.draft
    if not event.text.strip():
        raise Refused("invalid_fields", "a comment needs a text", ("comment",))
    if not _permitted(draft, event):
        kind = "internal comments" if event.internal else "comments"
        raise Refused("not_permitted", f"{event.actor.id} may not write {kind} here")
    record(draft, event)
    if event.internal or draft.ended_at is not None:
        return
    try:
        offer(content, "comment")
    except Refused as refused:
        raise OnlyRecorded(event, refused.refusal.reason) from refused


def record(draft: Draft, event: Comment) -> None:
    draft.say(CommentMade(text=event.text.strip(), internal=event.internal or None))


def _permitted(draft: Draft, event: Comment) -> bool:
    try:
        return may_comment(draft, event.actor, event.internal)
    except EvaluationFailed:
        return False
