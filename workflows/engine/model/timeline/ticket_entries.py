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
    """A waiting block or the states inside a state ended, and a transition was taken for the outcome."""

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
    why: Literal["left", "out_of_office"] | None = None
    """Why the engine assigned the ticket: the assignee before has left, or is away, and `to` is the delegate. Absent
    where a person or a step of the process assigned it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchersAdded(EntryShape):
    """People watch the ticket from now on, and so may see it. Entries of older builds don't have this."""

    kind = "watched"
    people: tuple[str, ...]
    """The new watchers: people, `team:x`, `role:x` or another principal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchersRemoved(EntryShape):
    """People do not watch the ticket any more."""

    kind = "unwatched"
    people: tuple[str, ...]
    """The former watchers: people, `team:x`, `role:x` or another principal."""
    why: Literal["left"] | None = None
    """`left`: the organization no longer has them. Absent where a step of the process removed them."""


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
class StepsTakenBack(EntryShape):
    """Entries were on record before their steps were certain. A crash undid the steps, and the entries were removed."""

    kind = "taken_back"
    lost: tuple[str, ...]
    """The kind and the actor of each removed entry."""
    notices: int | None = None
    """How many notifications were removed with them; none of these was sent."""


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
    fields: Mapping[str, str] | None = None
    """For each old field that has another id now, its new id."""
    options: Mapping[str, Mapping[str, str]] | None = None
    """For old fields of type choice, the new option for each old option."""
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
    | WatchersAdded
    | WatchersRemoved
    | CommentMade
    | CostRecorded
    | ProblemReported
    | StepsTakenBack
    | TicketMigrated
    | TicketEnded
)
