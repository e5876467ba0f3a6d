"""The results of ``step``: a Step, or a Refusal, which changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model import timeline
from workflows.engine.model.bounds import LONGEST_NAME, LONGEST_REFUSAL, MOST_NAMED, cut
from workflows.engine.model.effects import Effect
from workflows.engine.model.quick_init import quick_init
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline import Entry, KnownEntry

RefusalCode = Literal[
    "unknown_event", "not_permitted", "guard_failed", "missing_fields", "invalid_fields", "read_only_fields",
    "not_an_approver", "ambiguous", "already_voted", "comment_required", "not_open", "stale", "key_reused", "ended",
    "not_migratable", "too_large", "too_many", "too_many_hops", "endless",
]  # fmt: skip


@quick_init
@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the timeline, as payloads and records hold it. A step's entries are in the order they happened."""

    kind: str
    """One of ``timeline.KINDS``, or a kind of a newer build."""
    at: Instant
    actor: str
    """A person's id, ``engine``, ``source:x`` …"""
    data: Mapping[str, Json] = field(default_factory=dict)
    """The content of the entry: docs/reference/timeline.md."""

    @classmethod
    def of(cls, entry: KnownEntry, at: Instant, actor: str) -> AuditEntry:
        return cls(entry.kind, at, actor, entry.data())

    @property
    def entry(self) -> Entry:
        """The typed entry."""
        return timeline.of(self.kind, self.data)


@quick_init
@dataclass(frozen=True, slots=True)
class Step:
    """The ticket after the event, the effects to perform, and the entries of the timeline."""

    snapshot: Snapshot
    effects: tuple[Effect, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    taken: tuple[int, ...] = ()
    """The indexes of the taken transitions in the chart, in order."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused event. ``reason`` is for people, ``code`` for programs; ``allowed`` lists the events possible now.

    A refusal travels, so it is short: a long reason is cut, and of many fields the first twenty are named.
    """

    code: RefusalCode
    reason: str
    fields: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        number = len(self.fields)
        tail = f" ({number:,} fields in all, of which the first {MOST_NAMED} are named)" if number > MOST_NAMED else ""
        reason = cut(self.reason, LONGEST_REFUSAL - len(tail)) + tail
        named = tuple(cut(name, LONGEST_NAME) for name in self.fields[:MOST_NAMED])
        object.__setattr__(self, "reason", reason)
        object.__setattr__(self, "fields", named)
