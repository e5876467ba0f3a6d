"""Entries about what others do for the ticket: automation, callbacks, tickets that it starts, events that it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from definitions.schema.model import Json
from workflows.engine.model.timeline.shape import EntryShape


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStepDone(EntryShape):
    """A step of a state's automation is done."""

    kind = "run"
    state: str
    """The state whose automation runs."""
    step: int
    """The index of the step; 0 is the first."""
    saved: str | None = None
    """The name under which the result is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAwaited(EntryShape):
    """The other side accepted a request, and the ticket waits for its callback."""

    kind = "run"
    state: str
    """The state whose automation runs."""
    step: int
    """The index of the step; 0 is the first."""
    element: int | None = None
    """The index of the element of `each`; 0 is the first."""
    callback_until: str
    """The moment at which it is too late to call back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReceived(EntryShape):
    """The other side called back, with the result of the step or the reason of its failure."""

    kind = "run"
    state: str
    """The state whose automation runs."""
    step: int
    """The index of the step; 0 is the first."""
    element: int | None = None
    """The index of the element of `each`; 0 is the first."""
    called_back: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(EntryShape):
    """The automation of a state ended. A person may have ended it: an event of kind `complete_run`. That person is then
    the entry's actor."""

    kind = "run"
    state: str
    """The state whose automation ended."""
    ended: Literal["done", "failed"]
    """How it ended."""
    reason: str | None = None
    """Why it failed."""
    by_hand: Mapping[str, Json] | None = None
    """The results that a person has given in place of the automation, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketStarted(EntryShape):
    """The ticket started another ticket, or a workflow in Python."""

    kind = "child"
    state: str | None = None
    """The state that waits for the child. Absent where a step `start` started a ticket that nothing waits for."""
    ticket: str
    """The key of what was started."""
    started: Literal[True] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOver(EntryShape):
    """A child that a state waits for ended."""

    kind = "child"
    state: str
    """The state that waits for the child."""
    ticket: str
    """The key of the child."""
    ended: str
    """The final state of the child."""
    failed: bool
    """Whether the child failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDetached(EntryShape):
    """A child refused to be canceled. It continues by itself, and nothing waits for it."""

    kind = "child"
    state: str
    """The state that the child belonged to."""
    ticket: str | None = None
    """The key of the child."""
    detached: Literal[True] = True
    reason: str
    """Why the child refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSent(EntryShape):
    """The ticket sent an event to other tickets."""

    kind = "sent"
    to: tuple[str, ...] | str
    """The keys of the tickets, or the address as the process writes it: `linked:x`."""
    event: str
    """The name of the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNotTaken(EntryShape):
    """A ticket did not take an event that this ticket had sent."""

    kind = "sent"
    to: str
    """The key of the other ticket."""
    event: str
    """The name of the event."""
    refused: str
    """Why the other ticket refused the event, or could not be reached."""


AutomationEntry = (
    RunStepDone
    | CallbackAwaited
    | CallbackReceived
    | RunEnded
    | TicketStarted
    | ChildOver
    | ChildDetached
    | EventSent
    | EventNotTaken
)
