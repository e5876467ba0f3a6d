"""A broken invariant as a scenario: a shortest path to it, which the scenario runner replays (LANGUAGE, section 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

from definitions.digest import digest as digest_of
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.breadcrumb import ordinal
from definitions.times import to_instant
from workflows.engine.compiled import compile_process
from workflows.engine.proofs.concretization import Rehearsal, opening_fields
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.eventually_invariants import nearest_stuck
from workflows.engine.proofs.exploration import MOST_SITUATIONS
from workflows.engine.proofs.never_invariants import find_violation
from workflows.engine.proofs.paths import Told, steps_told
from workflows.engine.proofs.possible_actors import Somebody
from workflows.engine.proofs.reachability import Everything
from workflows.engine.scenarios import Setting

NOW = to_instant("2026-03-02T09:00:00Z")
"""When counterexamples begin: a Monday morning."""
_OF_THEMSELVES = ("outcome", "always", "raised", "rest")


def counterexample(
    process: Process, organization: Organization, index: int, digest: str | None = None, limit: int = MOST_SITUATIONS
) -> str | None:
    """The YAML text of a scenario that breaks the ``index``-th invariant.

    None where the invariant holds, and where the core does not follow the path with anybody of the organization: a
    guard on values that the proof does not tell apart may forbid it.
    """
    digest = digest or digest_of(process)
    found = _broken(process, organization, digest, index, limit)
    if not found:
        return None
    end = found[-1].active
    title = f"{process.process} comes to {', '.join(end)}, against its {ordinal(index + 1)} invariant"
    setting = Setting(process, digest, organization, NOW)
    for opener in organization.people:
        people = (opener, *(person for person in organization.people if person != opener))
        rehearsal = Rehearsal(setting, title[:200], opener, people, opening_fields(setting, opener, found[0]))
        if all(rehearsal.do(one) for one in found):
            leaves = [state for state in end if state in setting.compiled.chart.leaves]
            last = {"expect": {"state": leaves[0] if len(leaves) == 1 else leaves}}
            return yaml.safe_dump(rehearsal.data(last), sort_keys=False, allow_unicode=True, width=110)
    return None


def _broken(process: Process, organization: Organization, digest: str, index: int, limit: int) -> tuple[Told, ...]:
    """What is done on the shortest path, each with where it leads once the ticket has come to rest."""
    compiled = compile_process(process, digest, {})
    expressions = Expressions(compiled)
    invariant = process.invariants[index]
    if invariant.never is not None:
        exploration = find_violation(compiled, expressions, invariant, limit)
        path = exploration.violation
    else:
        everything = Everything(compiled, expressions, Somebody(process, organization), limit)
        exploration = everything.exact
        stuck = nearest_stuck(everything, index)
        path = exploration.path_to(stuck) if stuck is not None else None
    return tuple(_done(steps_told(exploration.question.tracked, path))) if path else ()


def _done(steps: Sequence[Told]) -> Iterator[Told]:
    """Only what somebody does or waits for; what follows of itself is where that leads."""
    kept: list[Told] = []
    for one in steps:
        if one.move.kind in _OF_THEMSELVES and kept:
            kept[-1] = Told(kept[-1].move, kept[-1].fields, one.active)
        else:
            kept.append(one)
    yield from kept
