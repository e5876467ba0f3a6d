"""Tickets that a process starts: ``child`` and ``start``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from definitions.checks.subject import Subject
from definitions.checks.values import value_problems
from definitions.expressions import ExpressionError, Scope, compile_expression, scope_of
from definitions.schema.model import Json
from definitions.schema.process import Process
from definitions.schema.states import Transition
from definitions.schema.waiting import Child
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest

CANCEL = "cancel"
"""The event that ``on_exit: cancel`` sends."""


def started(subject: Subject) -> Iterator[Problem]:
    """A started ticket is of a process that exists, and gets the fields that this process requires."""
    processes = subject.processes
    needs: dict[str, tuple[str, ...]] = {}
    for path, name, values, _, each in _places(subject):
        if name is None or processes is None:
            continue
        process = processes.get(name)
        if name not in processes:
            yield subject.unknown((*path, "process"), "process", name, processes)
        if process is None:
            continue
        yield from _fields(subject, path, process, values, each=each)
        if name not in needs:
            needs[name] = tuple(_needs(process))
        for field in needs[name]:
            if values.get(field) is None:
                message = f"process '{name}' needs '{field}' to open a ticket"
                yield subject.problem(path, "missing-field", message, f"add with: {{{field}: …}}", key=True)


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


def _needs(process: Process) -> Iterator[str]:
    """The required fields without a default. If a ticket starts another, ``=actor.id`` is not a person."""
    scope = scope_of(process)
    for name, spec in process.fields.items():
        if spec.required and (spec.default is None or (spec.type == "person" and _is_actor(spec.default, scope))):
            yield name


def _is_actor(default: Json, scope: Scope) -> bool:
    try:
        return str(default).startswith("=") and "actor.id" in compile_expression(str(default)[1:], scope).names
    except ExpressionError:
        return False


def links(subject: Subject) -> Iterator[Problem]:
    """``link`` is a field of type ticket; it is a list if several tickets are started."""
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
            message = f"field '{link}' is {what}, but a link must be a writable field of type ticket"
            yield subject.problem(own, "bad-link", message)
        elif each and not spec.list:
            message = f"field '{link}' holds one ticket, but 'each' starts several"
            yield subject.problem(own, "bad-link", message, f"declare it as {link}: {{type: ticket, list: true}}")


def counts(subject: Subject) -> Iterator[Problem]:
    """Enough children are started."""
    for path, child in _children(subject):
        if not isinstance(child.need, int):
            continue
        own = (*path, "need")
        if child.need < 1:
            yield subject.problem(own, "bad-need", "'need' must be any, all or a number from 1")
        elif child.need > 1 and child.each is None:
            hint = "start several children: each: <list>"
            message = f"{child.need} children are needed, but only 1 is started"
            yield subject.problem(own, "unreachable-number", message, hint)


def canceled(subject: Subject) -> Iterator[Problem]:
    """A child that ``on_exit`` cancels handles ``cancel``; otherwise it continues on its own (a warning)."""
    can = {name: is_handled(handlers_for_engine(process), CANCEL) for name, process in child_processes(subject).items()}
    for path, child in _children(subject):
        if child.on_exit == "cancel" and not can.get(child.process or "", True):
            process = f"process '{child.process}'"
            message = f"{process} does not accept 'cancel' from the engine: its ticket continues on its own"
            hint = f"write on_exit: detach, or add to '{child.process}' on: {{cancel: {{to: …, by: [engine]}}}}"
            yield subject.problem(path, "never-canceled", message, hint, key=True, severity="warning")


def child_processes(subject: Subject) -> dict[str, Process]:
    """The processes of the children, as far as they are known."""
    named = {
        child.process: (subject.processes or {}).get(child.process) for _, child in _children(subject) if child.process
    }
    return {name: process for name, process in named.items() if process is not None}


def handlers_for_engine(process: Process) -> frozenset[str]:
    """The handlers that take what another ticket sends: their ``by`` must name the engine."""
    found = _handlers(process)
    return frozenset(name for name, several in found if any("engine" in (one.by or ()) for one in several))


def handlers_of(process: Process) -> frozenset[str]:
    """The handlers of a process, whoever may send their events."""
    return frozenset(name for name, _ in _handlers(process))


def _handlers(process: Process) -> list[tuple[str, tuple[Transition, ...]]]:
    return [*process.on.items(), *(item for _, state in process.walk() for item in state.on.items())]


def is_handled(handlers: Collection[str], event: str) -> bool:
    """Whether one of the handlers handles ``event``: SCXML, section 3.12.1."""
    words = event.split(".")
    return "*" in handlers or any(".".join(words[:length]) in handlers for length in range(1, len(words) + 1))


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
