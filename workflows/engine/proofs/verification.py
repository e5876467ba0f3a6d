"""Verification: all proofs of a process, and the warnings from their explorations."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.digest import digest as digest_of
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.proofs.assignees import unassigned_work
from workflows.engine.proofs.domains import MOST_WORK, Expressions
from workflows.engine.proofs.eventually_invariants import prove_eventually
from workflows.engine.proofs.exploration import MOST_ABSTRACT_STATES
from workflows.engine.proofs.lint import lint
from workflows.engine.proofs.never_invariants import prove_never
from workflows.engine.proofs.possible_actors import PossibleActors
from workflows.engine.proofs.reachability import Reachability
from workflows.engine.proofs.unhandled_failures import unhandled_failures


def prove(
    process: Process,
    source: Source,
    organization: Organization,
    digest: str | None = None,
    limit: int = MOST_ABSTRACT_STATES,
    most_work: int = MOST_WORK,
) -> list[Problem]:
    """A problem for every invariant of a checked process that is broken or not proved, and warnings, sorted by place.

    ``digest`` is the digest of the process, computed if not given; ``limit`` bounds the abstract states of each proof,
    and ``most_work`` the guards and steps of all of them.
    """
    compiled = compile_process(process, digest or digest_of(process), {})
    return sorted(_problems(compiled, source, organization, limit, Expressions(compiled, most_work)))


def _problems(
    compiled: Compiled, source: Source, organization: Organization, limit: int, expressions: Expressions
) -> Iterator[Problem]:
    actors = PossibleActors(compiled.process, organization)
    reachability = Reachability(compiled, expressions, actors, limit)
    for index, invariant in enumerate(compiled.process.invariants):
        if invariant.never is not None:
            yield from prove_never(compiled, expressions, source, index, limit)
        if invariant.eventually:
            yield from prove_eventually(reachability, source, index)
    yield from unassigned_work(reachability, source)
    yield from unhandled_failures(compiled, source)
    yield from lint(reachability, source)
