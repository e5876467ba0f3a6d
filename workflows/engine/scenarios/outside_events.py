"""Events from outside in a scenario, and the intents of the process's triggers (LANGUAGE, section 8)."""

from __future__ import annotations

from definitions.people.directory import Actor
from definitions.schema.model import Json
from definitions.times import Instant
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.scenarios.setting import Setting
from workflows.engine.triggers import Intent, Occurrence, SendIntent, StartIntent, intents

PREFIX = "source:"


def source_of(setting: Setting, name: str | None, type_: str) -> Actor:
    """The sender of an event: named by the scenario, or else by the first part of its type (``<source>.<kind>``)."""
    return setting.actor(name or f"{PREFIX}{type_.partition('.')[0]}")


def wanted(setting: Setting, type_: str, data: object, source: Actor, now: Instant) -> tuple[Intent, ...]:
    """The intents of the triggers of the scenario's process, in their order."""
    name = source.id.removeprefix(PREFIX)
    return intents(setting.compiled, Occurrence(type_, "scenario", name, data, time=now), name, now)


def opens_another(intent: StartIntent, key: str | None, snapshot: Snapshot) -> bool:
    """Whether an intent starts a second ticket: not while the scenario's own is open under the same key."""
    return intent.key is None or intent.key != key or snapshot.ended_at is not None


def is_meant(intent: SendIntent, key: str | None, before: Snapshot | None) -> bool:
    """Whether an event goes to the scenario's ticket: by the key with which it was opened, or by its values.

    ``before`` is the ticket when the event arrives; None if it was not open.
    """
    if before is None or before.ended_at is not None:
        return False
    if intent.match is None:
        return intent.key == key
    return all(_value(before, name) == value for name, value in intent.match.items())


def _value(snapshot: Snapshot, name: str) -> Json:
    """The value of a field; an empty list is none."""
    value = snapshot.fields.get(name)
    return None if value == [] else value
