"""Durations and lengths."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.durations import Span, format_seconds, parse_duration, parse_length


@pytest.mark.parametrize(
    ("text", "number", "unit", "seconds", "days"),
    [
        ("0s", 0, "s", 0, 0),
        ("90s", 90, "s", 90, 0),
        ("15m", 15, "m", 900, 0),
        ("4h", 4, "h", 14_400, 0),
        ("3d", 3, "d", None, 3),
        ("2w", 2, "w", None, 14),
    ],
)
def test_a_duration_is_one_number_and_one_unit(
    text: str, number: int, unit: str, seconds: int | None, days: int
) -> None:
    """Seconds, minutes and hours have an exact length; days and weeks have days."""
    span = parse_duration(text)
    assert (span.number, span.unit, span.exact_seconds, span.whole_days) == (number, unit, seconds, days)
    assert str(span) == text


@pytest.mark.parametrize(
    "text", ["", "4", "h", "4H", "04h", "-4h", "1.5h", "4 h", "1h30m", "4y", "٤h", "4h\n", "1000000000s"]
)
def test_anything_else_is_refused(text: str) -> None:
    """A text that is not one number and one unit is refused, with the text and the allowed forms."""
    with pytest.raises(ValueError, match="is not a duration: one number and one unit, as in 90s, 15m, 4h, 3d or 2w"):
        parse_duration(text)


def test_durations_are_compared_by_value() -> None:
    """60m is 1h, 7d is 1w, and all durations have an order."""
    assert parse_duration("60m") == parse_duration("1h")
    assert hash(parse_duration("60m")) == hash(parse_duration("1h"))
    assert parse_duration("7d") == parse_duration("1w")
    assert parse_duration("59m") != parse_duration("1h")
    assert parse_duration("1h") != "1h"
    written = [parse_duration(text) for text in ("1w", "90m", "1d", "1h", "5400s", "30s")]
    assert [str(span) for span in sorted(written)] == ["30s", "1h", "90m", "5400s", "1d", "1w"]
    assert parse_duration("2h") > parse_duration("119m")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (225, "3m45s"), (3600, "1h"), (3601, "1h1s"), (90_060, "25h1m"), (-225, "-3m45s"), (36_000, "10h")],
)
def test_a_length_is_shown_in_hours_minutes_and_seconds(seconds: int, text: str) -> None:
    """Parts that are zero are left out, and a length is never shown in days."""
    assert format_seconds(seconds) == text


@settings(deadline=None)
@given(st.integers(-(10**10), 10**10))
def test_a_shown_length_reads_back(seconds: int) -> None:
    """A length is shown to the second."""
    assert parse_length(format_seconds(seconds)) == seconds


def test_a_length_may_be_written_in_one_unit() -> None:
    """A plain duration in s, m or h is a length too."""
    assert parse_length("225s") == parse_length("3m45s") == 225


@pytest.mark.parametrize("text", ["", "-", "3d", "45s3m", "3m 45s", "3"])
def test_other_lengths_are_refused(text: str) -> None:
    """A text without hours, minutes or seconds in this order is refused."""
    with pytest.raises(ValueError, match="is not a length: hours, minutes and seconds, as in 3m45s"):
        parse_length(text)


def test_a_span_can_be_made_of_its_parts() -> None:
    """A span made by hand is the span that its text reads as."""
    assert Span(60, "m") == parse_duration("60m")
