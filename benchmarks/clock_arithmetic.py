"""What a million deadlines cost: `add` on a compiled two-year calendar, beside stepping day by day with zoneinfo.

    python benchmarks/clock_arithmetic.py [operations]

Both do the same mixed operations (seconds, minutes, hours, days) on the same office calendar in one run; the naive way
does fewer of them, its time is scaled up, and all of its answers are compared.
"""

from __future__ import annotations

import json
import sys
import zlib
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from time import perf_counter
from zoneinfo import ZoneInfo

from holidays import country_holidays

from definitions.calendars import CompiledCalendar, compile_calendar, pack
from definitions.schema.organization import Organization
from workflows.engine.business_time import add

HOURS = {"mon-thu": ["09:00-12:30", "13:30-18:00"], "fri": ["09:00-15:00"]}
DURATIONS = ("4h", "3d", "90s", "15m", "1d", "8h", "5d", "210m", "10d", "40h")
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
TWO_YEARS = 2 * 365 * 86_400
NAIVE_SHARE = 200

Operation = tuple[int, str]


class DayByDay:
    """The obvious way: walk the calendar's dates, ask zoneinfo for every opening and closing."""

    def __init__(self) -> None:
        self.zone = ZoneInfo("Europe/Berlin")
        self.closed = set(country_holidays("DE", subdiv="BE", years=range(2026, 2029))) | {date(2026, 12, 24)}
        self.week = [HOURS["mon-thu"]] * 4 + [HOURS["fri"], [], []]

    def hours(self, day: date) -> list[tuple[int, int]]:
        if day in self.closed:
            return []
        return [(self.instant(day, text[:5]), self.instant(day, text[6:])) for text in self.week[day.weekday()]]

    def instant(self, day: date, clock: str) -> int:
        wall = datetime(day.year, day.month, day.day, int(clock[:2]), int(clock[3:]), tzinfo=self.zone)
        return int(wall.timestamp())

    def add(self, start: int, duration: str) -> int:
        number, unit = int(duration[:-1]), duration[-1]
        if unit == "d":
            return self.add_days(start, number)
        return self.add_seconds(start, number * {"s": 1, "m": 60, "h": 3600}[unit])

    def add_seconds(self, start: int, left: int) -> int:
        day = datetime.fromtimestamp(start, self.zone).date()
        while True:
            for opening, closing in self.hours(day):
                available = closing - max(opening, start)
                if 0 < left <= available:
                    return max(opening, start) + left
                left -= max(0, available)
            day += timedelta(days=1)

    def add_days(self, start: int, count: int) -> int:
        day = datetime.fromtimestamp(start, self.zone).date()
        while (opening := next((max(begin, start) for begin, end in self.hours(day) if start < end), None)) is None:
            day += timedelta(days=1)
        clock = datetime.fromtimestamp(opening, self.zone).strftime("%H:%M:%S")
        while count:
            day += timedelta(days=1)
            count -= bool(self.hours(day))
        wall = self.instant(day, clock[:5]) + int(clock[6:])
        hours = self.hours(day)
        return max((min(wall, end) for begin, end in hours if begin <= wall), default=hours[0][0])


def operations(count: int) -> list[Operation]:
    """Starts spread evenly over the first 22 months, open and closed ones alike, with the durations in turn."""
    spread = TWO_YEARS * 22 // 24
    starts = (START + index * 7_368_787 % spread for index in range(count))
    return list(zip(starts, islice(cycle(DURATIONS), count), strict=True))


def compiled() -> CompiledCalendar:
    office = {
        "time_zone": "Europe/Berlin",
        "hours": HOURS,
        "holidays": {"country": "DE", "subdivision": "BE"},
        "closed": ["2026-12-24"],
    }
    return compile_calendar(
        Organization.model_validate({"calendars": {"office": office}}), "office", START, START + TWO_YEARS
    )


def main(count: int) -> None:
    calendar = compiled()
    began = perf_counter()
    calendar = compiled()
    compiling = perf_counter() - began
    packed = json.dumps(pack(calendar), separators=(",", ":")).encode()
    work = operations(count)

    began = perf_counter()
    for start, duration in work:
        add(calendar, start, duration)
    fast = perf_counter() - began

    naive = DayByDay()
    sample = work[: max(1, count // NAIVE_SHARE)]
    began = perf_counter()
    answers = [naive.add(start, duration) for start, duration in sample]
    slow = (perf_counter() - began) * count / len(sample)
    assert answers == [add(calendar, start, duration) for start, duration in sample]

    print(f"two-year calendar   compiled in {compiling * 1000:.0f} ms, {len(packed):,} bytes of JSON, ", end="")
    print(f"{len(zlib.compress(packed)):,} compressed")
    print(f"compiled arithmetic {count:,} x add in {fast:.2f} s ({fast / count * 1e6:.2f} µs each)")
    print(f"day by day          {count:,} x add in {slow:.2f} s (scaled up from {len(sample):,}, all answers equal)")
    print(f"ratio               {slow / fast:.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
