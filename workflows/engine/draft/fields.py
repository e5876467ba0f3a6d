"""Writes fields to a draft: reads and checks the values, renews computed fields, then checks limits."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from definitions.expressions import EvaluationFailed
from definitions.people.bound import BoundManagerOf, OwnerOf, TeamOf, bound_text, format_bound, plain, read_bound
from definitions.people.principals import Everyone, PersonPrincipal, RolePrincipal, TeamPrincipal
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.times import LONGEST_SHOWN, to_instant
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import evaluate, value_of
from workflows.engine.draft.field_values import WrongValue, is_value, order_key, read_value
from workflows.engine.draft.view import View
from workflows.engine.model.bounds import MOST_FIELD_BYTES, SMALL_VALUE_BYTES, beyond, bytes_of
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.result import RefusalCode
from workflows.engine.model.timeline.ticket_entries import FieldsEdited


class BadFields(Exception):
    """Some values can't be written, and none has been written."""

    def __init__(self, code: RefusalCode, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {reason}" for name, reason in reasons.items()))
        self.code = code
        self.fields = tuple(reasons)


def write(draft: Draft, sent: Mapping[str, Json], *, keep_required: bool = True, by_process: bool = False) -> None:
    """Writes all values that people or the process give, or none. ``assignee`` may be among them.

    Raises BadFields: invalid_fields (unknown, wrong type, out of limits), read_only_fields (computed), missing_fields
    (a required field would be cleared, with ``keep_required``), guard_failed (a limit can't be computed), too_large
    (all fields together; fields that are too large already may become smaller). The process may write small values
    into a ticket of any size, so that proofs can rely on these writes; the number of fields bounds their total size.
    """
    specs = draft.compiled.process.fields
    _refuse("invalid_fields", {name: "is not a field of this process" for name in sent if not _is_field(specs, name)})
    _refuse("read_only_fields", {name: "is computed" for name in sent if name in specs and specs[name].value})
    read: dict[str, Json] = {}
    wrong: dict[str, str] = {}
    for name, value in sent.items():
        try:
            read[name] = _assignee(value) if name == "assignee" else _read(draft, specs[name], value)
        except WrongValue as error:
            wrong[name] = str(error)
    _refuse("invalid_fields", wrong)
    if keep_required:
        required = (name for name in read if name in specs and specs[name].required)
        cleared = [name for name in required if not is_value(read[name])]
        _refuse("missing_fields", dict.fromkeys(cleared, "is required"))
    before = dict(draft.fields), draft.assignee
    changes = _store(draft, read)
    try:
        _refuse("invalid_fields", _out_of_limits(draft, read))
        if draft.is_strict and not (by_process and is_small(read)):
            _refuse("too_large", too_large(before[0], draft.fields))
    except BadFields:
        draft.fields, draft.assignee = before
        raise
    tell(draft, changes)


def is_small(values: Mapping[str, Json]) -> bool:
    """Whether each value is so small that the process may write it into a ticket of any size."""
    return all(bytes_of(value) <= SMALL_VALUE_BYTES for value in values.values())


def too_large(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, str]:
    """The largest field with the reason, where the fields have grown beyond the bound of a ticket."""
    size = beyond(after, MOST_FIELD_BYTES)
    if not size or size <= bytes_of(before):
        return {}
    largest = max(after, key=lambda name: bytes_of(after[name]))
    own = bytes_of(after[largest])
    return {
        largest: f"has {own:,} bytes: all fields of the ticket would have {size:,}, and a ticket takes at most "
        f"{MOST_FIELD_BYTES:,}. Shorten its largest fields"
    }


def _is_field(specs: Mapping[str, FieldSpec], name: str) -> bool:
    return name in specs or name == "assignee"


def _refuse(code: RefusalCode, reasons: Mapping[str, str]) -> None:
    if reasons:
        raise BadFields(code, reasons)


def _read(view: View, spec: FieldSpec, value: Json) -> Json:
    """Reads a value; a moment written to a date field becomes the date on the organization's wall clock."""
    if spec.type == "date" and isinstance(value, str) and "T" in value:
        try:
            value = view.compiled.wall_clock.date_of(to_instant(value))
        except (ValueError, OverflowError):  # some of their texts are about Python
            raise WrongValue(f"takes a date such as 2026-03-14, not {value[:LONGEST_SHOWN]!r}") from None
    return read_value(spec, value, view.compiled.interpreter)


def _assignee(value: Json) -> Json:
    """The bound principal that a person's id, ``team:x`` or ``role:x`` stands for; blanks around it are trimmed."""
    if value is None or value == "":
        return None
    bound = read_bound(bound_text(value.strip())) if isinstance(value, str) else None
    match bound:
        case PersonPrincipal() | TeamPrincipal() | RolePrincipal():
            return format_bound(bound)
        case OwnerOf() | TeamOf() | BoundManagerOf() | Everyone() | None:
            raise WrongValue("takes a person's id, team:x or role:x")
        case _:
            assert_never(bound)


def _store(draft: Draft, read: Mapping[str, Json]) -> dict[str, tuple[Json, Json]]:
    """Puts values on the draft, computes dependent fields, and returns the old and new value of each changed field."""
    changes: dict[str, tuple[Json, Json]] = {}
    for name, value in read.items():
        old = draft.assignee if name == "assignee" else draft.fields.get(name)
        if value == old:
            continue
        changes[name] = (plain(old), plain(str(value)) if value else None) if name == "assignee" else (old, value)
        if name == "assignee":
            draft.assignee = None if value is None else str(value)
        elif value is None:
            draft.fields.pop(name, None)
        else:
            draft.fields[name] = value
    return changes | _renew_computed(draft, changes) if changes else changes


def tell(draft: Draft, changes: dict[str, tuple[Json, Json]]) -> None:
    """Adds changed fields to the timeline, and marks them as changed for ``reset_on``."""
    if changes:
        draft.changed |= set(changes)
        draft.say(FieldsEdited(changes=changes))


def _renew_computed(draft: Draft, written: Mapping[str, object] | None = None) -> dict[str, tuple[Json, Json]]:
    """Renews computed fields. A field that can't be computed becomes null and is reported as a problem.

    With ``written`` it renews only the computed fields whose values may depend on the written fields.
    """
    changes: dict[str, tuple[Json, Json]] = {}
    specs = draft.compiled.process.fields
    for name, read in draft.compiled.computed.items():
        if written is not None and read is not None and read.isdisjoint(written) and read.isdisjoint(changes):
            continue
        try:
            value = _read(draft, specs[name], evaluate(draft, specs[name].value or ""))
        except (EvaluationFailed, WrongValue) as failure:
            hidden = _reads_hidden(draft, None if read is None else (name, *read))
            draft.report_problem("not_computed", f"{name}: a value is hidden" if hidden else f"{name}: {failure}")
            value = None
        old = draft.fields.get(name)
        if value == old:
            continue
        changes[name] = (old, value)
        if value is None:
            draft.fields.pop(name, None)
        else:
            draft.fields[name] = value
    return changes


def renew(draft: Draft) -> None:
    """Renews all computed fields, because they may read facts of a service that have become known."""
    tell(draft, _renew_computed(draft))


def renewed_at_rest(draft: Draft) -> dict[str, tuple[Json, Json]]:
    """Renews the computed fields that may read something else than fields, and the fields that are computed from them.

    Returns the old and new value of each changed field, for the timeline.
    """
    return _renew_computed(draft, {})


def compute_all(draft: Draft) -> None:
    """Computes the computed fields of a new ticket, even if no field has been written yet."""
    changes = _renew_computed(draft)
    draft.changed |= set(changes)


def _out_of_limits(view: View, written: Iterable[str]) -> dict[str, str]:
    """The fields outside their limits, among written fields and fields whose limits read a written field."""
    reasons: dict[str, str] = {}
    touched = set(written)
    for name, read in view.compiled.limits.items():
        value = view.fields.get(name)
        if value is None or (name not in touched and touched.isdisjoint(read)):
            continue
        spec = view.compiled.process.fields[name]
        for one in value if isinstance(value, list) else [value]:
            least, most = _limit(view, name, spec, spec.min), _limit(view, name, spec, spec.max)
            told = not _reads_hidden(view, (name, *read))
            if least is not None and operator.lt(*_comparable(view, spec, one, least)):
                reasons[name] = f"is before its minimum, {least}" if told else "is before its minimum"
            if most is not None and operator.gt(*_comparable(view, spec, one, most)):
                reasons[name] = f"is beyond its maximum, {most}" if told else "is beyond its maximum"
    return reasons


def _reads_hidden(view: View, names: Iterable[str] | None) -> bool:
    """Whether a value comes from a field that not everybody may see, so that no text may tell it."""
    if view.compiled.interpreter < STRICT_CORE:
        return False
    specs = view.compiled.process.fields
    read = specs if names is None else names
    return any(specs[name].see is not None for name in read if name in specs)


def _limit(view: View, name: str, spec: FieldSpec, written: Json) -> Json:
    if written is None:
        return None
    try:
        value = value_of(view, written)
        if spec.type == "date" and _is_time(value):
            return value
        return read_value(spec.model_copy(update=_ONE) if spec.list else spec, value)
    except (EvaluationFailed, WrongValue) as failure:
        hidden = _reads_hidden(view, (name, *view.compiled.limits[name]))
        reason = "has a limit that can't be computed" + ("" if hidden else f": {failure}")
        raise BadFields("guard_failed", {name: reason}) from failure


def _is_time(value: Json) -> bool:
    return isinstance(value, str) and "T" in value


def _comparable(view: View, spec: FieldSpec, value: Json, limit: Json) -> tuple[Any, Any]:
    """A value and its limit in one form; a date is compared with a moment by its first instant."""
    if spec.type == "date" and _is_time(limit):
        return view.compiled.wall_clock.midnight(str(value)), to_instant(str(limit))
    return order_key(spec, value), order_key(spec, limit)


_ONE = {"list": False}
