"""Events that a process sends or raises."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.checks.children import child_processes, handlers_for_engine, handlers_of, is_handled
from definitions.checks.names import EVENT_FORM, is_one_event
from definitions.checks.subject import Subject
from definitions.checks.values import a_kind
from definitions.expressions import ExpressionError
from definitions.schema.process import Process
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest

_KEY = re.compile(r"[A-Z][A-Z0-9]{1,9}-[1-9][0-9]*")
_FORMS = "parent, children, link:<field>, linked:<field>, a ticket's key, or =<expression> of keys"


def addressees(subject: Subject) -> Iterator[Problem]:
    """A ``send`` goes to tickets: the parent, children, tickets at either end of links, or keys."""
    own, every = _links(subject.process), _links_of_all(subject)
    has_children = any(one.state.child for one in subject.placed)
    for path, step in subject.steps():
        if step.send is None:
            continue
        place, to = (*path, "send", "to"), step.send.to
        if to.startswith("link:"):
            yield from _link(subject, place, to.removeprefix("link:"), own)
        elif to.startswith("linked:") and every is not None:
            yield from _link(subject, place, to.removeprefix("linked:"), every)
        elif to == "children" and not has_children:
            hint = "children are started by 'child' in a state"
            yield subject.problem(place, "no-children", "this process has no children", hint)
        elif not to.startswith("linked:") and to not in ("parent", "children"):
            yield from _address(subject, place, to, each=step.each is not None)


def _address(subject: Subject, path: Path, to: str, *, each: bool) -> Iterator[Problem]:
    if to.startswith("="):
        yield from _keys(subject, path, to, each=each)
    elif not _KEY.fullmatch(to):
        hint = closest(to, ("parent", "children")) or _FORMS
        yield subject.problem(path, "unknown-addressee", f"'{to}' does not name a ticket", hint)


def _links(process: Process) -> frozenset[str]:
    return frozenset(name for name, spec in process.fields.items() if spec.type == "ticket")


def _links_of_all(subject: Subject) -> frozenset[str] | None:
    """The links of every process; None if a process is not known."""
    if subject.processes is None or None in subject.processes.values():
        return None
    return frozenset(name for process in subject.processes.values() if process for name in _links(process))


def _link(subject: Subject, path: Path, name: str, known: frozenset[str]) -> Iterator[Problem]:
    if name not in known:
        message = f"no field of type ticket is called '{name}'"
        yield subject.problem(path, "unknown-link", message, closest(name, known))


def _keys(subject: Subject, path: Path, text: str, *, each: bool) -> Iterator[Problem]:
    found = list(subject.expression(path, text, each=each))
    yield from found
    try:
        kind = subject.kind(text, each=each)
    except ExpressionError:
        return
    if not found and kind.name not in ("text", "list", "any", "null"):
        message = f"the expression must be a ticket or a list of tickets, but is {a_kind(kind)}"
        yield subject.problem(path, "wrong-type", message)


def ends(subject: Subject) -> Iterator[Problem]:
    """``ended.x`` can happen only if x is a link of this process, or of a process whose tickets may point here."""
    every = _links_of_all(subject)
    if every is None:
        return
    for placed in subject.transitions():
        event = placed.event or ""
        if event.startswith("ended.") and event.split(".")[1] not in every:
            name = event.split(".")[1]
            path = placed.path[:-1] if isinstance(placed.path[-1], int) else placed.path
            message, hint = f"'{event}' can't happen: no field of type ticket is called '{name}'", closest(name, every)
            yield subject.problem(path, "unknown-link", message, hint, key=True)


def event_names(subject: Subject) -> Iterator[Problem]:
    """``send`` and ``raise`` name one event, by its whole name."""
    for path, step in subject.steps():
        for own, event in (((*path, "send", "event"), step.send.event if step.send else None),
                           ((*path, "raise"), step.raise_)):  # fmt: skip
            if event is not None and not is_one_event(event):
                yield subject.problem(own, "bad-event-name", f"'{event}' is not a name of an event", EVENT_FORM)


def unheard(subject: Subject) -> Iterator[Problem]:
    """An event that is raised, or sent to children, has a handler; otherwise it is dropped or refused (a warning)."""
    own = {*subject.process.on, *(event for one in subject.placed for event in one.state.on)}
    children = _heard_by_children(subject)
    for path, step in subject.steps():
        raised, send = step.raise_ or "*", step.send
        if raised != "*" and not is_handled(own, raised):
            message = f"nothing handles '{raised}': the event is dropped"
            yield subject.problem((*path, "raise"), "unheard-event", message, closest(raised, own), severity="warning")
        if send is not None and send.to == "children" and children is not None and not is_handled(children, send.event):
            message, hint = (
                f"no child accepts '{send.event}' from the engine: the event is refused",
                "the handler's 'by' must name engine",
            )
            yield subject.problem((*path, "send", "event"), "unheard-event", message, hint, severity="warning")


def unknown_events(subject: Subject) -> Iterator[Problem]:
    """An event that is sent to other tickets is an event of some process.

    A handler that does not take it from the engine is a warning, since the event is then refused.
    """
    sent = [(path, step.send) for path, step in subject.steps() if step.send is not None]
    others = [(path, send) for path, send in sent if send.to != "children" and is_one_event(send.event)]
    processes = subject.processes
    if not others or processes is None or None in processes.values():
        return
    known = [process for process in processes.values() if process is not None]
    handled = {event for process in known for event in handlers_of(process)}
    for_engine = {event for process in known for event in handlers_for_engine(process)}
    for path, send in others:
        own = (*path, "send", "event")
        if not is_handled(handled, send.event):
            message = f"no process handles the event '{send.event}'"
            yield subject.problem(own, "unknown-event", message, closest(send.event, handled))
        elif not is_handled(for_engine, send.event):
            message = f"no process accepts '{send.event}' from the engine: the event is refused"
            hint = "the handler's 'by' must name engine"
            yield subject.problem(own, "unheard-event", message, hint, severity="warning")


def _heard_by_children(subject: Subject) -> frozenset[str] | None:
    """The handlers of all children; None if the process of a child is not known."""
    named = {one.state.child.process for one in subject.placed if one.state.child}
    known = child_processes(subject)
    if not named or named - known.keys():
        return None
    return frozenset(event for process in known.values() for event in handlers_for_engine(process))


CHECKS = (addressees, ends, event_names, unheard, unknown_events)
