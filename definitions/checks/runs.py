"""Automation: the steps of a ``run``, and every ``call`` and ``http`` request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from definitions.checks.actions import SHIPPED
from definitions.checks.guards import is_called_back, of_step
from definitions.checks.subject import PlacedState, Subject
from definitions.checks.values import value_problems
from definitions.durations import parse_duration
from definitions.expressions import ExpressionError, compile_expression
from definitions.schema.steps import Call, RunStep
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""RFC 9110, section 5.1."""


def saved(subject: Subject) -> Iterator[Problem]:
    """Each saved result has a name of its own, and is read only after it was saved."""
    for one in subject.placed:
        lines: dict[str, int] = {}
        steps = one.state.run or ()
        saved_by = {f"run.{one.id}.{step.save}": index for index, step in reversed([*enumerate(steps)]) if step.save}
        for index, step in enumerate(steps):
            path = (*one.path, "run", index)
            yield from _read_too_early(subject, path, step, saved_by)
            if step.save is None:
                continue
            place = (*path, "save")
            if step.save in lines:
                message = f"'{step.save}' is already saved on line {lines[step.save]}"
                yield subject.problem(place, "duplicate-save", message, "give each result a name of its own")
            lines.setdefault(step.save, subject.source.at(place).line)


def _read_too_early(subject: Subject, path: Path, step: RunStep, saved_by: Mapping[str, int]) -> Iterator[Problem]:
    own = path[-1]
    for place, text, _, each in of_step(path, step):
        source = text.removeprefix("=")
        try:
            scope = subject.scope_under(each=each, callback=is_called_back(path, step, place))
            names = compile_expression(source, scope).names
        except ExpressionError:
            continue
        for name in sorted(name for name in names if name in saved_by and saved_by[name] >= int(own)):
            mark = subject.source.inside(place, max(text.find(name), 0))
            found = subject.problem(place, "not-saved-yet", f"'{name}' is not saved before this step")
            yield Problem(found.file, mark.line, mark.column, found.code, found.message, found.crumb)


def waited_for(subject: Subject) -> Iterator[Problem]:
    """A run waits only for ``call`` and ``http``: other steps have no result, timeout or retry."""
    for one in subject.placed:
        for index, step in enumerate(one.state.run or ()):
            yield from _waited_for(subject, one, (*one.path, "run", index), step)


def _waited_for(subject: Subject, one: PlacedState, path: Path, step: RunStep) -> Iterator[Problem]:
    if step.call is None and step.http is None:
        for key in ("save", "timeout", "retry"):
            if key in step.model_fields_set:
                message = f"'{key}' has no effect here: a run does not wait for '{step.kind}'"
                yield subject.problem((*path, key), "not-waited-for", message, key=True)
        return
    if parse_duration(step.timeout).nominal_seconds == 0:
        yield subject.problem((*path, "timeout"), "bad-timeout", "the timeout can't be zero", "write timeout: 30s")


def calls(subject: Subject) -> Iterator[Problem]:
    """An action exists, if all actions are known, and gets its inputs."""
    for path, step in subject.steps():
        if step.call is None:
            continue
        own = (*path, "call")
        known = {**SHIPPED, **(subject.actions or {})}
        spec = known.get(step.call.action)
        if spec is None:
            if subject.actions is not None:
                hint = closest(step.call.action, known) or f"the actions are {', '.join(sorted(known))}"
                message = f"unknown action '{step.call.action}'"
                yield subject.problem((*own, "action"), "unknown-action", message, hint, severity="warning")
            continue
        for name in step.call.with_:
            if name not in spec.inputs:
                hint = closest(name, spec.inputs) or f"its inputs are {', '.join(sorted(spec.inputs))}"
                message = f"the action '{step.call.action}' has no input '{name}'"
                yield subject.problem((*own, "with", name), "unknown-input", message, hint, key=True)
        for name in sorted(spec.required - set(step.call.with_)):
            message = f"the action '{step.call.action}' needs the input '{name}'"
            yield subject.problem(own, "missing-input", message, f"add with: {{{name}: …}}", key=True)
        if step.call.action == "tickets":
            yield from _tickets(subject, own, step.call, each=step.each is not None)


def _tickets(subject: Subject, path: Path, call: Call, *, each: bool) -> Iterator[Problem]:
    """``tickets`` searches a process that exists, by fields of this process."""
    name = call.with_.get("process")
    if subject.processes is None or not isinstance(name, str) or name.startswith("="):
        return
    if name not in subject.processes:
        yield subject.unknown((*path, "with", "process"), "process", name, subject.processes)
    process, match = subject.processes.get(name), call.with_.get("match")
    for field, value in match.items() if process is not None and isinstance(match, dict) else ():
        place = (*path, "with", "match", field)
        spec = process.fields.get(field) if process else None
        if spec is None:
            hint = closest(field, process.fields if process else ())
            yield subject.problem(place, "unknown-field", f"process '{name}' has no field '{field}'", hint, key=True)
        elif not isinstance(value, list | tuple):
            yield from value_problems(subject, place, spec.model_copy(update={"list": False}), value, each=each)


def requests(subject: Subject) -> Iterator[Problem]:
    """A request has a complete URL, valid names of headers, and statuses of HTTP to expect."""
    for path, step in subject.steps():
        if step.http is None:
            continue
        own = (*path, "http")
        if step.http.url.startswith("="):
            called_back = step.http.callback is not None
            each = step.each is not None
            yield from subject.expression((*own, "url"), step.http.url, "text", each=each, callback=called_back)
        elif not _is_address(step.http.url):
            message = f"'{step.http.url}' is not a complete URL"
            yield subject.problem((*own, "url"), "bad-url", message, "write it in full: https://example.com/hook")
        for name in step.http.headers:
            if not _HEADER.fullmatch(name):
                yield subject.problem(
                    (*own, "headers", name), "bad-header", f"'{name}' is not a name of a header", key=True
                )
        if not step.http.expect:
            yield subject.problem((*own, "expect"), "bad-status", "no status counts as success", "write expect: [200]")
        for index, status in enumerate(step.http.expect):
            if not 100 <= status <= 599:
                place = subject.element((*own, "expect"), index)
                message, hint = f"{status} is not an HTTP status", "write a status from 100 to 599"
                yield subject.problem(place, "bad-status", message, hint)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text and parts.port != 0
    except ValueError:
        return False


CHECKS = (saved, waited_for, calls, requests)
