"""What ``step`` answers: a Step, or a Refusal that changed nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model import timeline
from workflows.engine.model.effects import Effect
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline import Entry, KnownEntry

RefusalCode = Literal[
    "unknown_event", "not_permitted", "guard_failed", "missing_fields", "invalid_fields", "read_only_fields",
    "not_an_approver", "already_voted", "comment_required", "not_open", "stale", "key_reused", "ended",
    "not_migratable",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the timeline as it travels and is kept; a step's entries are in the order in which they happened."""

    kind: str
    """One of ``timeline.KINDS``, or a kind of a newer build."""
    at: Instant
    actor: str
    """A person's id, ``engine``, ``source:x`` …"""
    data: Mapping[str, Json] = field(default_factory=dict)
    """What the entry says: docs/reference/timeline.md."""

    @classmethod
    def of(cls, entry: KnownEntry, at: Instant, actor: str) -> AuditEntry:
        return cls(entry.kind, at, actor, entry.data())

    @property
    def entry(self) -> Entry:
        """The same with its type."""
        return timeline.of(self.kind, self.data)


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
