"""Service levels: the states of a clock, its target and its thresholds (LANGUAGE, section 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from definitions.calendars.rules import ALWAYS
from definitions.checks.cross_references import state_or_tag
from definitions.checks.subject import Subject
from definitions.checks.values import a_kind
from definitions.expressions import ExpressionError, Kind
from definitions.schema.process import ServiceLevel
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest

THRESHOLD = re.compile(r"(?P<share>\d+(\.\d+)?)%|(?P<sign>[-+])(?P<length>(0|[1-9]\d{0,8})[smhdw])")
"""A share of the target, or a length before or after the due time."""
_WHOLE = re.compile(r"0|-?[1-9]\d*")


def where(subject: Subject) -> Iterator[Problem]:
    """``during`` and ``pause`` are an expression or a list of states and tags; ``cancel`` is such a list."""
    for path, level in _levels(subject):
        for key, value in (("during", level.during), ("pause", level.pause), ("cancel", level.cancel)):
            own = (*path, key)
            if isinstance(value, str):
                yield from _condition(subject, own, value)
            for index, entry in enumerate(value if isinstance(value, tuple) else ()):
                yield from state_or_tag(subject, subject.element(own, index), entry)


def _condition(subject: Subject, path: Path, text: str) -> Iterator[Problem]:
    if text in subject.states or text.startswith("tag:"):
        message = f"'{text}' is read as an expression, since it is not in a list"
        yield subject.problem(path, "not-an-expression", message, f"for states, write a list: [{text}]")
    else:
        yield from subject.expression(path, text, "bool")


def targets(subject: Subject) -> Iterator[Problem]:
    """A target with rows has ``by``, and each row is a possible value of ``by``."""
    for path, level in _levels(subject):
        if isinstance(level.target, str):
            continue
        own, by = (*path, "target"), level.target.get("by")
        rows = [name for name in level.target if name not in ("by", "default")]
        for name in (*rows, "default"):
            if level.target.get(name, "").startswith("="):
                message = "a row needs a literal duration: only 'by' is an expression"
                yield subject.problem((*own, name), "bad-duration", message)
        if by is None:
            hint = "target: {by: ticket.priority, high: 4h, default: 3d}"
            message = "a target with rows needs 'by', the value that chooses a row"
            yield subject.problem(own, "target-without-by", message, hint)
            continue
        if not rows:
            hint = "add rows, or write a duration alone"
            yield subject.problem(own, "target-without-rows", "'by' has no effect without rows", hint)
        yield from _rows(subject, own, by, rows)


def _rows(subject: Subject, path: Path, by: str, rows: Sequence[str]) -> Iterator[Problem]:
    source = by.removeprefix("=")
    found = list(subject.expression((*path, "by"), by))
    yield from found
    try:
        kind = subject.kind(source)
    except ExpressionError:
        return
    if found:
        return
    if kind.name not in ("text", "integer", "boolean", "any", "null"):
        message = f"'by' must be a choice, a text, an integer or a boolean, but is {a_kind(kind)}"
        yield subject.problem((*path, "by"), "wrong-type", message)
        return
    name_of, possible = source.strip(), _possible(subject, source.strip(), kind)
    for name in rows:
        own = (*path, name)
        if possible is not None and name not in possible:
            hint = closest(name, possible) or f"{name_of} is one of {', '.join(possible)}"
            yield subject.problem(own, "unknown-option", f"{name_of} is never '{name}'", hint, key=True)
        elif kind.name == "integer" and not _WHOLE.fullmatch(name):
            yield subject.problem(own, "unknown-option", f"{name_of} is an integer, never '{name}'", key=True)


def _possible(subject: Subject, source: str, kind: Kind) -> Sequence[str] | None:
    """The possible values of ``by``; None if they are not known."""
    if kind.name == "boolean":
        return ("true", "false")
    if options := subject.scope.options.get(source):
        return options
    owner, _, name = source.partition(".")
    spec = subject.process.fields.get(name) if owner == "ticket" else None
    ids: Mapping[str, Sequence[str]] = {
        "person": tuple(subject.organization.people),
        "team": tuple(subject.organization.teams),
        "service": tuple(subject.organization.services),
    }
    return ids.get(spec.type) if spec else None


def thresholds(subject: Subject) -> Iterator[Problem]:
    """Each key of ``at`` is a share of the target, or working time before or after the due time."""
    for path, level in _levels(subject):
        for name in level.at:
            own, match = (*path, "at", name), THRESHOLD.fullmatch(name)
            if match is None:
                hint = "write 75%, 100%, -1h (before due) or +2h (after due)"
                yield subject.problem(own, "bad-threshold", f"'{name}' is not a threshold", hint, key=True)
            elif (match["length"] or "")[-1:] in ("d", "w") and level.calendar != ALWAYS:
                message = "with a calendar, a day has no fixed length: a threshold can't use it"
                hint = f"write working hours: {match['sign']}8h"
                yield subject.problem(own, "days-in-threshold", message, hint, key=True)


def _levels(subject: Subject) -> Iterator[tuple[Path, ServiceLevel]]:
    for name, level in subject.process.service_levels.items():
        yield ("service_levels", name), level


CHECKS = (where, targets, thresholds)
