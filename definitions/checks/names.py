"""Names: of states, fields and events."""

from __future__ import annotations

import re
from collections.abc import Iterator

from definitions.checks.subject import Subject
from definitions.text.problems import Path, Problem

RESERVED = frozenset({"name", "data", "key", "opened_at", "assignee", "comment", "state", "ticket"})
_OF_EXPRESSIONS = frozenset({"event", "actor", "tables", "approval", "run", "child", "each", "now"})
_EVENT = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


def duplicate_states(subject: Subject) -> Iterator[Problem]:
    """State ids are unique in a process, however deep they stand."""
    seen: dict[str, int] = {}
    for one in subject.placed:
        if one.id in seen:
            message = f"there is another state '{one.id}', in line {seen[one.id]}"
            yield subject.problem(one.path, "duplicate-state", message, "give each state an id of its own", key=True)
        seen.setdefault(one.id, subject.source.key_at(one.path).line)


def reserved_fields(subject: Subject) -> Iterator[Problem]:
    """A field can't be called what an expression or an event already has."""
    for name, spec in subject.process.fields.items():
        path = ("fields", name)
        if name in RESERVED:
            yield subject.problem(path, "reserved-name", f"'{name}' is a name of the language", key=True)
        elif spec.type == "service" and name in _OF_EXPRESSIONS:
            message = f"a field of type service can't be called '{name}'"
            yield subject.problem(path, "reserved-name", message, key=True)


def event_names(subject: Subject) -> Iterator[Problem]:
    """Events are words, with dots between them."""
    places: list[tuple[Path, str]] = [(("on", event), event) for event in subject.process.on]
    places += [((*one.path, "on", event), event) for one in subject.placed for event in one.state.on]
    for path, event in places:
        if not is_event(event):
            hint = "small letters, digits and _, with dots between words: deploy.failed"
            yield subject.problem(path, "bad-event-name", f"'{event}' is no name of an event", hint, key=True)


def is_event(text: str) -> bool:
    """Whether a handler may be called so."""
    return _EVENT.fullmatch(text) is not None


CHECKS = (duplicate_states, reserved_fields, event_names)
