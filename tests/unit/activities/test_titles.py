"""The titles of tickets in lists."""

from __future__ import annotations

from typing import Any

import pytest

from activities.records.record import title_of
from tests.servers.worlds import batch, ticket


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"summary": "Mail is down"}, "Mail is down"),
        ({"title_line": "How to restart mail"}, "How to restart mail"),
        ({"summary": "", "title_line": "How to restart mail"}, "How to restart mail"),
        ({"summary": "Mail is down", "title_line": "How to restart mail"}, "Mail is down"),
        ({"summary": 3}, "KB-12"),
        ({}, "KB-12"),
    ],
)
def test_a_ticket_is_called_by_its_title_field(fields: dict[str, Any], title: str) -> None:
    """The title is the summary, else the title line of an article, else the key."""
    assert title_of(batch(ticket("KB-12", fields=fields))) == title
