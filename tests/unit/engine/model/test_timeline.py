"""Entries of the timeline: their stored form, and the entries that are read from it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from workflows.engine.model import timeline
from workflows.engine.model.result import AuditEntry
from workflows.engine.model.timeline import KINDS, SHAPES, KnownEntry
from workflows.engine.model.timeline.shape import UnknownEntry
from workflows.engine.model.timeline.ticket_entries import CommentMade, FieldsEdited
from workflows.engine.scenarios import run_scenario, setting_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    NoneType: st.none(),
    Any: JSON,
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a part of an entry."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if dataclasses.is_dataclass(hint):
        return entries_of(hint)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, UnionType):
        return st.one_of([values_of(one) for one in inner])
    if origin is tuple and inner[1:] == (...,):
        return st.lists(values_of(inner[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, inner))
    assert origin is Mapping, hint
    return st.dictionaries(*map(values_of, inner), max_size=3)


def entries_of(shape: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(shape)
    return st.builds(shape, **{part.name: values_of(hints[part.name]) for part in dataclasses.fields(shape)})


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_an_entry_is_read_as_it_was_written(shape: type[KnownEntry], data: st.DataObject) -> None:
    """The stored form of any entry reads back as the same entry."""
    entry = data.draw(entries_of(shape))
    kept = json.loads(json.dumps(entry.data()))
    assert timeline.of(entry.kind, kept) == entry
    assert kept == entry.data()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("weighed", {"grams": 3}),
        ("notified", {"people": ["alice"]}),
        ("vote", {"state": "authorize", "decision": "approve", "weight": 2}),
        ("vote", {"state": "authorize", "decision": 1}),
        ("ended", {"state": "closed", "failed": 1}),
        ("task", {"state": "implement", "task": "do", "opened": 1}),
        ("decided", {"state": "authorize", "outcome": "approved", "reason": None}),
        ("comment", {"text": "\ud800", "internal": False}),
        ("opened", {}),
    ],
)
def test_an_entry_that_no_shape_writes_is_kept_verbatim(kind: str, data: dict[str, Any]) -> None:
    """A kind, a key or a value that no shape of this build writes loses nothing when it is read."""
    entry = timeline.of(kind, data)
    assert (entry, entry.data()) == (UnknownEntry(kind, data), data)


def test_keys_stand_in_the_order_of_the_parts() -> None:
    """The JSON of an entry has its keys in the order of its parts, without the parts that have no value."""
    entry = AuditEntry.of(CommentMade(text="Thanks", internal=True), 1, "alice")
    assert (entry.kind, list(entry.data.items())) == ("comment", [("text", "Thanks"), ("internal", True)])
    assert AuditEntry.of(CommentMade(), 1, "engine").data == {}


def test_an_entry_keeps_the_order_of_its_fields() -> None:
    """An entry that is read lists its fields in the order in which they were written."""
    kept = FieldsEdited(changes={"summary": (None, "Mail is down"), "impact": (None, "high")}).data()
    entry = timeline.of("edited", kept)
    assert isinstance(entry, FieldsEdited)
    assert list(entry.changes) == ["summary", "impact"]


def test_kinds() -> None:
    """The kinds are those that the records have had from the beginning; none is announced that is never written."""
    assert sorted(KINDS) == [
        "asked", "assigned", "child", "clock", "comment", "corrected", "cost", "decided", "delegated", "edited",
        "ended", "event", "migrated", "moved", "opened", "outcome", "problem", "run", "sent", "taken_back", "task",
        "timer", "unwatched", "vote", "watched", "withdrawn",
    ]  # fmt: skip


def test_everything_that_shipped_scenarios_write_is_typed() -> None:
    """Every entry that the shipped scenarios write is one of the shapes, and is the same when it is read."""
    loaded = load((SHIPPED,)).or_raise()
    known = {name: file.process for name, file in loaded.processes.items()}
    met, read = set(), set()
    for one in loaded.scenarios.values():
        process = loaded.processes[one.scenario.process]
        led_to = {to: file.process for to, file in one.destinations.items()}
        setting = setting_of(one.scenario, process.process, process.digest, loaded.organization, known, led_to)
        for line in run_scenario(one.scenario, setting, one.source).timeline:
            content = f"{line.kind} {line.data}"
            if content in read:
                continue
            read.add(content)
            entry = line.entry
            assert not isinstance(entry, UnknownEntry), line
            assert list(entry.data().items()) == list(line.data.items())
            met.add(entry.kind)
    assert met == set(KINDS) - {"migrated", "taken_back"}
