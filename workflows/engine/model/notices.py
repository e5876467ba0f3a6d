"""A notice to people. A snapshot can hold this effect until working hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from definitions.schema.model import Json
from workflows.engine.model.quick_init import quick_init

Reason = Literal[
    "step", "approval_requested", "approval_withdrawn", "reminder", "task_assigned", "ticket_assigned", "problem"
]


@quick_init
@dataclass(frozen=True, slots=True)
class Notify:
    """Notify people. ``id`` is ``{ticket}:{state}:{visit}:{step}``; the same id is never delivered twice."""

    kind: ClassVar[str] = "notify"
    id: str
    to: tuple[str, ...]
    reason: Reason = "step"
    template: str | None = None
    message: str | None = None
    channel: str | None = None
    context: Mapping[str, Json] = field(default_factory=dict)
    """The values that a template may use besides the ticket: ``state``, ``comment``, ``deadline`` …"""
    otherwise: tuple[str, ...] = ()
    """Bound principals: where ``to`` has no people, the first of these with people gets the notice. A notice never ends
    with nobody. Empty in notices of older interpreters."""
    not_to: str | None = None
    """The id of a person who gets no notice, because it is about their own doing."""
