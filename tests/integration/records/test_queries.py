"""Searching the records."""

from __future__ import annotations

from typing import Any

import pytest

from activities.records.cursor import BadCursorError, encode
from activities.records.queries import Filter
from activities.records.store import Records
from tests.servers.worlds import NOW, batch, entries, ticket
from workflows.contracts import RecordedStep
from workflows.engine.model.snapshot import Snapshot


def add(records: Records, *tickets: Snapshot, **changes: Any) -> None:
    for one in tickets:
        records.record(batch(one, process=one.process, **changes), {})


def keys(records: Records, **wanted: object) -> list[str]:
    return [row.key for row in records.list(Filter(**wanted)).items]  # type: ignore[arg-type]


def test_lists_are_newest_first_in_a_stable_order(records: Records) -> None:
    """Tickets are listed by opening time, newest first, and by key if they were opened together."""
    add(records, ticket("A-1", opened_at=5), ticket("A-3", opened_at=9), ticket("A-2", opened_at=9))
    assert keys(records) == ["A-3", "A-2", "A-1"]


def test_pages_join_without_gap_or_repeat(records: Records) -> None:
    """Following cursors returns every ticket once, also when new tickets arrive meanwhile."""
    add(records, *(ticket(f"A-{n}", opened_at=n // 3) for n in range(10)))
    seen: list[str] = []
    cursor = None
    for _ in range(5):
        page = records.list(limit=2, cursor=cursor)
        seen += [row.key for row in page.items]
        cursor = page.next
        add(records, ticket(f"NEW-{len(seen)}", opened_at=99))
    assert cursor is None
    assert seen == sorted((f"A-{n}" for n in range(10)), key=lambda key: (int(key[2:]) // 3, key), reverse=True)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "§",
        "W10",
        "W10=",
        encode("a", 1),
        encode(1),
        encode(1, 2),
        encode(2**70, "a"),
        encode(1, "\ud800"),
        encode(1, "a\x00"),
    ],
)
def test_a_foreign_cursor_is_refused(records: Records, cursor: str) -> None:
    """An invalid cursor is an explicit error, never a wrong page."""
    with pytest.raises(BadCursorError):
        records.list(cursor=cursor)


def test_filters_hold_together(records: Records) -> None:
    """Each filter keeps the tickets that match it, and several filters keep those that match all."""
    add(
        records,
        ticket("A-1", assignee="person:bob"),
        ticket("A-2", opener="bob", ended_at=NOW),
        ticket("B-1", process="incident", configuration=("new",), opener="bob"),
    )
    assert keys(records, process="incident") == ["B-1"]
    assert keys(records, state="authorize") == ["A-2", "A-1"]
    assert keys(records, is_open=True) == ["B-1", "A-1"]
    assert keys(records, is_open=False) == ["A-2"]
    assert keys(records, assignee="person:bob") == ["A-1"]
    assert keys(records, opener="bob") == ["B-1", "A-2"]
    assert keys(records, opener="bob", is_open=True, process="change") == []


def test_a_list_holds_what_its_reader_may_see(records: Records) -> None:
    """Only tickets that one of the reader's principals may see are listed, found and counted."""
    add(records, ticket("A-1"), see=("person:alice",))
    add(records, ticket("A-2"), see=("team:cab", "person:bob"))
    add(records, ticket("A-3"), see=("everyone",))
    assert keys(records, visible_to={"person:bob", "team:cab"}) == ["A-3", "A-2"]
    assert keys(records, visible_to=()) == ["A-3"]
    assert keys(records, visible_to={"person:bob"}, text="a-1") == []
    assert records.counts(Filter(visible_to={"person:alice"})).open == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SWITCH", ["A-1"]),
        ("größe", ["A-2"]),
        ("GRÖSSE", ["A-2"]),
        ("a-2", ["A-2"]),
        ("100%", ["A-2"]),
        ("%", ["A-2"]),
        ("_", []),
    ],
)
def test_text_is_found_in_key_and_title(records: Records, text: str, found: list[str]) -> None:
    """Search matches the literal text, in any case and any script; wildcards are ordinary characters."""
    add(records, ticket("A-1"), ticket("A-2", fields={"summary": "Größe 100%"}))
    assert keys(records, text=text) == found


def test_a_timeline_pages_in_order(records: Records) -> None:
    """Entries are listed oldest first, each once, across pages."""
    add(records, ticket(revision=1), steps=[RecordedStep(1, entries("a", "b", "c"))])
    add(records, ticket(revision=2), steps=[RecordedStep(2, entries("d", "e"))])
    first = records.timeline("CHG-1", limit=4)
    rest = records.timeline("CHG-1", limit=4, cursor=first.next)
    assert [entry.data["text"] for entry in (*first.items, *rest.items)] == ["a", "b", "c", "d", "e"]
    assert rest.next is None


def test_internal_comments_are_for_those_who_may(records: Records) -> None:
    """A timeline without internal entries leaves them out, whatever the page."""
    secret = entries("secret", internal=True)
    add(records, ticket(), steps=[RecordedStep(1, (*entries("open"), *secret, *entries("x", kind="moved")))])
    seen = records.timeline("CHG-1", internal=False).items
    assert [entry.data["text"] for entry in seen] == ["open", "x"]
    assert [entry.data["text"] for entry in records.timeline("CHG-1", kinds=["comment"]).items] == ["open", "secret"]


def test_counts_are_of_open_tickets_by_process_and_state(records: Records) -> None:
    """Counts separate open from ended tickets, and count open tickets by process and by leaf."""
    add(records, ticket("A-1"), ticket("A-2", ended_at=NOW), ticket("B-1", process="incident", configuration=("new",)))
    found = records.counts()
    assert (found.open, found.ended) == (2, 1)
    assert found.by_process == {"change": 1, "incident": 1}
    assert found.by_state == {"authorize": 1, "new": 1}


def test_what_is_unknown_is_none(records: Records) -> None:
    """A ticket that was never recorded is None, with an empty timeline and an empty chain that holds."""
    assert records.get("CHG-404") is None
    assert records.timeline("CHG-404").items == ()
    assert records.verify_chain("CHG-404").holds
