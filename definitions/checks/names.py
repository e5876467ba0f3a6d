"""Names of states, fields and events."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.checks.subject import Subject
from definitions.text.problems import Path, Problem

RESERVED = frozenset({"name", "data", "key", "opened_at", "assignee", "comment", "state", "ticket"})
_OF_EXPRESSIONS = frozenset({"event", "actor", "tables", "approval", "run", "child", "each", "now"})
_EVENT = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


def duplicate_states(subject: Subject) -> Iterator[Problem]:
    """State ids are unique in a process, at all levels."""
    seen: dict[str, int] = {}
    for one in subject.placed:
        if one.id in seen:
            message = f"there is another state '{one.id}', on line {seen[one.id]}"
            yield subject.problem(one.path, "duplicate-state", message, "give each state an id of its own", key=True)
        seen.setdefault(one.id, subject.source.key_at(one.path).line)


def reserved_fields(subject: Subject) -> Iterator[Problem]:
    """A field can't have a name that expressions or events use already."""
    for name, spec in subject.process.fields.items():
        path = ("fields", name)
        if name in RESERVED:
            yield subject.problem(path, "reserved-name", f"'{name}' is reserved by the language", key=True)
        elif spec.type == "service" and name in _OF_EXPRESSIONS:
            message = f"a field of type service can't be called '{name}'"
            yield subject.problem(path, "reserved-name", message, key=True)


EVENT_FORM = "write small letters, digits and _, with dots between words: deploy.failed"


def event_names(subject: Subject) -> Iterator[Problem]:
    """The name of an event is made of words with dots between them."""
    places: list[tuple[Path, str]] = [(("on", event), event) for event in subject.process.on]
    places += [((*one.path, "on", event), event) for one in subject.placed for event in one.state.on]
    for path, event in places:
        if not is_event(event):
            yield subject.problem(path, "bad-event-name", f"'{event}' is not a name of an event", EVENT_FORM, key=True)


def is_event(text: str) -> bool:
    """Whether ``text`` is a valid name of a handler."""
    return _EVENT.fullmatch(text) is not None


def is_one_event(text: str) -> bool:
    """Whether ``text`` is the whole name of one event, which can be sent."""
    return text != "*" and is_event(text)


CHECKS = (duplicate_states, reserved_fields, event_names)
