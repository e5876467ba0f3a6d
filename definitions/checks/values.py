"""Values in a process: defaults, limits, and values of ``set``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from definitions.checks.subject import Subject
from definitions.durations import parse_duration
from definitions.expressions import ExpressionError, Kind
from definitions.expressions.scope import kind_of
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec
from definitions.text import patterns
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest
from definitions.times import to_date, to_instant

_WORDS = {
    "text": "text", "markdown": "text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "date": "a date: 2026-03-14", "datetime": "a time: 2026-03-14T20:00:00+01:00",
    "duration": "a duration: 90s, 15m, 4h, 3d or 2w", "choice": "one of its options", "person": "a person's id",
    "team": "a team's id", "service": "a service's id", "ticket": "a ticket's key",
}  # fmt: skip


def value_problems(
    subject: Subject, path: Path, spec: FieldSpec, value: Json, *, each: bool = False
) -> Iterator[Problem]:
    """Every problem with ``value``, literal or ``=expression``, as the value of a field."""
    if value is None:
        return
    if isinstance(value, str) and value.startswith("="):
        yield from _computed(subject, path, spec, value, each=each)
    elif spec.list:
        if not isinstance(value, list | tuple):
            yield subject.problem(path, "wrong-value", "the field takes a list")
            return
        for index, element in enumerate(value):
            yield from _literal(subject, (*path, index), spec, element)
    else:
        yield from _literal(subject, path, spec, value)


def _computed(subject: Subject, path: Path, spec: FieldSpec, value: str, *, each: bool) -> Iterator[Problem]:
    found = list(subject.expression(path, value, each=each))
    yield from found
    if found:
        return
    try:
        kind = subject.kind(value, each=each)
    except ExpressionError:
        return
    if not fits(kind, kind_of(spec)):
        yield subject.problem(path, "wrong-type", f"this is {a_kind(kind)}, but the field takes {_WORDS[spec.type]}")


def a_kind(kind: Kind) -> str:
    """A kind in a sentence: ``an integer``, ``a time``, ``text``."""
    word = str(kind)
    if kind.name in ("text", "boolean", "any", "other", "null"):
        return word
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def fits(kind: Kind, wanted: Kind) -> bool:
    """Whether a value of ``kind`` fits ``wanted``: a date field takes a time, and a duration field takes text."""
    if kind.name in ("any", "null") or wanted.name == "any" or kind == wanted:
        return True
    if kind.name == "list" and wanted.name == "list":
        return kind.item is None or wanted.item is None or fits(kind.item, wanted.item)
    if wanted.is_time:
        return kind.is_time or kind.name == "text"
    return (kind.name, wanted.name) in (("integer", "number"), ("text", "duration"))


def _literal(subject: Subject, path: Path, spec: FieldSpec, value: Json) -> Iterator[Problem]:
    organization = subject.organization
    ids: dict[str, Sequence[str]] = {
        "choice": spec.options, "person": tuple(organization.people), "team": tuple(organization.teams),
        "service": tuple(organization.services),
    }  # fmt: skip
    known = ids.get(spec.type)
    if known is not None and isinstance(value, str):
        if value not in known:
            what = "option" if spec.type == "choice" else spec.type
            hint = closest(value, known) or (f"one of {', '.join(known)}" if spec.type == "choice" else "")
            yield subject.problem(path, f"unknown-{what}", f"unknown {what} '{value}'", hint)
    elif not _is(spec.type, value):
        yield subject.problem(path, "wrong-value", f"the field takes {_WORDS[spec.type]}")


def _is(type_: str, value: Json) -> bool:
    if type_ == "boolean":
        return isinstance(value, bool)
    if type_ in ("integer", "number"):
        wanted = (int,) if type_ == "integer" else (int, float)
        return isinstance(value, wanted) and not isinstance(value, bool)
    readers: dict[str, Callable[[str], object]] = {"date": to_date, "datetime": to_instant, "duration": parse_duration}
    if not isinstance(value, str):
        return False
    try:
        readers.get(type_, str)(value)
    except ValueError:
        return False
    return True


def what_is_set(subject: Subject) -> Iterator[Problem]:
    """``set`` writes fields that exist and are not computed, with values of their types."""
    for placed in subject.transitions():
        yield from _set(subject, (*placed.path, "set"), placed.transition.set, each=False)
    for path, step in subject.steps():
        if step.set is not None:
            yield from _set(subject, (*path, "set"), step.set, each=step.each is not None)


def _set(subject: Subject, path: Path, values: Mapping[str, Json], *, each: bool) -> Iterator[Problem]:
    fields = subject.process.fields
    for name, value in values.items():
        own = (*path, name)
        spec = fields.get(name)
        if spec is None:
            hint = closest(name, fields)
            yield subject.problem(own, "unknown-field", f"unknown field '{name}'", hint, key=True)
        elif spec.value is not None:
            yield subject.problem(own, "computed-field", f"field '{name}' is computed: it can't be set", key=True)
        elif value is None and spec.required:
            yield subject.problem(own, "required-field", f"field '{name}' is required: it can't be cleared")
        else:
            yield from value_problems(subject, own, spec, value, each=each)


def defaults_and_limits(subject: Subject) -> Iterator[Problem]:
    """``default``, ``min`` and ``max`` are values of their field, and each limit fits the type of the field."""
    for name, spec in subject.process.fields.items():
        path = ("fields", name)
        ordered = spec.type in ("integer", "number", "date", "datetime", "duration")
        wordy = spec.type in ("text", "markdown")
        for key, possible in (("min", ordered), ("max", ordered), ("max_length", wordy), ("pattern", wordy)):
            if getattr(spec, key) is not None and not possible:
                message = f"a field of type {spec.type} can't have '{key}'"
                yield subject.problem((*path, key), "needless-limit", message, key=True)
        for key in ("default", "min", "max") if ordered else ("default",):
            yield from value_problems(subject, (*path, key), spec, getattr(spec, key))
        yield from _pattern(subject, (*path, "pattern"), spec.pattern)


def _pattern(subject: Subject, path: Path, pattern: str | None) -> Iterator[Problem]:
    try:
        patterns.check(pattern or "")
    except patterns.BadPattern as refused:
        message = f"this is not a regular expression that RE2 takes: {refused}"
        hint = "RE2 has no lookaround and no backreferences, and repeats at most 1,000 times: see 'pattern' of fields"
        yield subject.problem(path, "bad-pattern", message, hint)


CHECKS = (what_is_set, defaults_and_limits)
