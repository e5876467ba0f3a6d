"""What a step wants done in the world: one closed union, performed in one ``match`` that ends in ``assert_never``.

A *bound principal* needs nothing of the ticket any more: ``person:alice``, ``team:cab``, ``role:x``, ``owner:email``
(the owner of the service), ``team_of:email`` (its team), ``manager_of(<bound>)``, ``everyone``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json
from workflows.engine.snapshot import Instant

Reason = Literal["step", "approval_requested", "approval_withdrawn", "reminder", "task_assigned", "problem"]


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell people. ``id`` is ``{ticket}:{state}:{visit}:{step}``: the same id is never delivered twice."""

    id: str
    to: tuple[str, ...]
    reason: Reason = "step"
    template: str | None = None
    message: str | None = None
    channel: str | None = None
    quiet: str | None = None
    context: Mapping[str, Json] = field(default_factory=dict)
    """What a template may use besides the ticket: ``state``, ``comment``, ``deadline`` …"""


@dataclass(frozen=True, slots=True)
class AskApprovers:
    """Who is to be asked now? Answered by ``Asked``. All principals are bound."""

    state: str
    visit: int
    round: int
    stage: int
    from_: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    veto: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUpServices:
    """Facts of services that the ticket names and does not know yet. Answered by ``Known``."""

    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExtendCalendars:
    """A deadline lies beyond the compiled horizon: compile on to at least ``until`` and answer ``Refresh``."""

    until: Instant


Effect = Notify | AskApprovers | LookUpServices | ExtendCalendars
