"""What a ticket has others do: automation, tickets that it starts, events that it sends (LANGUAGE, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from definitions.schema.model import Json

MOST_BYTES = 100_000
"""Of what one step of a run saves: it is kept in the ticket, and in every record of it."""
MOST_ELEMENTS = 100
"""Of the list of an ``each`` whose calls or requests are waited for: they all run at once."""
CALLBACK_URL = "urn:stanchion:callback-url"
"""Stands for the address to call back to: who has it can act, so that it is put in where the request goes out."""


@dataclass(frozen=True, slots=True)
class CallAction:
    """A Python action, by name."""

    action: str
    inputs: Mapping[str, Json] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """For people."""
        return self.action


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One outbound request; ``expect`` are the statuses that count as success."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    expect: tuple[int, ...] = (200, 201, 202, 204)

    @property
    def title(self) -> str:
        """For people: the method and the address, without what follows its ``?``."""
        return f"{self.method} {self.url.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Place:
    """What waits: the ``index``-th step of a run, or the ``index``-th child, of one visit to a state."""

    state: str
    visit: int
    index: int
    element: int | None = None
    """Of a step of a run with ``each``: the place in its list."""


@dataclass(frozen=True, slots=True)
class Automate:
    """Do it in the world. ``id`` is the idempotency key. With ``place`` it is waited for and answered by ``Ran``."""

    kind: ClassVar[str] = "automate"
    id: str
    what: CallAction | HttpRequest
    timeout: int
    """Seconds for one attempt."""
    retry: int
    """Attempts after the first."""
    place: Place | None = None
    callback_until: int | None = None
    """UTC seconds before which the other side may call back, where it is to: then the answer is not the result."""


@dataclass(frozen=True, slots=True)
class CancelRun:
    """The state was left: what still runs of this visit is canceled; or one thing of it, that nobody waits for now."""

    kind: ClassVar[str] = "cancel_run"
    state: str
    visit: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class StartTicket:
    """Open a ticket of a process, or start a Python workflow; answered by ``Started``. ``id`` is the start's key."""

    kind: ClassVar[str] = "start_ticket"
    id: str
    process: str | None
    workflow: str | None
    fields: Mapping[str, Json]
    link: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class SendEvent:
    """Send an event to other tickets, as ``engine``: keys, and with ``linked`` those whose field points here."""

    kind: ClassVar[str] = "send_event"
    id: str
    to: tuple[str, ...]
    event: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    linked: str | None = None
    cancel_of: Place | None = None
    """A child that refuses ``cancel`` is detached."""
    written: str = field(default="", compare=False)
    """The address as the step has it: ``children``, ``link:x``; empty where no step has one."""


@dataclass(frozen=True, slots=True)
class TellEnd:
    """The ticket has ended: tell its parent, and both ends of its links."""

    kind: ClassVar[str] = "tell_end"
    id: str
    state: str
    failed: bool
    parent: Parent | None
    links: tuple[tuple[str, str], ...]
    """(name of the link, key that it points to)."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The ticket that started this one; with ``place`` it waits for it."""

    key: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """What is waited for of a request that tells the other side where to call back to."""

    request: str
    """For people: ``POST https://ci.example.com/jobs``."""
    until: int
    """UTC seconds: at this moment it is too late."""
    element: int | None = None
    """Of a step with ``each``: the place in its list."""
    answered: bool = False
    """The request was answered as expected; false while it is still on its way."""


@dataclass(frozen=True, slots=True)
class RunState:
    """The automation of one visit to a state."""

    visit: int
    index: int = 0
    saved: Mapping[str, Json] = field(default_factory=dict)
    status: Literal["running", "done", "failed", "canceled"] = "running"
    reason: str | None = None
    awaited: tuple[int, ...] = ()
    """Elements of this step's ``each`` that have not answered."""
    answers: Mapping[int, Json] = field(default_factory=dict)
    """What the others have answered, by element."""
    callbacks: tuple[Callback, ...] = ()
    """Those that this step waits for; none once it is over."""

    def callback_at(self, place: Place) -> Callback | None:
        """What is waited for of this very request."""
        if (self.visit, self.index) != (place.visit, place.index):
            return None
        return next((one for one in self.callbacks if one.element == place.element), None)


@dataclass(frozen=True, slots=True)
class ChildState:
    """One child of one visit to a state."""

    index: int
    id: str
    key: str | None = None
    state: str | None = None
    """The final state, once it has ended."""
    failed: bool | None = None
    detached: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """The children of one visit to a state."""

    visit: int
    needed: int
    children: tuple[ChildState, ...] = ()
    decided: bool = False
