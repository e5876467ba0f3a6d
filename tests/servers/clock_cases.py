"""The shared cases of service levels as processes and scenarios: one run of a clock each, on the language alone."""

from __future__ import annotations

from typing import Any

import yaml

from definitions.digest import digest
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.times import to_instant, to_text
from tests.paths import SHARED
from workflows.engine.scenarios import Setting, setting_of

CASES = SHARED / "cases" / "service_levels.yaml"


def cases() -> list[dict[str, Any]]:
    """Every case with the calendars of its file; none where the file is not beside this checkout."""
    if not CASES.exists():
        return []
    loaded = yaml.load(CASES.read_text(encoding="utf-8"), yaml.BaseLoader)
    return [case | {"calendars": loaded["calendars"]} for case in loaded["cases"]]


def watcher(number: int) -> str:
    """The person who is notified of the ``number``-th threshold of a case."""
    return f"watcher{number}"


def organization_of(case: dict[str, Any]) -> dict[str, Any]:
    people = ["agent", *(watcher(number) for number in range(len(thresholds_of(case))))]
    return {
        "organization": {"name": "Cases", "time_zone": case.get("time_zone", "UTC")},
        "people": {person: {"name": person.title(), "email": f"{person}@example.com"} for person in people},
        "calendars": case["calendars"],
    }


def thresholds_of(case: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = case["expect"].get("thresholds", {})
    return found


def process_of(case: dict[str, Any]) -> Process:
    """A ticket whose clock pauses while ``held`` is set, and whose target is its field ``within``."""
    targets = list(dict.fromkeys([case["target"], *(target for _, target in case.get("retargets", []))]))
    tell = {
        threshold: [{"notify": {"to": f"person:{watcher(number)}", "message": f"{threshold} is reached."}}]
        for number, threshold in enumerate(thresholds_of(case))
    }
    return Process.model_validate(
        {
            "process": "case",
            "title": "One run of a clock",
            "practice": "incident_management",
            "prefix": "CASE",
            "fields": {
                "within": {"type": "choice", "options": targets, "default": case["target"]},
                "held": {"type": "boolean", "default": False},
            },
            "may": {"edit": ["opener"]},
            "initial": "open",
            "states": {
                "open": {"on": {"leave": {"to": "left", "by": "opener"}}},
                "left": {"on": {"finish": {"to": "over", "by": "opener"}}},
                "over": {"final": True},
            },
            "service_levels": {
                "clock": {
                    "target": {"by": "ticket.within"} | {target: target for target in targets},
                    "calendar": case["calendar"],
                    "during": ["open"],
                    "pause": "ticket.held",
                    "at": tell,
                }
            },
        }
    )


def scenario_of(case: dict[str, Any]) -> Scenario:
    """Everything that happens to the clock, in order, with its reading and the people it notifies at each moment."""
    happens = _happenings(case)
    looks = _looks(case)
    rings = _rings(case)
    start = to_instant(case["start"])
    steps: list[dict[str, Any]] = [*happens.pop(start, []), *looks.pop(start, [])]
    for moment in sorted({*happens, *looks, *rings}):
        if moment in rings:
            steps += [{"until": to_text(moment - 1)}, {"expect": {"notified": []}}] if moment - 1 > start else []
        steps.append({"until": to_text(moment)})
        if moment in rings:
            told = [{"to": watcher(number)} for number in rings[moment]]
            steps.append({"expect": {"notified": told}})
        steps += [*happens.get(moment, []), *looks.get(moment, [])]
    given = {"now": to_text(start), "as": "agent", "organization": organization_of(case)}
    return Scenario.model_validate({"scenario": case["id"], "process": "case", "given": given, "steps": steps})


def _happenings(case: dict[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """What people do at each instant: a retarget, then pauses that begin or end, then leaving."""
    found: dict[int, list[dict[str, Any]]] = {}
    for moment, target in case.get("retargets", []):
        found.setdefault(to_instant(moment), []).append({"edit": {"within": target}})
    for begin, end in case.get("pauses", []):
        found.setdefault(to_instant(begin), []).append({"edit": {"held": True}})
        if end != "null":
            found.setdefault(to_instant(end), []).append({"edit": {"held": False}})
    if "left" in case:
        found.setdefault(to_instant(case["left"]), []).append({"send": "leave"})
    return found


def _looks(case: dict[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """What the clock must show at each instant, after the actions of people at that instant."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in case["expect"].get("at", []):
        status = "breached" if row["breached"] == "true" else "met" if row["clock"] == "left" else row["clock"]
        spent, whole = (int(part) for part in row["fraction"].split("/"))
        says = {
            "status": status,
            "due": row["due"],
            "elapsed": f"{row['elapsed']}s",
            "actual": f"{row['actual']}s",
            **({"remaining": f"{whole - spent}s"} if whole >= spent else {}),
        }
        found.setdefault(to_instant(row["at"]), []).append({"expect": {"service_levels": {"clock": says}}})
    if "due" in case["expect"]:
        last = max([to_instant(case["start"]), *_happenings(case)])
        due = {"expect": {"service_levels": {"clock": {"due": case["expect"]["due"]}}}}
        found.setdefault(last, []).append(due)
    return found


def _rings(case: dict[str, Any]) -> dict[int, list[int]]:
    """The thresholds that fire at each instant: those that are reached while the clock runs, the end included."""
    left = to_instant(case["left"]) if "left" in case else None
    found: dict[int, list[int]] = {}
    for number, moment in enumerate(thresholds_of(case).values()):
        if left is None or to_instant(moment) <= left:
            found.setdefault(to_instant(moment), []).append(number)
    return found


def setting_of_case(case: dict[str, Any]) -> Setting:
    process = process_of(case)
    organization = Organization.model_validate(organization_of(case))
    return setting_of(scenario_of(case), process, digest(process), organization)
