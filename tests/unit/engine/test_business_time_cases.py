"""The shared cases of business time: every row, by its id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import yaml

from definitions.calendars import CompiledCalendar, compile_calendar
from definitions.schema.organization import Organization
from tests.paths import SHARED
from workflows.engine import business_time

CASES = SHARED / "cases" / "business_time.yaml"
DAY = 86_400


def read_cases() -> dict[str, Any]:
    """All scalars as text, as YAML 1.2 has times; empty where the cases are not available."""
    if not CASES.exists():
        return {"calendars": {}, "cases": []}
    loaded: dict[str, Any] = yaml.load(CASES.read_text(encoding="utf-8"), yaml.BaseLoader)
    return loaded


SUITE = read_cases()


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def calendar_of(row: dict[str, str]) -> CompiledCalendar:
    zone = {"time_zone": row["time_zone"]} if "time_zone" in row else {}
    organization = Organization.model_validate(
        {"organization": {"name": "Cases", **zone}, "calendars": SUITE["calendars"]}
    )
    start = instant(row.get("start") or row["at"])
    return compile_calendar(organization, row["calendar"], start - 30 * DAY, start + 90 * DAY)


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")
def test_there_are_cases() -> None:
    """The suite of cases is not silently empty."""
    assert len(SUITE["cases"]) >= 50


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in SUITE["cases"]])
def test_case(row: dict[str, str]) -> None:
    """Each case has exactly the result that it states."""
    calendar = calendar_of(row)
    match row["op"]:
        case "add":
            assert business_time.add(calendar, instant(row["start"]), row["duration"]) == instant(row["due"])
        case "working_seconds":
            seconds = business_time.working_seconds(calendar, instant(row["start"]), instant(row["end"]))
            assert seconds == int(row["seconds"])
        case "is_open":
            assert business_time.is_open(calendar, instant(row["at"])) is (row["open"] == "true")
        case unknown:
            pytest.fail(f"unknown operation {unknown}")
