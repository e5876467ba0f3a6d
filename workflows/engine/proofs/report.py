"""The results of proofs, as problems at their places in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.source import Source
from workflows.engine.compiled import Compiled, Rule
from workflows.engine.proofs.domains import Expressions


def problem_at(
    source: Source,
    path: Path,
    code: str,
    message: str,
    hint: str = "",
    severity: Literal["error", "warning"] = "error",
    *,
    key: bool = False,
) -> Problem:
    """A problem with the value at ``path``, or with its key."""
    mark = source.key_at(path) if key else source.at(path)
    return Problem(source.file, mark.line, mark.column, code, message, crumb(path), hint, severity)


def too_large(source: Source, path: Path, limit: int, expressions: Expressions) -> Problem:
    """A proof that was given up at its bound of abstract states, or at the bound of all proofs of the process."""
    done = f"{limit:,} abstract states were explored"
    if expressions.is_exhausted:
        done = f"{expressions.most_work:,} guards and steps of the process were examined"
    message = f"too large to prove: {done} without a counterexample"
    hint = "guards on fewer fields of type choice and boolean, or fewer parallel states, make it smaller"
    return problem_at(source, path, "not-proved", message, hint, "warning")


def any_of(words: Sequence[str], joint: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def path_of_state(compiled: Compiled, state: str) -> Path:
    """The path of a state in the file."""
    chart = compiled.chart
    path: Path = ()
    for one in (*reversed(chart.ancestors(state)[:-1]), state):
        path = (*path, "states", one)
    return path


def path_of_rule(compiled: Compiled, source: Source, rule: Rule) -> Path:
    """The path of a transition in the file."""
    own = path_of_state(compiled, rule.source) if rule.source else ()
    if rule.timer is not None:
        return (*own, "after", rule.timer)
    holder = compiled.states[rule.source].on if rule.source else compiled.process.on
    if rule.event is not None:
        written: Path = (*own, "on", rule.event)
        place = next(place for place, one in enumerate(holder[rule.event]) if one is rule.transition)
    else:
        written = (*own, "always")
        place = next(place for place, one in enumerate(compiled.states[rule.source].always) if one is rule.transition)
    return (*written, place) if (*written, place) in source.values else written
