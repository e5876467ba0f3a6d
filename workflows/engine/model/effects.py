"""The effects of a step: one closed union, performed in one ``match`` that ends in ``assert_never``.

A *bound principal* can be read without the ticket: ``person:alice``, ``team:cab``, ``role:x``, ``owner:email``
(the owner of the service), ``team_of:email`` (its team), ``manager_of(<bound>)``, ``everyone``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from definitions.times import Instant
from workflows.engine.model.automation import Automate, CancelRun, SendEvent, StartTicket, TellEnd
from workflows.engine.model.availability import CheckPeople
from workflows.engine.model.notices import Notify, Reason
from workflows.engine.model.quick_init import quick_init


@quick_init
@dataclass(frozen=True, slots=True)
class AskApprovers:
    """Look up the approvers of a stage. ``Asked`` answers. All principals are bound."""

    kind: ClassVar[str] = "ask_approvers"
    state: str
    visit: int
    round: int
    stage: int
    from_: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUpServices:
    """Look up services that the ticket names and does not know yet. ``Known`` answers."""

    kind: ClassVar[str] = "look_up_services"
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExtendCalendars:
    """Compile the calendars at least to ``until``, because a deadline is beyond them. ``Refresh`` answers."""

    kind: ClassVar[str] = "extend_calendars"
    until: Instant


Effect = (
    Notify | AskApprovers | CheckPeople | LookUpServices | ExtendCalendars
    | Automate | CancelRun | StartTicket | SendEvent | TellEnd
)  # fmt: skip

__all__ = [
    "AskApprovers",
    "Automate",
    "CancelRun",
    "CheckPeople",
    "Effect",
    "ExtendCalendars",
    "LookUpServices",
    "Notify",
    "Reason",
    "SendEvent",
    "StartTicket",
    "TellEnd",
]
