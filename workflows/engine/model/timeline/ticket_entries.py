"""Entries about the ticket as a whole: its opening, its events and states, its fields, its people, its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from definitions.schema.model import Json
from workflows.engine.model.timeline.shape import EntryShape


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(EntryShape):
    """The actor opened the ticket."""

    kind = "opened"
    process: str
    """The id of the process."""
    fields: Mapping[str, Json]
    """The values that the actor gave. Defaults and computed values follow in an entry of kind `edited`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTaken(EntryShape):
    """The actor sent an event and the ticket took it."""

    kind = "event"
    name: str
    """The name of the event."""
    data_: Json = None
    """What a machine sent with the event."""
    ticket: str | None = None
    """The key of the ticket that sent the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeTaken(EntryShape):
    """A waiting block ended, and a transition was taken for its outcome."""

    kind = "outcome"
    state: str
    """The state whose block ended."""
    name: str
    """The outcome: `approved`, `rejected`, `expired`, `done` or `failed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(EntryShape):
    """A timed transition was due and was taken."""

    kind = "timer"
    state: str
    """The state that the timed transition leaves."""
    after: str
    """The time limit as the process writes it: a duration, an `=expression`, or `until` with an expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesMoved(EntryShape):
    """The ticket left and entered states: each list has its states in the order in which that happened."""

    kind = "moved"
    exited: tuple[str, ...]
    """The states that the ticket left."""
    entered: tuple[str, ...]
    """The states that the ticket entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsEdited(EntryShape):
    """Fields of the ticket changed: the actor edited them, or the process set or computed them."""

    kind = "edited"
    changes: Mapping[str, tuple[Json, Json]]
    """For each field, the value before and the value after; null stands for no value."""

    def data(self) -> dict[str, Json]:
        return {"changes": {name: list(change) for name, change in self.changes.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAssigned(EntryShape):
    """The ticket got another assignee, or lost its assignee."""

    kind = "assigned"
    from_: str | None = None
    """The assignee before: a person, `team:x` or `role:x`. Absent where there was none."""
    to: str | None = None
    """The assignee from now on. Absent where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMade(EntryShape):
    """The actor commented on the ticket. With the actor `engine`, a step of the process wrote the comment."""

    kind = "comment"
    text: Json = None
    """The comment. A person's comment is text; a step may write any value, or none."""
    internal: Literal[True] | None = None
    """Present on a comment that only the people who work on the ticket may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRecorded(EntryShape):
    """A step of the process recorded a cost of the ticket."""

    kind = "cost"
    amount: int | float
    """The amount."""
    currency: str | None = None
    """The currency, as the process writes it."""
    note: Json = None
    """What the cost is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReported(EntryShape):
    """A person must look at something, or the ticket refused an event whose sender waits for no answer."""

    kind = "problem"
    code: str
    """The code of the problem, or of the refusal."""
    text: str
    """What went wrong, for people."""
    state: str | None = None
    """The state that the problem belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMigrated(EntryShape):
    """The actor moved the ticket to another definition of its process, or to its own with other calendars."""

    kind = "migrated"
    from_: str
    """The digest of the definition before."""
    to: str
    """The digest of the definition from now on."""
    calendars: tuple[str, str] | None = None
    """The digests of the calendars before and from now on. Absent where they are the same."""
    map: Mapping[str, str] | None = None
    """For each old state that has another id now, its new id."""
    forgotten: tuple[str, ...] | None = None
    """What was over and has no place in the new definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEnded(EntryShape):
    """The ticket entered a final state of its process. From now on it takes comments and corrections only."""

    kind = "ended"
    state: str
    """The final state."""
    failed: bool
    """Whether the final state is `final: failed`."""


TicketEntry = (
    TicketOpened
    | EventTaken
    | OutcomeTaken
    | TimerFired
    | StatesMoved
    | FieldsEdited
    | TicketAssigned
    | CommentMade
    | CostRecorded
    | ProblemReported
    | TicketMigrated
    | TicketEnded
)
