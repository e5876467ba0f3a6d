"""The shared cases of service levels, row by row, through the engine's own functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
import yaml

from definitions.calendars import compile_calendar
from definitions.calendars.compiled_calendar import CompiledCalendar
from definitions.schema.organization import Organization
from definitions.times import to_instant
from tests.paths import SHARED
from workflows.engine import business_time
from workflows.engine.service_levels import (
    Run,
    breaches_at,
    change_target,
    due,
    elapsed,
    fire_through,
    lay,
    paused_seconds,
    target_seconds,
    threshold_moment,
)

CASES = SHARED / "cases" / "service_levels.yaml"
YEAR = 366 * 86_400


@dataclass(frozen=True)
class Arithmetic:
    """One compiled calendar as a clock's working time."""

    calendar: CompiledCalendar

    def add(self, start: int, duration: str) -> int:
        return business_time.add(self.calendar, start, duration)

    def add_seconds(self, start: int, seconds: int) -> int:
        return business_time.add_seconds(self.calendar, start, seconds)

    def working_seconds(self, start: int, end: int) -> int:
        return business_time.working_seconds(self.calendar, start, end)


def load() -> dict[str, Any]:
    if not CASES.exists():
        return {"cases": [], "calendars": {}}
    loaded = yaml.load(CASES.read_text(encoding="utf-8"), yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


FILE = load()


def arithmetic(case: dict[str, Any]) -> Arithmetic:
    zone = case.get("time_zone", "UTC")
    written = {"organization": {"name": "Cases", "time_zone": zone}, "calendars": FILE["calendars"]}
    start = to_instant(case["start"])
    organization = Organization.model_validate(written)
    return Arithmetic(compile_calendar(organization, case["calendar"], start - YEAR, start + YEAR))


def events(case: dict[str, Any]) -> list[tuple[int, int, str, Any]]:
    """The events of the clock, in order: at one instant, a retarget comes before a start or an end."""
    found: list[tuple[int, int, str, Any]] = []
    for moment, target in case.get("retargets", []):
        found.append((to_instant(moment), 0, "retarget", target))
    for begin, end in case.get("pauses", []):
        found.append((to_instant(begin), 1, "pause", None))
        if end != "null":
            found.append((to_instant(end), 1, "resume", None))
    if "left" in case:
        found.append((to_instant(case["left"]), 2, "leave", None))
    return sorted(found, key=lambda event: event[:2])


def run_until(case: dict[str, Any], time: Arithmetic, until: int) -> Run:
    """The clock at a moment, by the events until then."""
    start = to_instant(case["start"])
    run = lay(Run(1, start, case["calendar"], case["target"]), "running", start, "start")
    for moment, _, what, value in events(case):
        if moment > until:
            break
        run, _ = fire_through(time, run, (), moment - 1) if moment > start else (run, ())
        match what:
            case "retarget":
                run = change_target(run, value, None)
            case "pause":
                run = lay(run, "paused", moment, what)
            case "resume":
                run = lay(run, "running", moment, what)
            case "leave":
                run, _ = fire_through(time, run, (), moment)
                run = replace(run, left=moment)
    return fire_through(time, run, (), until)[0]


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")
@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    """Due, target, pauses, thresholds and readings of each shared row are reproduced to the second."""
    time = arithmetic(case)
    expect = case["expect"]
    end = max([to_instant(case["start"]), *(event[0] for event in events(case))])
    run = run_until(case, time, end)
    if "due" in expect:
        assert due(time, run, end) == to_instant(expect["due"])
        assert target_seconds(time, run) == int(expect["target_seconds"])
        assert paused_seconds(time, run, end) == int(expect["paused_seconds"])
    for threshold, moment in expect.get("thresholds", {}).items():
        assert threshold_moment(time, run, threshold, end) == to_instant(moment), threshold
    for row in expect.get("at", []):
        check_reading(case, time, row)


def check_reading(case: dict[str, Any], time: Arithmetic, row: dict[str, Any]) -> None:
    at = to_instant(row["at"])
    run = run_until(case, time, at)
    until = at if run.left is None else min(at, run.left)
    clock = "left" if run.left is not None else "paused" if run.is_paused else "running"
    assert clock == row["clock"]
    assert due(time, run, until) == to_instant(row["due"])
    spent = elapsed(time, run, until)
    assert spent == int(row["elapsed"])
    assert until - run.start == int(row["actual"])
    assert Fraction(spent, target_seconds(time, run) or 1) == Fraction(row["fraction"])
    assert breaches_at(time, run, until) == (row["breached"] == "true")


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not beside this checkout")
def test_every_row_is_read() -> None:
    """The shared file has rows."""
    assert len(FILE["cases"]) >= 20
