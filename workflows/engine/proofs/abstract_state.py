"""What a proof knows of a ticket at a moment: many tickets at once, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json

Values = tuple[Json, ...]
"""The values that a field may have here: one where it is known, all of them where it has not been looked at."""
SOMEBODY = "somebody"
"""Any assignee."""

Phase = Literal["settled", "moving", "due"]
"""At rest; not yet at rest; or an outcome is due, and what time and blocks do may still come before it."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Hashable: situations that are equal behave alike."""

    active: tuple[str, ...]
    """All active states, in document order."""
    history: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[Values, ...]
    """Of the tracked names, in their order."""
    pending: tuple[tuple[str, str], ...] = ()
    """Outcomes (state, name) for which no transition has been chosen yet, oldest first."""
    decided: frozenset[str] = frozenset()
    """Active states whose block has ended."""
    raised: tuple[str, ...] = ()
    excused: bool = False
    """One of ``without`` has happened since."""
    phase: Phase = "settled"
    by_somebody: bool = False
    """While it moves: a person's event is being handled, not a timer's or an outcome's."""


@dataclass(frozen=True, slots=True)
class Note:
    """What became of one name on the way: written, looked at (and so narrowed), or written by an edit in between."""

    kind: Literal["written", "read", "edited"]
    name: str
    before: Values
    after: Values
    shown: bool = True
    """Written by somebody's choice, so that the path must tell the value."""


Kind = Literal[
    "open", "event", "ending", "outcome", "timer", "edit", "task", "clock", "stage", "always", "raised", "rest",
    "refused",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that happens to a ticket. ``name`` is the event, the outcome, the field or the level's threshold."""

    kind: Kind
    name: str = ""
    state: str = ""
    """Whose outcome, timer, task or stage it is."""
    index: int = 0
    """Of the timer, the task or the stage."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a move leads."""

    move: Move
    situation: Situation
    notes: tuple[Note, ...] = ()
    violated: bool = False
    counts: bool = True
    """Somebody of the organization, time or an outcome can do it."""
    certain: bool = True
    """Nothing that is not known decides whether it can be done."""
    taken: tuple[int, ...] = ()
    """The chart's transitions that were taken."""


@dataclass(slots=True)
class Trail:
    """What is gathered while a move is tried."""

    notes: list[Note] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    violated: bool = False
