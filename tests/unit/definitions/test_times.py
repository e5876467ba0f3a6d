"""Moments and dates as people write them: wrong ones are refused in words of the field."""

from __future__ import annotations

import pytest

from definitions.freezes import period
from definitions.schema.process import FieldSpec
from definitions.times import to_date, to_instant, to_text
from workflows.engine.draft.field_values import WrongValue, read_value

NO_DATETIME = [
    "zork", "PT4H", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+25:00", "10000-01-01T00:00:00Z", "2026-01-01T00:00:00",
]  # fmt: skip
NO_DATE = ["PT4H", "2026-13-01", "2026-02-30", "2026-W01-9", "0000-00-00", "10000-01-01", "2026-01-0x"]
OF_PYTHON = ("isoformat", "timedelta", "ordinal", "must be in", "out of range", "Value error")


@pytest.mark.parametrize("text", NO_DATETIME)
def test_a_wrong_datetime_is_answered_with_an_example(text: str) -> None:
    """The refusal of a datetime shows how a datetime is written, whatever is wrong with it."""
    with pytest.raises(ValueError, match=r"2026-03-14T20:00:00\+01:00"):
        to_instant(text)
    with pytest.raises(WrongValue) as wrong:
        read_value(FieldSpec(type="datetime"), text)
    assert str(wrong.value) == f"takes a datetime such as 2026-03-14T20:00:00+01:00, not {text!r}"


@pytest.mark.parametrize("text", NO_DATE)
def test_a_wrong_date_is_answered_with_an_example(text: str) -> None:
    """The refusal of a date shows how a date is written, whatever is wrong with it."""
    with pytest.raises(ValueError, match="is no date such as 2026-03-14"):
        to_date(text)
    with pytest.raises(WrongValue) as wrong:
        read_value(FieldSpec(type="date"), text)
    assert str(wrong.value) == f"takes a date such as 2026-03-14, not {text!r}"


def test_a_long_value_is_not_repeated_whole() -> None:
    """A refusal repeats the beginning of a long value alone."""
    with pytest.raises(WrongValue) as wrong:
        read_value(FieldSpec(type="date"), "x" * 10_000)
    assert len(str(wrong.value)) < 100


@pytest.mark.parametrize(("from_", "to"), [("0001-01-01", "zork"), ("zork", "2026-01-01"), ("1", "2")])
def test_a_freeze_at_the_edges_of_the_calendar(from_: str, to: str) -> None:
    """A period that no calendar holds is refused with the text that is wrong, and not in words of Python."""
    with pytest.raises(ValueError, match="'") as refused:
        period(from_, to, "Europe/Berlin")
    assert not any(word in str(refused.value) for word in OF_PYTHON)


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
