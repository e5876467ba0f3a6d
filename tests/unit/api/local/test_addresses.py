"""Addresses in the HTTP API, put together from segments."""

from __future__ import annotations

import re

import pytest

from api.local.addresses import SegmentError, path
from tests.paths import ROOT


@pytest.mark.parametrize(
    ("segments", "address"),
    [
        (("tickets",), "/v1/tickets"),
        (("tickets", "ODD-1", "timeline"), "/v1/tickets/ODD-1/timeline"),
        (("tickets", "ODD-1", "events", "note?x=1"), "/v1/tickets/ODD-1/events/note%3Fx%3D1"),
        (("tickets", "ODD-1#x"), "/v1/tickets/ODD-1%23x"),
        (("tickets", "ODD-1%2F..%2FODD-2"), "/v1/tickets/ODD-1%252F..%252FODD-2"),
        (("tickets", "Zoë 1"), "/v1/tickets/Zo%C3%AB%201"),
    ],
)
def test_every_segment_is_encoded(segments: tuple[str, ...], address: str) -> None:
    """No character of a segment can end the segment, or begin a query or a fragment."""
    assert path(segments) == address


@pytest.mark.parametrize(
    ("segments", "words"),
    [
        (("tickets", ""), "The key of a ticket can't be empty."),
        (("tickets", ".."), "The key of a ticket can't be '..'."),
        (("tickets", "O-4/../O-1", "events", "note"), "The key of a ticket can't contain '/': 'O-4/../O-1'."),
        (("tickets", "ODD-1", "events", "a/b"), "The name of an event can't contain '/': 'a/b'."),
        (("tickets", "ODD-1", "tasks", "[/x]"), "The id of a task can't contain '/': '[/x]'."),
        (("tickets", "ODD-1", "approvals", ".", "decision"), "The name of a state can't be '.'."),
        (("freezes", ""), "The id of a freeze can't be empty."),
    ],
)  # fmt: skip
def test_a_segment_that_would_lead_elsewhere(segments: tuple[str, ...], words: str) -> None:
    """A segment is refused, with the noun for it, if it is empty, a step of the path, or more than one segment."""
    with pytest.raises(SegmentError) as refused:
        path(segments)
    assert str(refused.value) == words


def test_no_other_place_writes_addresses() -> None:
    """Clients name the segments of an address: none of them writes a path of the API as text."""
    written = re.compile(r"""["']/?v1/""")
    files = [*(ROOT / "api/cli").rglob("*.py"), *(ROOT / "api/local").rglob("*.py")]
    assert ROOT / "api/local/addresses.py" in files
    found = [file for file in files if written.search(file.read_text(encoding="utf-8"))]
    assert found == [ROOT / "api/local/addresses.py"]
