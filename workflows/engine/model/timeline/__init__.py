"""The timeline: what happened to a ticket, one typed entry after the other, as auditors read it for years.

Each shape of an entry is one frozen class. Several shapes may share a kind, by which the records and the HTTP API name
them. The engine writes entries (``Draft.say``), and their ``data()`` is the JSON that is hashed and kept. ``of`` reads
that JSON. Reading loses nothing and never fails: JSON that no shape writes exactly so is an ``UnknownEntry``. One
``match``, which covers every shape, words entries for people (``api.cli.words``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from definitions.schema.model import Json
from workflows.engine.model.timeline.approval_entries import ApprovalEntry
from workflows.engine.model.timeline.automation_entries import AutomationEntry
from workflows.engine.model.timeline.clock_entries import ClockEntry
from workflows.engine.model.timeline.shape import UnknownEntry
from workflows.engine.model.timeline.task_entries import TaskEntry
from workflows.engine.model.timeline.ticket_entries import TicketEntry

KnownEntry = TicketEntry | ApprovalEntry | TaskEntry | AutomationEntry | ClockEntry
"""Everything that this build writes."""
Entry = KnownEntry | UnknownEntry
"""Everything that can be read."""
SHAPES: tuple[type[KnownEntry], ...] = get_args(KnownEntry)
KINDS: tuple[str, ...] = tuple(dict.fromkeys(shape.kind for shape in SHAPES))


def of(kind: str, data: Mapping[str, Json]) -> Entry:
    """The entry whose JSON this is; an ``UnknownEntry`` where no shape writes exactly this."""
    written, kept = json.dumps(dict(data)), _canonical(data)
    for shape in _shapes_of(kind):
        try:
            entry = _reader(shape).validate_json(written, strict=True)
        except ValidationError:
            continue
        if _canonical(entry.data()) == kept:
            return entry
    return UnknownEntry(kind, data)


@cache
def _shapes_of(kind: str) -> tuple[Any, ...]:
    return tuple(shape for shape in SHAPES if shape.kind == kind)


@cache
def _reader(shape: Any) -> TypeAdapter[KnownEntry]:
    return TypeAdapter(shape)


def _canonical(data: Mapping[str, Json]) -> str:
    return json.dumps(dict(data), sort_keys=True)
