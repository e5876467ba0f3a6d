"""Events that a process sends or raises, and what it spends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.checks.children import takes_of_engine
from definitions.checks.names import is_event
from definitions.checks.reaching import takes
from definitions.checks.subject import Subject
from definitions.checks.values import a_kind
from definitions.expressions import ExpressionError
from definitions.expressions.wording import closest
from definitions.problems import Path, Problem
from definitions.schema.process import Process

_KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}-[1-9][0-9]*")
_FORMS = "parent, children, link:<field>, linked:<field>, a ticket's key, or =<expression> of keys"


def addressees(subject: Subject) -> Iterator[Problem]:
    """A ``send`` goes to tickets: relatives, both ends of links, or keys."""
    for path, step in subject.steps():
        if step.send is not None:
            yield from _addressee(subject, (*path, "send", "to"), step.send.to, each=step.each is not None)


def _addressee(subject: Subject, path: Path, to: str, *, each: bool) -> Iterator[Problem]:
    if to.startswith("="):
        yield from _keys(subject, path, to, each=each)
    elif to.startswith("link:"):
        yield from _link(subject, path, to.removeprefix("link:"), subject.process)
    elif to.startswith("linked:"):
        every = subject.processes
        if every is not None and None not in every.values():
            yield from _link(subject, path, to.removeprefix("linked:"), *(one for one in every.values() if one))
    elif to == "children":
        if not any(one.state.child for one in subject.placed):
            yield subject.problem(path, "no-children", "this process has no children", "a child is started by 'child'")
    elif to != "parent" and not _KEY.fullmatch(to):
        hint = closest(to, ("parent", "children")) or _FORMS
        yield subject.problem(path, "unknown-addressee", f"'{to}' is no ticket", hint)


def _link(subject: Subject, path: Path, name: str, *processes: Process) -> Iterator[Problem]:
    fields = {field for one in processes for field, spec in one.fields.items() if spec.type == "ticket"}
    if name not in fields:
        yield subject.problem(
            path, "unknown-link", f"no field of type ticket is called '{name}'", closest(name, fields)
        )


def _keys(subject: Subject, path: Path, text: str, *, each: bool) -> Iterator[Problem]:
    found = list(subject.expression(path, text, each=each))
    yield from found
    try:
        kind = subject.kind(text, each=each)
    except ExpressionError:
        return
    if not found and kind.name not in ("text", "list", "any", "null"):
        yield subject.problem(path, "wrong-type", f"must be a ticket or a list of tickets, but this is {a_kind(kind)}")


def event_names(subject: Subject) -> Iterator[Problem]:
    """What is sent and raised is one event, by its whole name."""
    for path, step in subject.steps():
        for own, event in (((*path, "send", "event"), step.send.event if step.send else None),
                           ((*path, "raise"), step.raise_)):  # fmt: skip
            if event is not None and (event == "*" or not is_event(event)):
                hint = "small letters, digits and _, with dots between words: deploy.failed"
                yield subject.problem(own, "bad-event-name", f"'{event}' is no name of an event", hint)


def unheard(subject: Subject) -> Iterator[Problem]:
    """What is raised, or sent to children, is handled by something: else it is dropped or refused (a warning)."""
    own = [*subject.process.on, *(event for one in subject.placed for event in one.state.on)]
    for path, step in subject.steps():
        raised = step.raise_ or "*"
        if raised != "*" and not any(takes(handler, raised) for handler in own):
            message = f"nothing handles '{raised}': it is dropped"
            hint = closest(raised, own)
            yield subject.problem((*path, "raise"), "unheard-event", message, hint, severity="warning")
        if step.send is not None and step.send.to == "children":
            yield from _unheard_by_children(subject, (*path, "send", "event"), step.send.event)


def _unheard_by_children(subject: Subject, path: Path, event: str) -> Iterator[Problem]:
    named = {one.state.child.process for one in subject.placed if one.state.child}
    processes = [(subject.processes or {}).get(name or "") for name in sorted(named, key=str)]
    if not processes or None in processes:
        return
    if not any(takes_of_engine(process, event) for process in processes if process):
        message = f"no child takes '{event}' of the engine: it is refused"
        hint = "the handler's 'by' must name engine"
        yield subject.problem(path, "unheard-event", message, hint, severity="warning")


def costs(subject: Subject) -> Iterator[Problem]:
    """A cost is a number."""
    for path, step in subject.steps():
        if step.cost is None:
            continue
        own, amount = (*path, "cost", "amount"), step.cost.amount
        if isinstance(amount, str) and amount.startswith("="):
            yield from subject.expression(own, amount, "number", each=step.each is not None)
        elif isinstance(amount, bool) or not isinstance(amount, int | float):
            yield subject.problem(own, "wrong-value", "a cost is a number", "the currency stands beside it: EUR")


CHECKS = (addressees, event_names, unheard, costs)
