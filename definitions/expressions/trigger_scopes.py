"""The scopes of expressions in triggers and schedules (LANGUAGE, section 8)."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.expressions.kinds import ANY, TEXT, TIME, Kind
from definitions.expressions.scope import Scope, kind_of_table
from definitions.schema.process import Process

_OF_A_TRIGGER: Mapping[str, Kind] = {
    "event.data": ANY,
    "event.type": TEXT,
    "event.source": TEXT,
    "event.subject": TEXT,
    "event.id": TEXT,
    "event.time": TIME,
    "actor.id": TEXT,
    "now": TIME,
}


def trigger_scope(process: Process) -> Scope:
    """The attributes of an event from outside (by CloudEvents), its sender, and the tables of the process."""
    return _scope(process, _OF_A_TRIGGER)


def schedule_scope(process: Process, *, each: bool) -> Scope:
    """The scheduled moment, the tables, and with ``each`` the service."""
    return _scope(process, {"now": TIME, **({"each": TEXT} if each else {})})


def _scope(process: Process, names: Mapping[str, Kind]) -> Scope:
    tables = {f"tables.{name}": kind_of_table(rows) for name, rows in process.tables.items()}
    return Scope({**names, **tables}, {}, process.tables, frozenset(), frozenset())
