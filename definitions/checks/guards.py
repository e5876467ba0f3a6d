"""Expressions outside fields: guards, moments, elements, and values that start with ``=``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.checks.subject import Subject
from definitions.expressions import Expect
from definitions.schema.model import Json
from definitions.schema.steps import Step
from definitions.schema.waiting import Child
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.scalars import shown

_EMPTY_TEXT = re.compile(
    r"""\bticket\.(?P<left>\w+)\s*[!=]=\s*(?:''|"")|(?:''|"")\s*[!=]=\s*ticket\.(?P<right>\w+)\b"""
)


def expressions(subject: Subject) -> Iterator[Problem]:
    """Each expression is valid, and of the kind for its place. Values of ``set`` are checked with their fields."""
    for path, source, expect, each in _places(subject):
        yield from subject.expression(path, source, expect, each=each)
    for path, step in subject.steps():
        for place, source, expect, each in of_step(path, step):
            yield from subject.expression(place, source, expect, each=each, callback=is_called_back(path, step, place))


def empty_texts(subject: Subject) -> Iterator[Problem]:
    """A guard does not compare a field with an empty text, which no field ever holds."""
    for path, source, _, _ in _places(subject):
        for match in _EMPTY_TEXT.finditer(source):
            name = match["left"] or match["right"]
            if name in subject.process.fields:
                message = f"ticket.{name} is never an empty text: an empty text clears its field"
                hint = f"compare with null: ticket.{name} == null"
                mark = subject.source.inside(path, match.start())
                yield Problem(
                    subject.source.file, mark.line, mark.column, "empty-text", message, crumb(path), hint, "warning"
                )


def _places(subject: Subject) -> Iterator[tuple[Path, str, Expect, bool]]:
    for placed in subject.transitions():
        if placed.transition.when is not None:
            yield (*placed.path, "when"), placed.transition.when, "bool", False
    for one in subject.placed:
        for index, timed in enumerate(one.state.after):
            if timed.until is not None:
                yield (*one.path, "after", index, "until"), timed.until, "time", False
        for index, task in enumerate(one.state.tasks or ()):
            if task.when is not None:
                yield (*one.path, "tasks", index, "when"), task.when, "bool", False
        if one.state.child is not None:
            yield from _of_child((*one.path, "child"), one.state.child)
        for index, stage in enumerate(one.state.approval.stages if one.state.approval else ()):
            if stage.when is not None:
                yield (*one.path, "approval", "stages", index, "when"), stage.when, "bool", False
    for index, invariant in enumerate(subject.process.invariants):
        if invariant.when is not None:
            yield ("invariants", index, "when"), invariant.when, "bool", False


def _of_child(path: Path, child: Child) -> Iterator[tuple[Path, str, Expect, bool]]:
    if child.each is not None:
        yield (*path, "each"), child.each, "list", False
    for place, text in _within((*path, "with"), child.with_):
        yield place, text, "any", child.each is not None


def is_called_back(path: Path, step: Step, place: Path) -> bool:
    """Whether ``place``, in a step at ``path``, is in a request with a callback."""
    return step.http is not None and step.http.callback is not None and place[len(path)] == "http"


def of_step(path: Path, step: Step) -> Iterator[tuple[Path, str, Expect, bool]]:
    each = step.each is not None
    if step.each is not None:
        yield (*path, "each"), step.each, "list", False
    if step.when is not None:
        yield (*path, "when"), step.when, "bool", each
    if step.comment is not None and step.comment.startswith("="):
        yield (*path, "comment"), step.comment, "text", each
    for kind in ("call", "http", "start", "send", "cost"):
        block = getattr(step, kind)
        if block is not None:
            for place, text in _within((*path, kind), block.model_dump(by_alias=True, exclude_defaults=True)):
                yield place, text, "any", each


def _within(path: Path, value: Json) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str) and value.startswith("="):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _within((*path, key), inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _within((*path, index), inner)


def without_sign(subject: Subject) -> Iterator[Problem]:
    """A key that always holds an expression holds it without ``=``, which the ticket could not read."""
    places = [(path, text) for path, text in _bare(subject) if text is not None]
    for path, text in places:
        if text.lstrip().startswith("="):
            message = f"'{path[-1]}' holds an expression in any case: the '=' before it can't be read"
            yield subject.problem(path, "needless-sign", message, f"write {shown(text.lstrip()[1:].strip())}")


def _bare(subject: Subject) -> Iterator[tuple[Path, str | None]]:
    """Every key that holds an expression and nothing else."""
    for placed in subject.transitions():
        yield (*placed.path, "when"), placed.transition.when
    for one in subject.placed:
        state, path = one.state, one.path
        yield from (((*path, "after", index, "until"), timed.until) for index, timed in enumerate(state.after))
        yield from (((*path, "tasks", index, "when"), task.when) for index, task in enumerate(state.tasks or ()))
        stages = state.approval.stages if state.approval else ()
        yield from (((*path, "approval", "stages", index, "when"), stage.when) for index, stage in enumerate(stages))
        yield (*path, "child", "each"), state.child.each if state.child else None
    for path, step in subject.steps():
        yield (*path, "when"), step.when
        yield (*path, "each"), step.each
    process = subject.process
    yield from ((("invariants", index, "when"), one.when) for index, one in enumerate(process.invariants))
    yield from ((("triggers", index, "when"), trigger.when) for index, trigger in enumerate(process.triggers))
    yield from ((("fields", name, "value"), spec.value) for name, spec in process.fields.items())
    for name, level in process.service_levels.items():
        if not isinstance(level.target, str):
            yield ("service_levels", name, "target", "by"), level.target.get("by")


CHECKS = (expressions, empty_texts, without_sign)
