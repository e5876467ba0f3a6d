"""The fields of a ticket under another definition: every value fits, or the migration is refused."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.field_values import WrongValue, read_value
from workflows.engine.draft.fields import BadFields, renew, write
from workflows.engine.migration.route import Route

_NO_LENGTH = 1 << 40
_REFERENCES = frozenset({"person", "team", "service", "ticket"})
"""Types whose values are ids: read as another type, an id would name something else."""


def misfits(route: Route) -> dict[str, str]:
    """The fields whose value can't be carried over, each with the reason and the remedy."""
    found: dict[str, str] = {}
    old, new = route.old.process.fields, route.new.process.fields
    for name, value in route.before.fields.items():
        if old[name].value is not None or value is None:
            continue  # computed again, or empty
        if name not in new:
            found[name] = (
                f"field {name!r} does not exist there and has a value: clear it, or keep the field with 'editable: []'"
            )
        elif new[name].value is not None:
            found[name] = (
                f"field {name!r} is computed there and has a value: clear it, or give the computed field another name"
            )
        elif (why := _misfit(old[name], new[name], value, route.new.interpreter)) is not None:
            found[name] = f"field {name!r} {why}, and holds {_shown(value)}: write a value that fits both, or clear it"
    return found


def _misfit(old: FieldSpec, new: FieldSpec, value: Json, interpreter: int) -> str | None:
    if old.type != new.type and {old.type, new.type} & _REFERENCES:
        return f"is a {new.type} there, not a {old.type}"
    try:
        read_value(_as_kept(new), value, interpreter)
    except WrongValue as wrong:
        return f"{wrong} there"
    return None


def carry_values(route: Route, draft: Draft) -> None:
    """Writes the values in their new form, with the defaults of new fields, and recomputes computed fields.

    A default that is an expression applies only to an opening, and is left out.
    """
    old, new = route.old.process.fields, route.new.process.fields
    written = {name: value for name, value in route.before.fields.items() if name in new and not old[name].value}
    interpreter = route.new.interpreter
    draft.fields = {
        name: read_value(_as_kept(new[name]), value, interpreter)
        for name, value in written.items()
        if not new[name].value
    }
    for name in route.before.fields:
        if name in old and old[name].value and name in new and new[name].value:
            draft.fields[name] = route.before.fields[name]  # so that only differences are recorded
    _set_defaults(draft, {name: spec for name, spec in new.items() if name not in old})
    renew(draft)


def _as_kept(spec: FieldSpec) -> FieldSpec:
    """The field without a default length: a longer value from an earlier build stays until it is written again."""
    return spec if spec.max_length is not None else spec.model_copy(update={"max_length": _NO_LENGTH})


def _set_defaults(draft: Draft, added: Mapping[str, FieldSpec]) -> None:
    literal = {
        name: spec.default
        for name, spec in added.items()
        if spec.default is not None and not str(spec.default).startswith("=")
    }
    if literal:
        try:
            write(draft, literal)
        except BadFields as bad:
            draft.report_problem("not_written", str(bad))


def _shown(value: Json) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "…")
