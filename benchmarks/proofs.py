"""What proofs cost: the shipped processes, and generated ones of 60 states and 8 fields of three options each.

    python benchmarks/proofs.py

Of the generated ones, `line` writes its fields at the start and reads them on the way, `web` reads each field in many
states that nobody may edit, so that all combinations must be told apart, and `wall` also has a control that breaks.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import yaml

from definitions.loading.folders import SHIPPED, layers
from definitions.loading.loader import load
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.source import Source, read_source
from workflows.engine.proofs import prove

STATES = 60
FIELDS = 8
OPTIONS = ("low", "middle", "high")


def process(kind: str) -> dict[str, Any]:
    """A chain of states, each with a way on, a way ahead that a field guards, and a way back."""
    states: dict[str, Any] = {}
    for place in range(STATES):
        field = f"f{place % FIELDS}"
        on: dict[str, Any] = {"next": {"to": f"s{place + 1}" if place + 1 < STATES else "closed", "by": "everyone"}}
        if place + 3 < STATES:
            on["skip"] = {"to": f"s{place + 3}", "when": f"ticket.{field} == 'high'", "by": "everyone"}
        if place:
            back = {"to": f"s{place // 2}", "by": "everyone"}
            on["back"] = back | ({"when": f"ticket.{field} != 'low'"} if kind != "line" else {})
        states[f"s{place}"] = {"on": on}
    states["s30"] = {
        "approval": {"from": ["everyone"]},
        "on": {"approved": "s31", "rejected": "s0"} | ({"skip": "s33"} if kind == "wall" else {}),
    }
    for place in (27, 28, 29):
        states[f"s{place}"]["on"].pop("skip")
    fields = {
        f"f{number}": {"type": "choice", "options": list(OPTIONS), "editable": ["s0"]} for number in range(FIELDS)
    }
    return {
        "process": kind, "title": kind.title(), "practice": "demo", "prefix": kind.upper(), "fields": fields,
        "initial": "s0", "states": states | {"closed": {"final": True}},
        "invariants": [{"never": "s50", "without": ["s30.approved"], "when": "ticket.f1 != 'low'"},
                       {"eventually": ["closed"]}],
    }  # fmt: skip


def measured(name: str, model: Process, source: Source, organization: Organization) -> None:
    """Prints one line, and what was found below it."""
    started = perf_counter()
    problems: list[Problem] = prove(model, source, organization)
    print(f"{name:<20}{perf_counter() - started:>8.3f} s   {len(problems)} problems")
    for problem in problems:
        print(f"    {problem.code}: {problem.message}")


def main() -> None:
    loaded = load(layers(SHIPPED, standalone=True)).or_raise()
    for name, one in loaded.processes.items():
        measured(name, one.process, one.source, loaded.organization)
    for kind in ("line", "web", "wall"):
        source = read_source(yaml.safe_dump(process(kind), sort_keys=False).encode(), f"{kind}.yaml")
        if not isinstance(source, Source):
            raise SystemExit("\n".join(map(str, source)))
        measured(kind, Process.model_validate(source.data), source, loaded.organization)


if __name__ == "__main__":
    main()
