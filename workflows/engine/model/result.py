"""What ``step`` answers: a Step, or a Refusal that changed nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.effects import Effect
from workflows.engine.model.snapshot import Snapshot

RefusalCode = Literal[
    "unknown_event", "not_permitted", "guard_failed", "missing_fields", "invalid_fields", "read_only_fields",
    "not_an_approver", "already_voted", "comment_required", "not_open", "stale", "key_reused", "ended",
    "not_migratable",
]  # fmt: skip

AuditKind = Literal[
    "opened", "event", "outcome", "timer", "moved", "edited", "assigned", "comment", "vote", "asked", "delegated",
    "withdrawn", "notified", "decided", "task", "run", "child", "sent", "cost", "clock", "corrected", "problem",
    "ended", "migrated",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the timeline, in the order in which it happened within the step."""

    kind: AuditKind
    at: Instant
    actor: str
    """A person's id, ``engine``, ``source:x`` …"""
    data: Mapping[str, Json] = field(default_factory=dict)
    """By kind: event {name, with}; moved {exited, entered}; edited {changes: {field: [old, new]}}; comment {text,
    internal}; vote {state, decision, comment, for}; outcome {state, name, reason}; timer {state, index};
    corrected {step, recorded, effective, comment, levels: [{level, run, was, is}]}; …"""


@dataclass(frozen=True, slots=True)
class Step:
    """The ticket after the event, what is to be done in the world, and what the timeline says."""

    snapshot: Snapshot
    effects: tuple[Effect, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    taken: tuple[int, ...] = ()
    """The transitions that were taken, in order, by their index in the chart."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing happened. ``reason`` is for people, ``code`` for programs, ``allowed`` is what would be taken now."""

    code: RefusalCode
    reason: str
    fields: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
