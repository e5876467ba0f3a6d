"""Edits fields, all or nothing: checks the actor, then the fields that are editable here (LANGUAGE, section 2)."""

from __future__ import annotations

from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from workflows.engine.access.allowed import allowed_in
from workflows.engine.access.principals import is_one_of
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Refused
from workflows.engine.draft.fields import BadFields, write
from workflows.engine.draft.view import View
from workflows.engine.model.events import Edit
from workflows.engine.run_to_completion import settle


def edit(content: TicketContent, event: Edit) -> None:
    """Writes all fields or none. Raises Refused: not_permitted before any check of the fields, then for the fields."""
    draft = content.draft
    draft.services |= dict(event.services)
    if not may_edit(draft, event.actor):
        raise Refused("not_permitted", f"{event.actor.id} may not edit {draft.before.key} here")
    closed = tuple(
        name
        for name in event.fields
        if name in draft.compiled.process.fields and not editable(draft, name, event.actor)
    )
    if closed:
        raise Refused("read_only_fields", f"{', '.join(closed)} can't be edited here", closed)
    if "assignee" in event.fields:
        raise Refused("read_only_fields", "only an event or a claim changes the assignee", ("assignee",))
    try:
        write(draft, event.fields)
    except BadFields as bad:
        raise Refused(bad.code, str(bad), bad.fields) from bad
    settle(content)


def may_edit(view: View, actor: Actor) -> bool:
    """``may.edit``; by default everybody who may send an event now."""
    edited_by = view.compiled.process.may.edit
    try:
        return is_one_of(view, actor, edited_by) if edited_by is not None else bool(allowed_in(view, actor))
    except EvaluationFailed:
        return False


def editable(view: View, name: str, actor: Actor) -> bool:
    """Whether the actor may edit a field in the present states."""
    spec = view.compiled.process.fields[name]
    if spec.value is not None:
        return False
    if spec.editable is not None and not view.compiled.is_in(view.active_in_order, spec.editable):
        return False
    try:
        return spec.edit is None or is_one_of(view, actor, spec.edit)
    except EvaluationFailed:
        return False
