"""Titles that not everybody may read, in lists and searches."""

from __future__ import annotations

from typing import Any

import pytest

from activities.records.queries import Filter
from activities.records.store import Records
from activities.records.titles import Titles
from tests.servers.worlds import asked, batch, ticket
from workflows.engine.model.approval import ApprovalRequest
from workflows.engine.model.task import TaskState

TODAY = Titles(known=frozenset({"change", "offer"}), shown=frozenset({"change"}))
"""Offers hide their titles today, changes do not."""


def add(records: Records, key: str, process: str, **changes: Any) -> None:
    records.record(batch(ticket(key, process=process, **changes.pop("of", {})), process=process, **changes), {})


def found(records: Records, text: str | None = None) -> list[tuple[str, str]]:
    return [(row.key, row.title) for row in records.list(Filter(text=text, titles=TODAY)).items]


@pytest.mark.parametrize(
    ("process", "definition", "is_told"),
    [
        ("change", "shows", True),
        ("change", "hides", False),
        ("change", None, True),
        ("offer", "shows", False),
        ("offer", "hides", False),
        ("gone", "shows", True),
        ("gone", "hides", False),
        ("gone", None, False),
    ],
)
def test_a_title_is_told_where_its_definitions_show_it(
    records: Records, process: str, definition: str | None, is_told: bool
) -> None:
    """A title is shown and found where the ticket's own definition and the present one show it, as far as known."""
    add(records, "A-1", process)  # its row holds the summary, whatever its definition says: it is from before the rule
    if definition:
        hidden = "A-2" if definition == "hides" else None
        add(records, "A-2", process, definition="packed", title=hidden)
    assert ("A-1", "Swap core switch" if is_told else "A-1") in found(records)
    assert ("A-1" in dict(found(records, "CORE switch"))) == is_told
    assert ("A-1" in dict(found(records, "a-1 swap"))) == is_told
    assert "A-1" in dict(found(records, "a-1"))
    assert records.counts(Filter(text="core", titles=TODAY)).open == len(found(records, "core"))


def test_requests_and_tasks_have_the_same_titles(records: Records) -> None:
    """Lists of approvals and of tasks show the key in place of a hidden title, too."""
    task = TaskState("plan", 1, "open", opened=0, assignee="person:bob")
    of = asked(requests=(ApprovalRequest("bob"),)) | {"tasks": {"authorize": (task,)}}
    add(records, "A-1", "offer", of=of)
    add(records, "A-2", "change", of=of)
    titles = {"A-1": "A-1", "A-2": "Swap core switch"}
    assert {one.ticket: one.title for one in records.approvals(person="bob", titles=TODAY)} == titles
    assert {one.ticket: one.ticket_title for one in records.open_tasks(["person:bob"], titles=TODAY)} == titles
