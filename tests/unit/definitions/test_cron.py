"""Cron texts: accepted forms, and refusals in plain words."""

from __future__ import annotations

import re

import pytest

from definitions.cron import parse_cron


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("0 9 1 * *", "hour", (9,)),
        ("*/15 * * * *", "minute", (0, 15, 30, 45)),
        ("5/20 * * * *", "minute", (5, 25, 45)),
        ("0 9-12 * * *", "hour", (9, 10, 11, 12)),
        ("0 9-17/4 * * *", "hour", (9, 13, 17)),
        ("0 9 1,15,15 * *", "day_of_month", (1, 15)),
        ("0 9 1 Jan-MAR *", "month", (1, 2, 3)),
        ("0 9 * * mon-fri", "day_of_week", (1, 2, 3, 4, 5)),
        ("0 9 * * 7", "day_of_week", (0,)),
        ("0 9 * * 5-7", "day_of_week", (0, 5, 6)),
        ("0 9 * * */2", "day_of_week", (0, 2, 4, 6)),
        ("  0   9  29 2 * ", "day_of_month", (29,)),
    ],
)
def test_a_field_is_its_values(text: str, field: str, values: tuple[int, ...]) -> None:
    """Numbers, names, ranges, steps and lists become ascending values; 7 is Sunday, like 0."""
    assert getattr(parse_cron(text), field).values == values


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0 9 * *", "a cron text has five fields, not 4: minute hour day-of-month month day-of-week"),
        ("0 0 9 * * *", "a cron text has five fields, not 6: minute hour day-of-month month day-of-week"),
        ("@daily", "a cron text has five fields, not 1: minute hour day-of-month month day-of-week"),
        ("60 9 * * *", "'60' is not a minute: 0 to 59"),
        ("0 24 * * *", "'24' is not an hour: 0 to 23"),
        ("0 9 0 * *", "'0' is not a day of the month: 1 to 31"),
        ("0 9 * 13 *", "'13' is not a month: 1 to 12 or jan to dec"),
        ("0 9 * * monday", "'monday' is not a day of the week: 0 to 7 or sun to sat"),
        ("0 9 L * *", "'L' is not a day of the month: 1 to 31"),
        ("0 9 -3 * *", "'-3' is not a day of the month"),
        ("0 9 1, * *", "'' is not a day of the month"),
        ("*/0 9 * * *", "'*/0': a step is at least 1"),
        ("0 17-9 * * *", "'17-9' ends before it begins"),
        ("0 9 * * sat-mon", "'sat-mon' ends before it begins"),
        ("0 9 31 2,4 *", "the schedule never fires: none of its months has that many days"),
        (
            "0 9 1 * mon",
            "days of the month and days of the week together can be read in two ways: write two schedules",
        ),
    ],
)
def test_what_is_no_cron_text_is_refused(text: str, complaint: str) -> None:
    """Each mistake is named with its text and the possible values."""
    with pytest.raises(ValueError, match=f"^{re.escape(complaint)}$"):
        parse_cron(text)
