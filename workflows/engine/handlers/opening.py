"""Opens a ticket: checks the actor, writes the fields with their defaults, enters the initial states."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from definitions.expressions import EvaluationFailed
from definitions.schema.model import Json
from workflows.engine.access.permissions import may_open
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.expressions import value_of
from workflows.engine.draft.field_values import WrongValue, read_value
from workflows.engine.draft.fields import BadFields, compute_all, write
from workflows.engine.draft.view import is_given
from workflows.engine.model.events import Open
from workflows.engine.model.timeline.ticket_entries import TicketOpened
from workflows.engine.run_to_completion import begin


def open_ticket(content: TicketContent, event: Open) -> None:
    """Opens a ticket. Raises Refused: not_permitted, invalid_fields, read_only_fields, missing_fields, guard_failed."""
    draft = content.draft
    draft.services |= dict(event.services)
    try:
        if not (event.declared or may_open(draft, event.actor)):
            raise Refused("not_permitted", f"{event.actor.id} may not open a {draft.compiled.process.title}")
        if "assignee" in event.fields:
            raise Refused("read_only_fields", "the process sets the assignee", ("assignee",))
        draft.say(TicketOpened(process=draft.compiled.process.process, fields=dict(event.fields)))
        compute_all(draft)
        write(draft, {**_defaults(draft, event), **event.fields}, keep_required=False)
    except BadFields as bad:
        raise Refused(bad.code, str(bad), bad.fields) from bad
    except EvaluationFailed as failure:
        raise Refused("guard_failed", f"a default can't be computed: {failure}") from failure
    specs = draft.compiled.process.fields
    lacking = tuple(name for name, spec in specs.items() if spec.required and not is_given(draft, name))
    if lacking:
        are = "is" if len(lacking) == 1 else "are"
        reason = f"{draft.compiled.process.title}: {', '.join(lacking)} {are} missing"
        raise Refused("missing_fields", reason, lacking)
    draft.changed.clear()
    begin(content)


def _defaults(draft: Draft, event: Open) -> dict[str, Json]:
    """The defaults of fields that are not given. Each default sees the given fields and the defaults before it.

    A machine is not a person: ``=actor.id`` of a machine leaves a person field unset.
    """
    found: dict[str, Json] = {}
    before, draft.fields = draft.fields, {**draft.fields, **_readable(draft, event.fields)}
    try:
        for name, spec in draft.compiled.process.fields.items():
            if spec.default is None or name in event.fields:
                continue
            value = value_of(draft, spec.default)
            if spec.type == "person" and isinstance(value, str) and ":" in value:
                value = None
            if value is not None:
                found[name] = draft.fields[name] = value
    finally:
        draft.fields = before
    return found


def _readable(draft: Draft, given: Mapping[str, Json]) -> dict[str, Json]:
    """The given values that fit their fields; the write refuses the others."""
    read: dict[str, Json] = {}
    for name, spec in draft.compiled.process.fields.items():
        if name in given and spec.value is None:
            with suppress(WrongValue):
                read[name] = read_value(spec, given[name], draft.compiled.interpreter)
    return read
