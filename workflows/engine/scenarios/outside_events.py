"""Events from outside in a scenario: what the process's triggers make of them (LANGUAGE, section 8)."""

from __future__ import annotations

from definitions.people.directory import Actor
from definitions.times import Instant
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.setting import Setting
from workflows.engine.triggers import Intent, Occurrence, SendIntent, StartIntent, intents

PREFIX = "source:"


def source_of(setting: Setting, name: str | None, type_: str) -> Actor:
    """Who sends an event: as the scenario says, else by the first part of its type (``<source>.<kind>``)."""
    return setting.actor(name or f"{PREFIX}{type_.partition('.')[0]}")


def wanted(setting: Setting, type_: str, data: object, source: Actor, now: Instant) -> tuple[Intent, ...]:
    """What the triggers of the scenario's process want, in their order."""
    name = source.id.removeprefix(PREFIX)
    return intents(setting.compiled, Occurrence(type_, "scenario", name, data, time=now), name, now)


def opens_another(intent: StartIntent, key: str | None, snapshot: Snapshot) -> bool:
    """Whether a second ticket is started: none where the scenario's own holds the key, until it has ended."""
    return intent.key is None or intent.key != key or snapshot.ended_at is not None


def is_meant(intent: SendIntent, key: str | None, snapshot: Snapshot) -> bool:
    """Whether an event goes to the scenario's ticket: by the key that it was opened with, or by its values."""
    if snapshot.ended_at is not None:
        return False
    if intent.match is None:
        return intent.key == key
    return all(snapshot.fields.get(name) == value for name, value in intent.match.items())
