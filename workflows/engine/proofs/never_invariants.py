"""``never``: no path enters a protected state without its control (LANGUAGE, section 2, Invariants)."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.schema.process import Invariant
from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.compiled import Compiled
from workflows.engine.proofs.cone_of_influence import decisive_names, decisive_names_beside
from workflows.engine.proofs.domains import Expressions, TooMuchWork, inputs_of
from workflows.engine.proofs.exploration import Exploration, explore, feasible_path
from workflows.engine.proofs.paths import path_text
from workflows.engine.proofs.property import is_editable, is_outcome, never_property
from workflows.engine.proofs.report import any_of, problem_at, too_large


def find_violation(compiled: Compiled, expressions: Expressions, invariant: Invariant, limit: int) -> Exploration:
    """A path that breaks the invariant, or the proof that there is none: refinement guided by counterexamples.

    The first exploration takes every guard both ways; it is small and suffices for most proofs. If it finds a path that
    is spurious under all decisive guards, the guards beside that path are decided too, and it is repeated.
    """
    exact = never_property(compiled, expressions, invariant, decisive_names(compiled, expressions))
    names: set[str] = set()
    while True:
        found = explore(never_property(compiled, expressions, invariant, names), limit=limit)
        if found.prop.tracked == exact.tracked or (found.complete and found.violation is None):
            return found
        if found.violation is None:
            return explore(exact, limit=limit)
        try:
            same = feasible_path(exact, found.violation)
        except TooMuchWork:
            return Exploration(exact, complete=False)
        if same is not None:
            return Exploration(exact, violation=same)
        beside = (decisive_names_beside(compiled, expressions, successor.taken) for successor in found.violation)
        names |= next((more for one in beside if (more := one - set(found.prop.tracked))), set(exact.tracked))


def prove_never(
    compiled: Compiled, expressions: Expressions, source: Source, index: int, limit: int
) -> Iterator[Problem]:
    """The problems of the ``index``-th invariant, a ``never``."""
    invariant = compiled.process.invariants[index]
    place = ("invariants", index)
    if invariant.never not in compiled.states:
        return
    for field, approval in _not_reset(compiled, invariant):
        while_open = f"can be edited while the approval of '{approval}' is open"
        message = f"'{field}' {while_open}, and the votes already cast remain valid"
        hint = f"add {field} to reset_on of state '{approval}', or let nobody edit it there"
        yield problem_at(source, place, "since-not-reset", message, hint)
    found = find_violation(compiled, expressions, invariant, limit)
    if found.violation is not None:
        path = path_text(compiled, found.prop.tracked, found.violation, invariant.never or "")
        message = f"{_claim(invariant)}: {path}"
        yield problem_at(source, place, "invariant-broken", message, _way_out(invariant))
    elif not found.complete:
        yield too_large(source, place, limit, expressions)


def _claim(invariant: Invariant) -> str:
    text = f"'{invariant.never}' can be entered"
    if invariant.when:
        text += f" while {invariant.when}"
    if invariant.without:
        text += f" without {any_of(invariant.without)}"
        if invariant.since:
            text += f" since {any_of(invariant.since)}"
    return text


def _way_out(invariant: Invariant) -> str:
    if not invariant.without:
        return "remove a step of this path, or guard it"
    return f"let every path to '{invariant.never}' pass {any_of(invariant.without)}, or guard it"


def _not_reset(compiled: Compiled, invariant: Invariant) -> Iterator[tuple[str, str]]:
    """The fields of ``since`` (field, state) that can be edited without a reset of an open approval of ``without``."""
    for text in invariant.without:
        state_id, _, name = text.partition(".")
        state = compiled.states.get(state_id)
        if state is None or state.approval is None or not is_outcome(compiled, state_id, name):
            continue
        around = _active_with(compiled, state_id)
        for field in invariant.since:
            if field not in compiled.process.fields or field in compiled.states or field in state.approval.reset_on:
                continue
            for written in inputs_of(compiled, field):
                spec = compiled.process.fields[written]
                if written not in state.approval.reset_on and is_editable(compiled, spec, around):
                    yield written, state_id


def _active_with(compiled: Compiled, state: str) -> tuple[str, ...]:
    """All states that can be active together with ``state``, itself included."""
    chart = compiled.chart
    inside = {chart.root, *chart.ancestors(state)}
    found = [
        other
        for other in compiled.states
        if other == state
        or other in inside
        or chart.is_descendant(other, state)
        or chart.states[next(one for one in chart.ancestors(other) if one in inside)].kind == "parallel"
    ]
    return tuple(found)
