"""A read-only ticket at one moment, for expressions, permissions and explanations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from definitions.people.directory import Actor, ServiceFacts
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.compiled import Compiled
from workflows.engine.draft.field_values import is_value
from workflows.engine.model.approval import ApprovalState
from workflows.engine.model.automation import Family, RunState
from workflows.engine.model.clock import Clock
from workflows.engine.model.quick_init import quick_init
from workflows.engine.model.snapshot import HeldNotice, Outcome, Snapshot, Timer, Visit
from workflows.engine.model.task import TaskState


@quick_init
@dataclass(frozen=True, slots=True)
class Handled:
    """The handled event, as expressions see it; ``actor`` is None for timers and outcomes."""

    name: str
    """The name of an event of the process, the kind of any other event, the name of an outcome, or ``after``."""
    actor: Actor | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)
    data: Json = None
    kind: str = ""
    """The kind of the event; empty for a consequence of an event: an outcome, a timed transition, a raised event."""
    subject: str = ""
    """The task, or the state of a run, that the event concerns, where its name does not contain it."""


class View:
    """A snapshot with its definition, an event and a moment (UTC seconds, never before the snapshot's own).

    A view copies nothing. ``Draft`` is a writable view. A function that takes a ``View`` only reads the ticket, between
    two steps or in the middle of a step.
    """

    __slots__ = ("_handled", "before", "compiled", "now")

    def __init__(self, compiled: Compiled, snapshot: Snapshot, handled: Handled, now: Instant) -> None:
        self.compiled: Final = compiled
        self.before: Final = snapshot
        """The snapshot that the view reads, or that a draft began with."""
        self.now: Final = max(now, snapshot.at)
        self._handled: Final = handled

    @property
    def handled(self) -> Handled:
        return self._handled

    @property
    def active_in_order(self) -> tuple[str, ...]:
        """The states that are active now, even in the middle of a microstep, in document order."""
        return self.before.configuration

    @property
    def fields(self) -> Mapping[str, Json]:
        return self.before.fields

    @property
    def assignee(self) -> str | None:
        return self.before.assignee

    @property
    def watchers(self) -> tuple[str, ...]:
        return self.before.watchers

    @property
    def visits(self) -> Mapping[str, Visit]:
        return self.before.visits

    @property
    def timers(self) -> Sequence[Timer]:
        return self.before.timers

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self.before.outcomes

    @property
    def approvals(self) -> Mapping[str, ApprovalState]:
        return self.before.approvals

    @property
    def tasks(self) -> Mapping[str, tuple[TaskState, ...]]:
        return self.before.tasks

    @property
    def runs(self) -> Mapping[str, RunState]:
        return self.before.runs

    @property
    def families(self) -> Mapping[str, Family]:
        return self.before.families

    @property
    def clocks(self) -> Mapping[str, Clock]:
        return self.before.clocks

    @property
    def held(self) -> Sequence[HeldNotice]:
        return self.before.held

    @property
    def services(self) -> Mapping[str, ServiceFacts]:
        return self.before.services

    @property
    def ended_at(self) -> Instant | None:
        return self.before.ended_at


def is_given(view: View, name: str) -> bool:
    """Whether a field has the value that ``requires`` needs; a text of blanks and an empty list are no values."""
    if name == "assignee":
        return view.assignee is not None
    if name == "comment":
        said = view.handled.fields.get("comment")
        return isinstance(said, str) and is_value(said)
    return is_value(view.fields.get(name))
