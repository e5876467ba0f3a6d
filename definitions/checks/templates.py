"""Templates of notifications: their syntax, and the names that they read, each at its place in the template's file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from jinja2 import Environment, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from definitions.schema.process import Process
from definitions.text.problems import Problem, bounded
from definitions.text.suggestions import closest

SUBJECT = "Subject:"
NAMES = frozenset({
    "ticket", "services", "person", "organization", "reason", "link", "context", "deadline", "asked_for", "task",
    "title", "text", "each", "state",
})  # fmt: skip
"""The names of every template. Those behind ``asked_for`` depend on the reason of the notification."""
OF_TICKET = frozenset({"key", "title", "process", "state", "opener", "opened_at", "assignee"})
"""The members of ``ticket`` besides the fields of the process."""


def check_templates(
    templates: Mapping[str, tuple[str, str]], processes: Collection[Process | None]
) -> Iterator[Problem]:
    """Every problem of the templates, which are given by name, each with its file and its text.

    Members of ``ticket`` are checked in templates that processes name, against the fields of these processes. With a
    process that can't be read, they are not checked.
    """
    for name, (file, text) in templates.items():
        fields = _fields_for(name, processes)
        yield from bounded(_problems(file, text, fields))


def _fields_for(name: str, processes: Collection[Process | None]) -> frozenset[str] | None:
    """The fields of the processes that name a template; None where there are none, or one can't be read."""
    known = [process for process in processes if process is not None]
    using = [process for process in known if name in _named_by(process)]
    if not using or len(known) < len(processes):
        return None
    return frozenset(field for process in using for field in process.fields)


def _named_by(process: Process) -> frozenset[str]:
    steps = [step for level in process.service_levels.values() for several in level.at.values() for step in several]
    transitions = [one for several in process.on.values() for one in several]
    for _, state in process.walk():
        steps += [*state.entry, *state.exit, *(state.run or ())]
        steps += [step for stage in (state.approval.stages if state.approval else ()) for step in stage.do]
        transitions += [*(one for several in state.on.values() for one in several), *state.always, *state.after]
    steps += [step for transition in transitions for step in transition.do]
    return frozenset(step.notify.template for step in steps if step.notify and step.notify.template)


def _environment() -> Environment:
    environment = ImmutableSandboxedEnvironment()
    environment.filters["local"] = str
    return environment


_ENVIRONMENT = _environment()


def _problems(file: str, text: str, fields: frozenset[str] | None) -> Iterator[Problem]:
    first, _, rest = text.partition("\n")
    if not first.startswith(SUBJECT):
        message = f"the first line must be '{SUBJECT} …'"
        yield Problem(file, 1, 1, "bad-template", message, hint="write the subject, an empty line, and the text")
        return
    # The subject is a template of its own: blanks in place of its mark keep every place.
    yield from _of_part(file, " " * len(SUBJECT) + first.removeprefix(SUBJECT), 0, fields)
    yield from _of_part(file, rest, 1, fields)


def _of_part(file: str, text: str, above: int, fields: frozenset[str] | None) -> Iterator[Problem]:
    lines = text.split("\n")
    try:
        tree = _ENVIRONMENT.parse(text)
        unknown = meta.find_undeclared_variables(tree) - NAMES
        _ENVIRONMENT.compile(tree)
    except TemplateSyntaxError as error:
        line = min(error.lineno, len(lines))
        named = re.search(r"named '(\w+)'", error.message or "")
        column = _column(lines[line - 1], rf"\b{named[1]}\b" if named else r"\{[{%#]")
        yield Problem(file, line + above, column, "bad-template", f"the template can't be read: {error.message}")
        return
    except (TemplateError, RecursionError, ValueError, OverflowError) as error:
        yield Problem(file, 1 + above, 1, "bad-template", f"the template can't be read: {error}")
        return
    for node in tree.find_all(nodes.Name):
        if node.name in unknown and node.ctx == "load":
            column = _column(lines[node.lineno - 1], rf"\b{re.escape(node.name)}\b")
            hint = closest(node.name, NAMES) or f"the names are {', '.join(sorted(NAMES))}"
            yield Problem(file, node.lineno + above, column, "unknown-name", f"unknown name '{node.name}'", hint=hint)
    for read in tree.find_all(nodes.Getattr) if fields is not None else ():
        known = OF_TICKET | fields if fields is not None else OF_TICKET
        if isinstance(read.node, nodes.Name) and read.node.name == "ticket" and read.attr not in known:
            column = _column(lines[read.lineno - 1], rf"\bticket\s*\.\s*{re.escape(read.attr)}\b")
            message, hint = f"no process that uses this template has a field '{read.attr}'", closest(read.attr, known)
            yield Problem(file, read.lineno + above, column, "unknown-field", message, hint=hint)


def _column(line: str, pattern: str) -> int:
    match = re.search(pattern, line)
    return match.start() + 1 if match else 1
