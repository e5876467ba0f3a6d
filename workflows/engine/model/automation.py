"""Work outside the ticket: automation, tickets that it starts, events that it sends (LANGUAGE, section 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from definitions.schema.model import Json

MOST_BYTES = 100_000
"""The limit of the result that one step of a run saves. The ticket and its records keep the result."""
MOST_ELEMENTS = 100
"""The limit of an ``each`` list in a run. The calls or requests of all elements run at once."""
CALLBACK_URL = "urn:stanchion:callback-url"
"""Stands for the callback address. Its holder can act, so the address is filled in when the request is sent."""
TOO_LATE = "too late for the callback of "
"""The beginning of the text about the end of a wait; the title of the request follows."""
_REQUEST = re.compile(rf"^((?:\S+ element of each: |{TOO_LATE})?(?:GET|POST|PUT|PATCH|DELETE)) .+?(?=: |$)", re.DOTALL)
"""The title of a request in a text about it."""


def without_address(text: str) -> str:
    """A text about a request without the request's address: who has the address may be able to act there."""
    return _REQUEST.sub(r"\1 …", text)


@dataclass(frozen=True, slots=True)
class CallAction:
    """A call of a Python action by its name."""

    action: str
    inputs: Mapping[str, Json] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The action, worded for people."""
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
        """The request, worded for people: the method and the address without its query."""
        return f"{self.method} {self.url.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a waiting step or child: the ``index``-th step of a run, or child, of one visit to a state."""

    state: str
    visit: int
    index: int
    element: int | None = None
    """For a run step with ``each``, the place in its list."""


@dataclass(frozen=True, slots=True)
class Automate:
    """Perform a call or a request. ``id`` is the idempotency key. With a ``place``, ``Ran`` answers the effect."""

    kind: ClassVar[str] = "automate"
    id: str
    what: CallAction | HttpRequest
    timeout: int
    """Seconds for one attempt."""
    retry: int
    """Attempts after the first."""
    place: Place | None = None
    callback_until: int | None = None
    """The moment, in UTC seconds, until which the other side may call back; its answer is not the result then."""
    hops: int = 0
    """The links of the chain of events and starts that has led here; 0 where a person or an older build began it."""
    chain: str = ""
    """The id of that chain; empty where no chain has led here."""


@dataclass(frozen=True, slots=True)
class CancelRun:
    """Cancel the running automation of a visit whose state was left, or only the call or request at ``place``."""

    kind: ClassVar[str] = "cancel_run"
    state: str
    visit: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class StartTicket:
    """Open a ticket of a process, or start a Python workflow. ``Started`` answers; ``id`` is the idempotency key."""

    kind: ClassVar[str] = "start_ticket"
    id: str
    process: str | None
    workflow: str | None
    fields: Mapping[str, Json]
    link: str | None = None
    place: Place | None = None
    hops: int = 0
    """The links of the chain of events and starts that has led here; 0 where a person or an older build began it."""
    chain: str = ""
    """The id of that chain; empty where no chain has led here."""


@dataclass(frozen=True, slots=True)
class SendEvent:
    """Send an event as ``engine`` to tickets by key, and with ``linked`` to the tickets whose field points here."""

    kind: ClassVar[str] = "send_event"
    id: str
    to: tuple[str, ...]
    event: str
    fields: Mapping[str, Json] = field(default_factory=dict)
    linked: str | None = None
    cancel_of: Place | None = None
    """The child to cancel. A child that refuses is detached."""
    written: str = field(default="", compare=False)
    """The address as the step writes it: ``children``, ``link:x``; empty where no step sends the event."""
    hops: int = 0
    """The links of the chain of events and starts that has led here; 0 where a person or an older build began it."""
    chain: str = ""
    """The id of that chain; empty where no chain has led here."""


@dataclass(frozen=True, slots=True)
class TellEnd:
    """Notify the parent and both ends of the links that the ticket has ended."""

    kind: ClassVar[str] = "tell_end"
    id: str
    state: str
    failed: bool
    parent: Parent | None
    links: tuple[tuple[str, str], ...]
    """(name of the link, key that it points to)."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The ticket that started this ticket. With ``place``, the parent waits for its child."""

    key: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback that the ticket waits for. The request told the other side its address."""

    request: str
    """The request, worded for people: ``POST https://ci.example.com/jobs``."""
    until: int
    """The moment, in UTC seconds, at which a callback is too late."""
    element: int | None = None
    """For a step with ``each``, the place in its list."""
    answered: bool = False
    """Whether the other side has answered the request as expected."""


@dataclass(frozen=True, slots=True)
class RunState:
    """The automation of one visit to a state."""

    visit: int
    index: int = 0
    saved: Mapping[str, Json] = field(default_factory=dict)
    status: Literal["running", "done", "failed", "canceled"] = "running"
    reason: str | None = None
    awaited: tuple[int, ...] = ()
    """The elements of the current step's ``each`` that still lack an answer."""
    answers: Mapping[int, Json] = field(default_factory=dict)
    """The answers so far, by element."""
    callbacks: tuple[Callback, ...] = ()
    """The callbacks that the current step waits for; none after the step."""

    def callback_at(self, place: Place) -> Callback | None:
        """The callback of the request at this place; None where the step does not wait for it."""
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
    """The final state of an ended child."""
    failed: bool | None = None
    detached: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """The children of one visit to a state."""

    visit: int
    needed: int
    children: tuple[ChildState, ...] = ()
    decided: bool = False
