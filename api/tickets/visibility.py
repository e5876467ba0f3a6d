"""Who may see what of a ticket, by the rules of its process in the definitions in use (LANGUAGE, section 2, May)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from api.definition_store.store import DefinitionStore
from api.problems import unknown_ticket
from definitions.expressions import EvaluationFailed
from definitions.people.directory import Actor
from workflows.engine.access.permissions import may_comment, may_see
from workflows.engine.access.principals import is_one_of
from workflows.engine.compiled import Compiled
from workflows.engine.draft.view import Handled, View
from workflows.engine.explain import Explanation, explain
from workflows.engine.model.events import Event
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.step import refused_before_values, step


class Visibility:
    """Decides what one reader sees of one ticket. Where a rule can't be decided, it hides."""

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store

    def may_see(self, actor: Actor, snapshot: Snapshot) -> bool:
        return self._holds(snapshot, lambda view: may_see(view, actor))

    def sees_internal(self, actor: Actor, snapshot: Snapshot) -> bool:
        """Whether this reader sees internal comments."""
        return self._holds(snapshot, lambda view: may_comment(view, actor, internal=True))

    def hidden(self, actor: Actor, snapshot: Snapshot) -> tuple[str, ...]:
        """Fields whose own ``see`` hides them from this reader."""
        process = self._store.current.process(snapshot.process)
        if process is None:
            return ()
        return tuple(name for name, spec in process.fields.items() if not self._is_shown(actor, snapshot, spec.see))

    def _is_shown(self, actor: Actor, snapshot: Snapshot, seen_by: Sequence[str] | None) -> bool:
        return seen_by is None or self._holds(snapshot, lambda view: is_one_of(view, actor, seen_by))

    def leaves(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The active leaves, in document order."""
        compiled = self.compiled(snapshot)
        if compiled is None:
            return snapshot.configuration[-1:]
        states = compiled.states
        return tuple(one for one in snapshot.configuration if one not in states or not states[one].states)

    def explain(self, actor: Actor, snapshot: Snapshot, now: int, calendars: str | None = None) -> Explanation:
        """The explanation of a ticket without a workflow. Raises RequestRefused where its process is gone too."""
        compiled = self.compiled(snapshot, calendars)
        if compiled is None:
            raise unknown_ticket(snapshot.key)
        return explain(compiled, snapshot, actor, now)

    def refused_before_values(self, event: Event, snapshot: Snapshot, now: int) -> Refusal | None:
        """The refusal of an event whatever its values are, as far as it can be decided here."""
        compiled = self.compiled(snapshot)
        return None if compiled is None else refused_before_values(compiled, snapshot, event, now)

    def refused(self, event: Event, snapshot: Snapshot, now: int) -> Refusal | None:
        """The refusal of an event, as far as it can be decided here."""
        compiled = self.compiled(snapshot)
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

    def _holds(self, snapshot: Snapshot, question: Callable[[View], bool]) -> bool:
        compiled = self.compiled(snapshot)
        if compiled is None:
            return False
        try:
            return question(View(compiled, snapshot, Handled(""), snapshot.at))
        except (EvaluationFailed, KeyError):
            return False
