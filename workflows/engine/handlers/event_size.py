"""The size of an event from outside, which a ticket checks before anything else of it."""

from __future__ import annotations

from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.model.bounds import LONGEST_COMMENT, LONGEST_REASON, beyond
from workflows.engine.model.events import Comment, FromPeople, Open, Send, UpdateTask, Vote


def refuse_large(draft: Draft, event: FromPeople, most: int) -> None:
    """Refuses an event with a long comment, or with values of more than ``most`` bytes.

    Raises Refused: invalid_fields, too_large.
    """
    if not draft.is_strict:
        return
    comment, longest = _comment(event)
    if isinstance(comment, str) and len(comment) > longest:
        text = f"a comment has at most {longest:,} characters here, not {len(comment):,}"
        raise Refused("invalid_fields", text, ("comment",))
    if size := beyond(event, most):
        named = tuple(event.fields) if isinstance(event, Open | Send) else ()
        raise Refused(
            "too_large", f"the values of the event have {size:,} bytes: a ticket takes at most {most:,}", named
        )


def _comment(event: FromPeople) -> tuple[object, int]:
    """The comment of an event, with the characters that it may have. A vote and a task stay on the ticket."""
    match event:
        case Comment():
            return event.text, LONGEST_COMMENT
        case Vote():
            return event.comment, LONGEST_REASON
        case UpdateTask():
            return event.comment or event.fields.get("comment"), LONGEST_REASON
        case Send():
            return event.fields.get("comment"), LONGEST_COMMENT
        case _:
            return None, 0
