"""A counterexample as a scenario: a shortest path to the violation, made concrete (LANGUAGE, section 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

from definitions.digest import digest as digest_of
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.breadcrumb import ordinal
from definitions.times import to_instant
from workflows.engine.compiled import compile_process
from workflows.engine.proofs.concretization import Concretization, opening_fields
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.eventually_invariants import nearest_stuck
from workflows.engine.proofs.exploration import MOST_ABSTRACT_STATES
from workflows.engine.proofs.never_invariants import find_violation
from workflows.engine.proofs.paths import PathStep, visible_steps
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.proofs.reachability import Reachability
from workflows.engine.scenarios import Setting

NOW = to_instant("2026-03-02T09:00:00Z")
"""The virtual time at which counterexamples begin: a Monday morning."""
_AUTOMATIC = ("outcome", "always", "raised", "rest")


def counterexample(
    process: Process,
    organization: Organization,
    index: int,
    digest: str | None = None,
    limit: int = MOST_ABSTRACT_STATES,
) -> str | None:
    """The YAML text of a scenario that breaks the ``index``-th invariant.

    None if the invariant holds, or if no person of the organization can take the path on the core: the path is spurious
    there, because of a guard on values that the proof does not track.
    """
    digest = digest or digest_of(process)
    found = _violation(process, organization, digest, index, limit)
    if not found:
        return None
    end = found[-1].active
    title = f"{process.process} reaches {', '.join(end)}, against its {ordinal(index + 1)} invariant"
    setting = Setting(process, digest, organization, NOW)
    for opener in organization.people:
        people = (opener, *(person for person in organization.people if person != opener))
        concretization = Concretization(setting, title[:200], opener, people, opening_fields(setting, opener, found[0]))
        if all(concretization.add(one) for one in found):
            leaves = [state for state in end if state in setting.compiled.chart.leaves]
            last = {"expect": {"state": leaves[0] if len(leaves) == 1 else leaves}}
            return yaml.safe_dump(concretization.data(last), sort_keys=False, allow_unicode=True, width=110)
    return None


def _violation(
    process: Process, organization: Organization, digest: str, index: int, limit: int
) -> tuple[PathStep, ...]:
    """The steps of a shortest path that people or time cause, each with the stable states that it leads to."""
    compiled = compile_process(process, digest, {})
    expressions = Expressions(compiled)
    invariant = process.invariants[index]
    if invariant.never is not None:
        exploration = find_violation(compiled, expressions, invariant, limit)
        path = exploration.violation
    else:
        reachability = Reachability(compiled, expressions, PossibleActors(process, organization), limit)
        exploration = reachability.exact
        stuck = nearest_stuck(reachability, index)
        path = exploration.path_to(stuck) if stuck is not None else None
    return tuple(_caused(visible_steps(exploration.prop.tracked, path))) if path else ()


def _caused(steps: Sequence[PathStep]) -> Iterator[PathStep]:
    """The steps that people or time cause; the automatic steps after each only change the states that it leads to."""
    kept: list[PathStep] = []
    for one in steps:
        if one.label.kind in _AUTOMATIC and kept:
            kept[-1] = PathStep(kept[-1].label, kept[-1].fields, one.active)
        else:
            kept.append(one)
    yield from kept
