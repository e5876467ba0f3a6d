"""The people whom a ticket names, and its owners, who get a notice that would reach nobody."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.people.bound import person_of
from definitions.people.references import values
from workflows.engine.draft.view import View

PROCESS_OWNER = "role:process_owner"
_PERSON = "person:"
_HOLDERS = (_PERSON, "team:", "role:")


def named_people(view: View) -> tuple[str, ...]:
    """The assignee, the people who watch, and the people in the fields that people write; bound, each once."""
    named: dict[str, None] = {}
    if view.assignee and view.assignee.startswith(_HOLDERS):
        named[view.assignee] = None
    for watcher in view.watchers:
        if watcher.startswith(_PERSON):
            named[watcher] = None
    for name in view.compiled.people:
        if (written := view.fields.get(name)) is not None:
            for person in values(written):
                named[f"{_PERSON}{person}"] = None
    return tuple(named)


def in_fields(view: View) -> Iterator[tuple[str, str]]:
    """Each person in a field that people write, with the name of the field."""
    for name in view.compiled.people:
        yield from ((name, person) for person in values(view.fields.get(name)))


def owners(view: View) -> tuple[str, ...]:
    """The process owners, the owners of the ticket's services and the opener, bound; the first with people count."""
    found = [PROCESS_OWNER]
    for name in view.compiled.services:
        if (written := view.fields.get(name)) is not None:
            found += [f"owner:{service}" for service in values(written)]
    return tuple(dict.fromkeys((*found, *person_of(view.before.opener))))
