"""Fields: their options, their values, and every place that names a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from definitions.checks.circles import MOST_SHOWN, circles, depths
from definitions.checks.subject import Subject
from definitions.checks.values import a_kind, fits
from definitions.expressions import STATES, TAGS, ExpressionError, compile_expression
from definitions.expressions.scope import kind_of
from definitions.text.problems import Path, Problem
from definitions.text.scalars import shown
from definitions.text.suggestions import closest

BESIDE = ("comment", "assignee")
"""Names that a form may have besides fields."""
_NEVER_CHANGE = ("ticket.key", "ticket.opened_at")
_WRITTEN = {STATES: "in_state", TAGS: "tag"}
"""Bound names as a process writes them."""
DEEPEST_COMPUTED = 100
"""Computed fields that may depend on each other in a row: a proof evaluates them inside each other."""


def options(subject: Subject) -> Iterator[Problem]:
    """A choice has options, each once; other types have none."""
    for name, spec in subject.process.fields.items():
        path = ("fields", name, "options")
        if spec.type == "choice" and not spec.options:
            hint = "write options: [low, high]"
            yield subject.problem(path[:-1], "no-options", "a choice needs 'options'", hint, key=True)
        elif spec.type != "choice" and spec.options:
            message = f"a field of type {spec.type} has no options"
            yield subject.problem(path, "needless-options", message, "write type: choice", key=True)
        for index, option in enumerate(spec.options):
            if option != option.strip() or not option:
                message = "an option is text without blanks around it"
                yield subject.problem((*path, index), "bad-option", f"{shown(option)}: {message}", "give it a name")
            if option in spec.options[:index]:
                yield subject.problem((*path, index), "duplicate-option", f"option '{option}' is given twice")


def fields_named(subject: Subject) -> Iterator[Problem]:
    """``form``, ``requires`` and ``reset_on`` name fields; a form has no computed fields."""
    for placed in subject.transitions():
        form = (*placed.path, "form")
        yield from _names(subject, form, placed.transition.form, BESIDE)
        yield from _names(subject, (*placed.path, "requires"), placed.transition.requires, BESIDE)
        for index, name in enumerate(placed.transition.form):
            spec = subject.process.fields.get(name)
            if spec is not None and spec.value is not None:
                message = f"field '{name}' is computed: nobody can fill it in"
                yield subject.problem(subject.element(form, index), "computed-field", message)
    for one in subject.placed:
        if one.state.approval is not None:
            yield from _names(subject, (*one.path, "approval", "reset_on"), one.state.approval.reset_on, ())


def _names(subject: Subject, path: Path, names: Sequence[str], beside: Sequence[str]) -> Iterator[Problem]:
    fields = subject.process.fields
    for index, name in enumerate(names):
        if name not in fields and name not in beside:
            place = subject.element(path, index)
            yield subject.problem(place, "unknown-field", f"unknown field '{name}'", closest(name, [*fields, *beside]))


def computed(subject: Subject) -> Iterator[Problem]:
    """A computed value has the type of its field, is never written, and never depends on itself."""
    reads: dict[str, list[str]] = {}
    for name, spec in subject.process.fields.items():
        if spec.value is None:
            continue
        path = ("fields", name)
        for key in ("required", "default", "editable", "edit"):
            if getattr(spec, key):
                message = f"a computed field can't have '{key}'"
                yield subject.problem((*path, key), "computed-field", message, key=True)
        problems = list(subject.expression((*path, "value"), spec.value))
        yield from problems
        if problems:
            continue
        try:
            found = compile_expression(spec.value.removeprefix("="), subject.scope)
        except ExpressionError:
            continue
        if not fits(found.kind, kind_of(spec)):
            message = f"the value is {a_kind(found.kind)}, but the field is of type {spec.type}"
            yield subject.problem((*path, "value"), "wrong-type", message)
        own = (one.removeprefix("ticket.") for one in sorted(found.names) if one.startswith("ticket."))
        reads[name] = [one for one in own if one in subject.process.fields]
    yield from _chains(subject, reads)


def _chains(subject: Subject, reads: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """No computed field depends on itself, and no chain of computed fields is too long to be read in one go."""
    around_ = list(circles(reads))
    for around in around_:
        shown_ = around if len(around) <= MOST_SHOWN else (*around[:MOST_SHOWN], "…")
        message = f"these fields depend on each other: {' → '.join((*shown_, around[0]))}"
        yield subject.problem(("fields", around[0], "value"), "computed-circle", message)
    if around_:
        return
    too_deep = next((name for name, depth in depths(reads).items() if depth > DEEPEST_COMPUTED), None)
    if too_deep is not None:
        message = f"'{too_deep}' is computed through more than {DEEPEST_COMPUTED} other fields, one after another"
        hint = "compute it from fewer fields, or let a step write one of them"
        yield subject.problem(("fields", too_deep, "value"), "computed-too-deep", message, hint)


def read_beside_fields(subject: Subject, field: str) -> tuple[str, str] | None:
    """What a field reads that can change without a write to a field, after the computed field whose value reads it.

    None where the field is written, or computed from written fields alone. A value with errors has a check of its own.
    """
    fields = subject.process.fields
    seen, ahead = {field}, [field]
    while ahead:
        name = ahead.pop(0)
        value = fields[name].value
        for read in sorted(_names_in(subject, value) if value is not None else ()):
            of_ticket, _, other = read.partition(".")
            if of_ticket == "ticket" and other in fields:
                ahead += [other] if other not in seen else []
                seen.add(other)
            elif of_ticket != "tables" and read not in _NEVER_CHANGE:
                return name, _WRITTEN.get(read, read)
    return None


def _names_in(subject: Subject, value: str) -> frozenset[str]:
    try:
        return frozenset(compile_expression(value.removeprefix("="), subject.scope).names)
    except ExpressionError:
        return frozenset()


CHECKS = (options, fields_named, computed)
