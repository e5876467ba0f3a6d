"""Problems with runs that may fail although nothing handles their outcome ``failed``.

The checks of definitions report a run with a call or a request; whether any other step may fail depends on its values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from definitions.schema.states import State
from definitions.text.problems import Problem
from definitions.text.source import Source
from workflows.engine.compiled import Compiled
from workflows.engine.failing_steps import is_unsure, may_fail, outcomes_of, surely_fails
from workflows.engine.proofs.report import path_of_state, problem_at


def unhandled_failures(compiled: Compiled, source: Source) -> Iterator[Problem]:
    """A problem for each run that may fail, where neither its state nor a state around it handles ``failed``.

    It is an error if a step surely fails, or has a condition that may fail; otherwise it is a warning.
    """
    for state_id, state in compiled.process.walk():
        if state.run is None or "failed" not in outcomes_of(compiled, state):
            continue
        if compiled.chart.candidates(state_id, "failed"):
            continue
        severity, why = _reason(compiled, state)
        message = f"the outcome 'failed' of the run is not handled: {why}"
        path = (*path_of_state(compiled, state_id), "run")
        hint = "add a transition: on: {failed: …}"
        yield problem_at(source, path, "unhandled-outcome", message, hint, severity, key=True)


def _reason(compiled: Compiled, state: State) -> tuple[Literal["error", "warning"], str]:
    """How grave the failure is, and the step that causes it."""
    steps = tuple(enumerate(state.run or (), start=1))
    for number, step in steps:
        if surely_fails(compiled, step):
            return "error", f"step {number} ({step.kind}) always fails"
        if step.when is not None and step.each is None and is_unsure(compiled, step):
            return "error", f"the condition of step {number} ({step.kind}) may fail"
    number, step = next(one for one in steps if may_fail(compiled, one[1]))
    return "warning", f"step {number} ({step.kind}) may fail"
