"""Tickets that a process starts: ``child`` and ``start``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.checks.reaching import takes
from definitions.checks.subject import Subject
from definitions.checks.values import value_problems
from definitions.expressions import ExpressionError, compile_expression, scope_of
from definitions.expressions.wording import closest
from definitions.problems import Path, Problem
from definitions.schema.model import Json
from definitions.schema.process import FieldSpec, Process
from definitions.schema.waiting import Child

CANCEL = "cancel"
"""The event that ``on_exit: cancel`` sends."""


def started(subject: Subject) -> Iterator[Problem]:
    """A ticket is started of a process that exists, with what this needs to open."""
    for path, process, values, _, each in _places(subject):
        if process is None or subject.processes is None:
            continue
        if process not in subject.processes:
            yield subject.unknown((*path, "process"), "process", process, subject.processes)
        elif (found := subject.processes[process]) is not None:
            yield from _fields(subject, path, found, values, each=each)


def _fields(
    subject: Subject, path: Path, process: Process, values: Mapping[str, Json], *, each: bool
) -> Iterator[Problem]:
    for name, value in values.items():
        own = (*path, "with", name)
        spec = process.fields.get(name)
        if spec is None:
            message, hint = f"process '{process.process}' has no field '{name}'", closest(name, process.fields)
            yield subject.problem(own, "unknown-field", message, hint, key=True)
        elif spec.value is not None:
            message = f"field '{name}' of process '{process.process}' is computed: it can't be given"
            yield subject.problem(own, "computed-field", message, key=True)
        else:
            yield from value_problems(subject, own, spec, value, each=each)
    for name, spec in process.fields.items():
        if spec.required and values.get(name) is None and not _has_default(process, spec):
            message = f"process '{process.process}' needs '{name}' to open a ticket"
            hint = f"give it: with: {{{name}: …}}"
            yield subject.problem(path, "missing-field", message, hint, key=True)


def _has_default(process: Process, spec: FieldSpec) -> bool:
    """A ticket that starts another is no person: a default of its actor leaves a person field unset."""
    default = spec.default
    if spec.type != "person" or not isinstance(default, str) or not default.startswith("="):
        return default is not None
    try:
        return "actor.id" not in compile_expression(default[1:], scope_of(process)).names
    except ExpressionError:
        return True


def links(subject: Subject) -> Iterator[Problem]:
    """``link`` is a field of type ticket, and holds as many as are started."""
    fields = subject.process.fields
    for path, _, _, link, each in _places(subject):
        if link is None:
            continue
        own, spec = (*path, "link"), fields.get(link)
        if spec is None:
            tickets = [name for name, one in fields.items() if one.type == "ticket"]
            hint = closest(link, tickets) or f"declare it: fields: {{{link}: {{type: ticket}}}}"
            yield subject.problem(own, "unknown-field", f"unknown field '{link}'", hint)
        elif spec.type != "ticket" or spec.value is not None:
            what = "computed" if spec.value is not None else f"of type {spec.type}"
            message = f"field '{link}' is {what}: a link is a field of type ticket that can be written"
            yield subject.problem(own, "bad-link", message)
        elif each and not spec.list:
            message = f"field '{link}' holds one ticket, but 'each' starts several"
            yield subject.problem(own, "bad-link", message, f"{link}: {{type: ticket, list: true}}")


def counts(subject: Subject) -> Iterator[Problem]:
    """As many children can be done as must."""
    for path, child in _children(subject):
        if not isinstance(child.need, int):
            continue
        own = (*path, "need")
        if child.need < 1:
            yield subject.problem(own, "bad-need", "need is any, all or a number from 1")
        elif child.need > 1 and child.each is None:
            hint = "start several: each: <list>"
            yield subject.problem(own, "unreachable-number", f"{child.need} are needed, but only 1 is started", hint)


def canceled(subject: Subject) -> Iterator[Problem]:
    """A child that is to be canceled has a way for that; one that refuses goes on by itself (a warning)."""
    for path, child in _children(subject):
        process = (subject.processes or {}).get(child.process or "")
        if child.on_exit != "cancel" or process is None or takes_of_engine(process, CANCEL):
            continue
        message = f"process '{process.process}' takes no 'cancel' of the engine: its ticket goes on alone"
        hint = f"write on_exit: detach, or in '{process.process}' on: {{cancel: {{to: …, by: [engine]}}}}"
        yield subject.problem(path, "never-canceled", message, hint, key=True, severity="warning")


def takes_of_engine(process: Process, event: str) -> bool:
    """Whether some state takes an event that another ticket sends: its ``by`` must name the engine."""
    handlers = [*process.on.items(), *(item for _, state in process.walk() for item in state.on.items())]
    return any(takes(name, event) and any("engine" in (one.by or ()) for one in found) for name, found in handlers)


def _children(subject: Subject) -> Iterator[tuple[Path, Child]]:
    for one in subject.placed:
        if one.state.child is not None:
            yield (*one.path, "child"), one.state.child


def _places(subject: Subject) -> Iterator[tuple[Path, str | None, Mapping[str, Json], str | None, bool]]:
    for path, child in _children(subject):
        yield path, child.process, child.with_, child.link, child.each is not None
    for path, step in subject.steps():
        if step.start is not None:
            start = step.start
            yield (*path, "start"), start.process, start.with_, start.link, step.each is not None


CHECKS = (started, links, counts, canceled)
