"""Who may see what of a ticket, by the rules of the definition that it carries (LANGUAGE, section 2, May)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.definition_store.store import DefinitionStore
from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from definitions.schema.model import Json
from workflows.engine.access.permissions import may_comment, may_complete, may_see
from workflows.engine.access.principals import is_one_of
from workflows.engine.compiled import Compiled
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.events import Event
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import refused_before_values, step

HIDDEN = "…"
"""Stands for what a reader may not see."""
_NO_FIELDS = frozenset({"key", "opened_at", "assignee", "state", "name", "data", "comment", "ticket"})
_NO_HEADS = frozenset({"run", "child", "approval", "actor", "now", "tables", "each", "callback", "__states", "__tags"})
_LIMIT = re.compile(r"(before its minimum|beyond its maximum), [^;]*")
SHORTEST = 3
"""The number of characters from which a hidden value is looked for in a text; shorter ones are in every text."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one reader sees of one ticket."""

    fields: frozenset[str]
    """The fields that the reader sees; every other name is hidden, whatever it is."""
    internal: bool = False
    """Whether the reader sees internal comments."""
    hidden: tuple[Json, ...] = ()
    """The values of the fields that the reader may not see."""
    complete: bool = True
    """Whether no field of the ticket is hidden from the reader."""
    addresses: bool = False
    """Whether the reader sees the addresses of requests: who may complete the run, and sees every field."""

    def sees(self, name: str) -> bool:
        """Whether a field, or a name beside the fields, such as the assignee, is shown."""
        return name in self.fields or name in _NO_FIELDS

    def reads(self, name: str) -> bool:
        """Whether the value of a name of an expression is shown: ``ticket.x``, or the facts of a service field."""
        head, _, rest = name.partition(".")
        return self.sees(rest) if head in ("ticket", "event") else head in _NO_HEADS or head in self.fields

    def told(self, text: str) -> str:
        """A text about what the reader has done, without the values of hidden fields, and without limits."""
        if self.complete:
            return text
        for value in sorted({one for each in self.hidden for one in _texts(each)}, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return _LIMIT.sub(r"\1", text)


def _texts(value: Json) -> list[str]:
    if isinstance(value, Mapping):
        return [one for part in value.values() for one in _texts(part)]
    if isinstance(value, list | tuple):
        return [one for part in value for one in _texts(part)]
    return [str(value)] if len(str(value)) >= SHORTEST and not isinstance(value, bool) else []


class Visibility:
    """Decides what one reader sees of one ticket. Where a rule can't be decided, it hides.

    ``own`` is the definition that the ticket carries; None where nobody knows it any more. The present definition then
    decides on the fields that it has, and every other field is hidden.
    """

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store

    def may_see(self, actor: Actor, snapshot: Snapshot, own: Compiled | None = None) -> bool:
        return _holds(own or self.compiled(snapshot), snapshot, lambda view: may_see(view, actor))

    def sight(self, actor: Actor, snapshot: Snapshot, own: Compiled | None) -> Sight:
        """What a reader sees of a ticket."""
        rules = own or self.compiled(snapshot)
        specs = rules.process.fields if rules is not None else {}
        shown = frozenset(name for name, spec in specs.items() if _is_shown(rules, snapshot, actor, spec.see))
        hidden = tuple(value for name, value in snapshot.fields.items() if name not in shown)
        complete = own is not None and not hidden and len(shown) == len(specs)
        internal = _holds(rules, snapshot, lambda view: may_comment(view, actor, internal=True))
        addresses = complete and _holds(rules, snapshot, lambda view: may_complete(view, actor))
        return Sight(shown, internal, hidden, complete, addresses)

    def leaves(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The active leaves, in document order."""
        compiled = self.compiled(snapshot)
        if compiled is None:
            return snapshot.configuration[-1:]
        states = compiled.states
        return tuple(one for one in snapshot.configuration if one not in states or not states[one].states)

    def refused_before_values(self, event: Event, snapshot: Snapshot, now: int, own: Compiled | None) -> Refusal | None:
        """The refusal of an event whatever its values are, as far as it can be decided here."""
        compiled = own or self.compiled(snapshot)
        return None if compiled is None else refused_before_values(compiled, snapshot, event, now)

    def refused(self, event: Event, snapshot: Snapshot, now: int, own: Compiled | None) -> Refusal | None:
        """The refusal of an event, as far as it can be decided here."""
        compiled = own or self.compiled(snapshot)
        if compiled is None:
            return None
        taken = step(compiled, snapshot, event, now)
        return taken if isinstance(taken, Refusal) else None

    def compiled(self, snapshot: Snapshot, calendars: str | None = None) -> Compiled | None:
        """The present process, for views of a ticket; None where no process of this name is left.

        ``calendars`` are the ticket's own: its service levels are judged by them, not by the present ones.
        """
        current = self._store.current
        if calendars is None:
            return current.compiled_since(snapshot.process, snapshot.opened_at)
        return current.compiled_with(snapshot.process, snapshot.opened_at, calendars)


def _is_shown(rules: Compiled | None, snapshot: Snapshot, actor: Actor, seen_by: Sequence[str] | None) -> bool:
    return seen_by is None or _holds(rules, snapshot, lambda view: is_one_of(view, actor, seen_by))


def _holds(compiled: Compiled | None, snapshot: Snapshot, question: Callable[[View], bool]) -> bool:
    if compiled is None:
        return False
    try:
        return question(View(compiled, snapshot, Handled(""), snapshot.at))
    except (EvaluationFailed, KeyError):
        return False
