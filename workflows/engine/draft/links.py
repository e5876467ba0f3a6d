"""Links to other tickets: the keys that a ticket knows, and the open ends, whose keys come from anywhere else.

A person links only tickets that they may see: the edge looks at what they write. A key that a step works out from
something that is no link, such as a text, is an open end: somebody who acts must be there, whose rights count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from definitions.expressions import compile_expression
from definitions.people.references import values
from definitions.schema.model import Json
from definitions.schema.process import TICKET_KEY, Process
from workflows.engine.compiled import Compiled
from workflows.engine.draft.view import View

_KEY = re.compile(TICKET_KEY)
_FROM_LINKS = ("child.", "run.", "each", "event.ticket", "event.name", "actor.", "now", "ticket.key", "ticket.state")
"""The beginnings of names whose values are no text of a person; a result of automation is the process's own."""


def linked(process: Process, fields: Iterable[tuple[str, Json]]) -> dict[str, tuple[str, ...]]:
    """The texts in the fields of type ticket, by field, without blanks around them; a field without text is absent."""
    return {
        name: keys
        for name, value in fields
        if name in process.fields and process.fields[name].type == "ticket" and (keys := tuple(_keys(value)))
    }


def _keys(value: Json) -> Iterator[str]:
    for one in value if isinstance(value, list | tuple) else (value,):
        if isinstance(one, str) and one.strip():
            yield one.strip()


def known_keys(view: View) -> frozenset[str]:
    """The keys that the ticket may link again: its own, its family's, its links', its event's and its automation's."""
    own = linked(view.compiled.process, view.fields.items())
    sent = linked(view.compiled.process, view.handled.fields.items())
    family = (child.key for one in view.families.values() for child in one.children if child.key)
    found = {view.before.key, *family, *values(view.handled.fields.get("ticket"))}
    if view.before.parent is not None:
        found.add(view.before.parent.key)
    found.update(key for keys in (*own.values(), *sent.values()) for key in keys)
    found.update(key for run in view.runs.values() for key in keys_in(run.saved))
    return frozenset(found)


def keys_in(value: Json) -> Iterator[str]:
    """The keys of tickets in every text of a value."""
    if isinstance(value, str):
        yield from (found[0] for found in _KEY.finditer(value))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from keys_in(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from keys_in(one)


@lru_cache(maxsize=256)
def has_open_ends(compiled: Compiled) -> bool:
    """Whether a step of the process can link, or send to, a ticket whose key it works out from something else."""
    return any(_is_open(compiled, written) for written in _worked_out(compiled.process))


def _worked_out(process: Process) -> Iterator[tuple[str, str | None]]:
    """The expressions that can make links, each with the ``each`` that its element comes from."""
    links = {name for name, spec in process.fields.items() if spec.type == "ticket"}
    for name in links:
        spec = process.fields[name]
        yield from ((one, None) for one in (spec.default, spec.value and f"={spec.value}") if isinstance(one, str))
    for step in process.steps():
        yield from ((one, step.each) for name, one in (step.set or {}).items() if name in links for one in _texts(one))
        if step.send is not None:
            yield step.send.to, step.each


def _texts(written: Json) -> Iterator[str]:
    if isinstance(written, str):
        yield written
    elif isinstance(written, list | tuple):
        for one in written:
            yield from _texts(one)


def _is_open(compiled: Compiled, written: tuple[str, str | None]) -> bool:
    text, each = written
    if not text.startswith("="):
        return False
    sources = [text[1:], *([each] if each is not None else [])]
    names = {name for source in sources for name in compile_expression(source, compiled.scope).names}
    links = {name for name, spec in compiled.process.fields.items() if spec.type == "ticket"}
    return any(not name.startswith(_FROM_LINKS) and name.partition(".")[2] not in links for name in names)
