"""The fields of a ticket under another definition: every value fits, or the migration is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.text.suggestions import closest
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.field_values import WrongValue, is_value, read_value
from workflows.engine.draft.fields import BadFields, renew, write
from workflows.engine.migration.route import Route

_NO_LENGTH = 1 << 40
_REFERENCES = frozenset({"person", "team", "service", "ticket"})
"""Types whose values are ids: read as another type, an id would name something else."""


def misnamed(route: Route) -> Iterator[str]:
    """What the map says of fields and options that neither definition has, each with the remedy."""
    old, new = route.old.process.fields, route.new.process.fields
    for name, target in route.fields.items():
        if name not in old:
            yield f"map: the old definition has no field {name!r}{_hint(name, old)}"
        if target not in new:
            yield f"map: the new definition has no field {target!r}{_hint(target, new)}"
    for name, options in route.renames.options.items():
        before, after = old.get(name), new.get(route.field(name))
        if before is None or before.type != "choice":
            yield f"map: the old definition has no choice {name!r}{_hint(name, old)}"
        elif after is None or after.type != "choice":
            yield f"map: {route.field(name)!r} is no choice in the new definition: leave out the options of {name!r}"
        else:
            for option, target in options.items():
                if option not in before.options:
                    yield f"map: {name!r} has no option {option!r}{_hint(option, before.options)}"
                if target not in after.options:
                    yield (f"map: {route.field(name)!r} has no option {target!r} in the new definition"
                           f"{_hint(target, after.options)}")  # fmt: skip


def _hint(name: str, known: Iterable[str]) -> str:
    hint = closest(name, list(known))
    return f"; {hint}" if hint else ""


def misfits(route: Route) -> dict[str, str]:
    """The fields whose value can't be carried over, each with the reason and the remedy."""
    found: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name, value in route.before.fields.items():
        if route.old.process.fields[name].value is not None or value is None or value == []:
            continue  # computed again, or empty
        reason = _misfit(route, name, value)
        target = route.field(name)
        if reason is None and target in taken:
            reason = f"and {taken[target]!r} would both be {target!r}: map them to different fields, or clear a value"
        if reason is not None:
            found[name] = f"field {name!r} {reason}"
        taken[target] = name
    return found


def _misfit(route: Route, name: str, value: Json) -> str | None:
    old, new, target = route.old.process.fields[name], route.new.process.fields, route.field(name)
    if target not in new:
        return (
            None  # see ``misnamed``
            if name in route.fields
            else "does not exist there and has a value: map it, clear it, or keep the field with 'editable: []'"
        )
    if new[target].value is not None:
        if target != name:
            return f"would be {target!r}, which is computed there: map it to another field"
        return "is computed there and has a value: clear it, or give the computed field another name"
    reason = _unread(old, new[target], route.value(name, value), route.new.interpreter)
    where = f"would be {target!r}, which " if target != name else ""
    remedy = "map its option, " if old.type == new[target].type == "choice" else ""
    holds = f"and holds {_shown(value)}: {remedy}write a value that fits both, or clear it"
    return None if reason is None else f"{where}{reason}, {holds}"


def _unread(old: FieldSpec, new: FieldSpec, value: Json, interpreter: int) -> str | None:
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
    draft.fields = {}
    for name, value in route.before.fields.items():
        target = route.field(name)
        if target in new and not old[name].value and not new[target].value:
            read = read_value(_as_kept(new[target]), route.value(name, value), route.new.interpreter)
            if target not in draft.fields or is_value(read):
                draft.fields[target] = read
    for name in route.before.fields:
        if name in old and old[name].value and name in new and new[name].value:
            draft.fields[name] = route.before.fields[name]  # so that only differences are recorded
    mapped = set(route.fields.values())
    _set_defaults(draft, {name: spec for name, spec in new.items() if name not in old and name not in mapped})
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
