"""Moments as text."""

from __future__ import annotations

import pytest

from definitions.times import to_instant, to_text


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "9999-12-31T23:59:59Z"),
        (999_999_999 * 3600, "9999-12-31T23:59:59Z"),
        (2**70, "9999-12-31T23:59:59Z"),
        (-62_135_596_800, "0001-01-01T00:00:00Z"),
        (-(2**70), "0001-01-01T00:00:00Z"),
    ],
)
def test_every_moment_has_a_text(instant: int, text: str) -> None:
    """A moment beyond the calendar's years reads as their end, so that a ticket that waits for it can be shown."""
    assert to_text(instant) == text
    assert to_text(to_instant(text)) == text
