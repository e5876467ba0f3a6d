"""How long a year of a change takes on the core: ``python -m benchmarks.scenario_year [--profile]``.

A risky change that waits a year for its approval, with reminders; at the end it is approved, made and closed.
Three times a week it is altered and the approval begins again, which is all that keeps it from expiring. Two such
years: *calm*, and *restless*, where its risk changes too and votes in between count for nothing. The first run
compiles expressions and calendars, the others find them compiled, as every scenario after the first does.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import sys
import time
from typing import Any

from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.scenario import Scenario
from definitions.times import to_instant, to_text
from workflows.engine.scenarios import CoreDesk, ScenarioResult, Setting, play, setting_of

HOUR = 3_600
DAY = 24 * HOUR
START = to_instant("2027-01-04T08:00:00Z")
WEEKS = 52
RUNS = 20


def year(*, restless: bool = True) -> Scenario:
    """An approval that is reset 156 times over 250 working days; if restless, with votes that count for nothing."""
    steps: list[dict[str, Any]] = [{"send": "submit"}, {"send": "assessed", "as": "carol"}]
    for week in range(WEEKS):
        monday = START + week * 7 * DAY
        in_vain = [{"approve": {"as": "carol"}}, {"approve": {"as": "dora"}}] if restless else []
        at_last = {"impact": "high" if week % 2 else "medium"} if restless else {"backout_plan": f"Plan {week}, third"}
        steps += [
            {"until": to_text(monday)},
            {"edit": {"backout_plan": f"Plan {week}"}},
            *in_vain,
            {"until": to_text(monday + DAY + 2 * HOUR)},
            {"edit": {"backout_plan": f"Plan {week} again"}},
            {"until": to_text(monday + 3 * DAY + HOUR)},
            {"edit": at_last},
        ]
    steps += [
        {"approve": {"as": "carol"}},
        {"approve": {"as": "dora"}},
        {"approve": {"as": "erin"}},
        {"expect": {"state": "scheduled"}},
        {"until": "2028-01-08T19:00:00Z"},
        {"task": {"id": "do", "done": True}, "as": "carol"},
        {"task": {"id": "verify", "done": True}, "as": "carol"},
        {"send": "complete", "as": "carol"},
        {"expect": {"state": "closed"}},
    ]
    fields = {
        "summary": "Swap core switch",
        "service": "email",
        "impact": "high",
        "likelihood": "high",
        "planned_start": "2028-01-08T19:00:00Z",
        "planned_end": "2028-01-08T21:00:00Z",
        "backout_plan": "Put the old one back",
    }
    given = {"now": to_text(START), "as": "alice", "fields": fields}
    return Scenario.model_validate({"scenario": "a year", "process": "change", "given": given, "steps": steps})


def run(scenario: Scenario, setting: Setting) -> ScenarioResult:
    result = play(scenario, setting, CoreDesk(setting))
    if not result.passed:
        sys.exit("\n".join(str(failure) for failure in result.failures))
    return result


def main() -> None:
    loaded = load((SHIPPED,)).or_raise()
    process = loaded.processes["change"]
    for title, scenario in (("calm", year(restless=False)), ("restless", year())):
        setting = setting_of(scenario, process.process, process.digest, loaded.organization)
        begun = time.perf_counter()
        result = run(scenario, setting)
        first = time.perf_counter() - begun
        assert result.snapshot is not None
        steps = result.snapshot.revision
        reminders = sum(notice.reason == "reminder" for notice in result.notices)
        print(f"{title}: steps of the scenario {result.steps}, of the core {steps}; reminders {reminders}")
        print(f"  first run, with everything compiled: {first * 1e3:.1f} ms")
        if "--profile" in sys.argv:
            profile = cProfile.Profile()
            profile.runcall(run, scenario, setting)
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)
            continue
        times, cpu = [], []
        for _ in range(RUNS):
            begun, begun_cpu = time.perf_counter(), time.process_time()
            run(scenario, setting)
            times.append(time.perf_counter() - begun)
            cpu.append(time.process_time() - begun_cpu)
        median = statistics.median(cpu) * 1e3
        middle, best = statistics.median(times) * 1e3, min(times) * 1e3
        print(f"  {RUNS} more: median {middle:.1f} ms, best {best:.1f} ms (aim: 50 ms)")
        print(f"  CPU: median {median:.1f} ms, {median / steps * 1e3:.0f} µs a step of the core")


if __name__ == "__main__":
    main()
