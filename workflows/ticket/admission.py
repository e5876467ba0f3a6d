"""The admission of events that the core would take, asked before anything is in history.

A replay of a run of an older interpreter must take the same steps as ever, so the core keeps its old rules for it. An
event that is not in history yet can be refused all the same. How much of a ticket is under way only its workflow knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from definitions.schema.process import FieldSpec
from definitions.text.patterns import is_safe_to_backtrack
from workflows.engine.compiled import Compiled
from workflows.engine.draft.fields import too_large
from workflows.engine.model.automation import Automate, SendEvent, StartTicket
from workflows.engine.model.bounds import MOST_EFFECTS, MOST_EVENT_BYTES, beyond
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.result import Refusal
from workflows.ticket.messages import EventEnvelope
from workflows.ticket.state import Taken, TicketState


def refusal_before_judging(compiled: Compiled, envelope: EventEnvelope) -> Refusal | None:
    """The refusal of large values, and of texts whose match could take long; None where the core judges the event."""
    fields = envelope.body.get("fields")
    if compiled.interpreter >= STRICT_CORE or not isinstance(fields, Mapping):
        return None
    if size := beyond(fields, MOST_EVENT_BYTES):
        reason = f"the values of the event have {size:,} bytes: a ticket takes at most {MOST_EVENT_BYTES:,}"
        return Refusal("too_large", reason, tuple(fields))
    specs = compiled.process.fields
    wrong = tuple(name for name, value in fields.items() if name in specs and not _is_quick(specs[name], value))
    if not wrong:
        return None
    reason = "; ".join(f"{name} takes text of the form {specs[name].pattern}" for name in wrong)
    return Refusal("invalid_fields", reason, wrong)


def refusal_after_judging(state: TicketState, taken: Taken, under_way: int) -> Refusal | None:
    """The refusal of steps by which the fields of the ticket, or its work under way, would grow beyond their bound."""
    wanted = sum(
        isinstance(effect, Automate | StartTicket | SendEvent) for one in taken.steps for effect in one.effects
    )
    if wanted and under_way and under_way + wanted > MOST_EFFECTS:
        return Refusal(
            "too_many",
            f"{under_way:,} calls, requests, events and starts of the ticket are under way, and this event would add "
            f"{wanted:,}: a ticket has at most {MOST_EFFECTS:,} at once. Try again when they are answered",
        )
    if state.compiled.interpreter >= STRICT_CORE:
        return None
    wrong = too_large(state.snapshot.fields, taken.steps[-1].snapshot.fields)
    reasons = "; ".join(f"{name} {reason}" for name, reason in wrong.items())
    return Refusal("too_large", reasons, tuple(wrong)) if wrong else None


def _is_quick(spec: FieldSpec, value: object) -> bool:
    if spec.pattern is None:
        return True
    texts = value if isinstance(value, list | tuple) else (value,)
    return all(is_safe_to_backtrack(spec.pattern, text) for text in texts if isinstance(text, str))
