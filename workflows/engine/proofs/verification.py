"""All proofs of a process, and what is found on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from definitions.digest import digest as digest_of
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.compiled import Compiled, compile_process
from workflows.engine.proofs.assignees import unassigned_work
from workflows.engine.proofs.domains import Expressions
from workflows.engine.proofs.eventually_invariants import prove_eventually
from workflows.engine.proofs.exploration import MOST_SITUATIONS
from workflows.engine.proofs.lint import lint
from workflows.engine.proofs.never_invariants import prove_never
from workflows.engine.proofs.possible_actors import Somebody
from workflows.engine.proofs.reachability import Everything

if TYPE_CHECKING:
    from definitions.loading.loader import Loaded


def prove(
    process: Process,
    source: Source,
    organization: Organization,
    digest: str | None = None,
    limit: int = MOST_SITUATIONS,
) -> list[Problem]:
    """Every invariant of a checked process that does not hold, or could not be proved, sorted by place.

    ``digest`` is that of the process, computed where it is not given; ``limit`` bounds the situations of each proof.
    """
    compiled = compile_process(process, digest or digest_of(process), {})
    return sorted(_problems(compiled, source, organization, limit))


def prove_all(loaded: Loaded) -> list[Problem]:
    """The problems of all processes that could be loaded, sorted by place."""
    found = [
        problem
        for one in loaded.processes.values()
        for problem in prove(one.process, one.source, loaded.organization, one.digest)
    ]
    return sorted(found)


def _problems(compiled: Compiled, source: Source, organization: Organization, limit: int) -> Iterator[Problem]:
    expressions = Expressions(compiled)
    somebody = Somebody(compiled.process, organization)
    everything = Everything(compiled, expressions, somebody, limit)
    for index, invariant in enumerate(compiled.process.invariants):
        if invariant.never is not None:
            yield from prove_never(compiled, expressions, source, index, limit)
        if invariant.eventually:
            yield from prove_eventually(everything, source, index)
    yield from unassigned_work(everything, source)
    yield from lint(everything, source)
