"""Coverage of scenarios, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from api.cli.output import err, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workflows.engine.scenarios import ProcessCoverage


@dataclass(frozen=True, slots=True)
class Measures:
    """The coverage of processes, and the required percentage over all of them."""

    processes: Sequence[ProcessCoverage]
    limit: float

    @property
    def covered(self) -> int:
        return sum(one.covered for one in self.processes)

    @property
    def total(self) -> int:
        return sum(one.total for one in self.processes)

    @property
    def is_under(self) -> bool:
        return 100 * self.covered < self.limit * self.total


def print_coverage(measures: Measures) -> None:
    """Prints each process with its missed parts, then a line of totals."""
    for one in measures.processes:
        say(f"{_percent(one.covered, one.total)} {one.process}: {one.covered} of {one.total}")
        for missed in one.missed:
            say(f"     {one.file}:{missed.line} {missed.kind} {missed.name}")
    covered, total = measures.covered, measures.total
    say(f"{_percent(covered, total)} covered: {covered} of {total} states, transitions, outcomes and thresholds")
    if measures.is_under:
        err.print(f"less than {measures.limit:g}% is covered", style="red")


def coverage_document(measures: Measures) -> dict[str, Any]:
    """The coverage as JSON, for programs; ``percent`` is not rounded."""
    return {
        "covered": measures.covered,
        "total": measures.total,
        "percent": _share(measures.covered, measures.total),
        "fail_under": measures.limit,
        "processes": [
            {
                "process": one.process,
                "file": one.file,
                "covered": one.covered,
                "total": one.total,
                "percent": _share(one.covered, one.total),
                "missed": [asdict(missed) for missed in one.missed],
            }
            for one in measures.processes
        ],
    }


def _share(covered: int, total: int) -> float:
    """In percent; 100 where there is nothing to cover."""
    return 100 * covered / total if total else 100.0


def _percent(covered: int, total: int) -> str:
    """Rounded down, so that 100% means everything."""
    return f"{int(_share(covered, total)):3}%"
