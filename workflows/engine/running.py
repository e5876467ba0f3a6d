"""The automation of a state: steps in order, results saved, ``done`` or ``failed`` (LANGUAGE, section 4, run)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from definitions.durations import parse_duration
from definitions.expressions import EvaluationFailed
from definitions.schema.steps import RunStep
from workflows.engine.automation import Automate, CancelRun, Place, RunState
from workflows.engine.draft import Draft, Refused
from workflows.engine.events import CompleteRun, Ran
from workflows.engine.guards import NO_EACH, holds
from workflows.engine.snapshot import Outcome
from workflows.engine.steps import perform, to_do

if TYPE_CHECKING:
    from collections.abc import Sequence


def enter(draft: Draft, state: str) -> None:
    """Starts the first step of a state that is entered."""
    draft.runs[state] = RunState(draft.visits[state].number)
    _go_on(draft, state)


def leave(draft: Draft, state: str) -> None:
    """Cancels what still runs in a state that is left."""
    run = draft.runs.get(state)
    if run is not None and run.status == "running":
        draft.runs[state] = replace(run, status="canceled")
        draft.want(CancelRun(state, run.visit))


def ran(draft: Draft, answer: Ran) -> bool:
    """Takes the result of a step; False where it comes too late: left, or answered before."""
    place = answer.place
    run = draft.runs.get(place.state)
    if run is None or run.status != "running" or (run.visit, run.index) != (place.visit, place.index):
        return False
    if answer.failed is not None:
        _end(draft, place.state, run, "failed", answer.failed)
        return True
    step = _steps(draft, place.state)[run.index]
    saved = {**run.saved, step.save: answer.result} if step.save else run.saved
    draft.say("run", actor="engine", state=place.state, step=run.index, saved=step.save)
    draft.runs[place.state] = replace(run, index=run.index + 1, saved=saved)
    _go_on(draft, place.state)
    return True


def complete(draft: Draft, event: CompleteRun) -> None:
    """Ends the run of a state in place of its automation. Raises Refused: not_open."""
    run = draft.runs.get(event.state)
    if run is None or run.status != "running" or event.state not in draft.active:
        raise Refused("not_open", f"no automation runs in {event.state!r}")
    draft.want(CancelRun(event.state, run.visit))
    run = replace(run, saved={**run.saved, **event.saved})
    _end(draft, event.state, run, "done" if event.failed is None else "failed", event.failed)


def _go_on(draft: Draft, state: str) -> None:
    """Performs what needs no waiting and wants the next thing that does; ``done`` after the last step."""
    steps = _steps(draft, state)
    run = draft.runs[state]
    while run.index < len(steps):
        step = steps[run.index]
        try:
            wanted = _wanted(draft, state, run, step)
        except EvaluationFailed as failure:
            _end(draft, state, run, "failed", f"step {run.index + 1}: {failure}")
            return
        if wanted is not None:
            draft.want(wanted)
            return
        run = draft.runs[state] = replace(run, index=run.index + 1)
    _end(draft, state, run, "done", None)


def _wanted(draft: Draft, state: str, run: RunState, step: RunStep) -> Automate | None:
    if not holds(draft, step.when):
        return None
    what = to_do(draft, step, NO_EACH)
    if what is None:
        perform(draft, (step,), state)
        return None
    place = Place(state, run.visit, run.index)
    identity = f"{draft.before.key}:{state}:{run.visit}:{run.index}"
    return Automate(identity, what, parse_duration(step.timeout).nominal_seconds, step.retry, place)


def _end(draft: Draft, state: str, run: RunState, status: str, reason: str | None) -> None:
    failed = status == "failed"
    draft.runs[state] = replace(run, status="failed" if failed else "done", reason=reason)
    draft.say("run", actor="engine", state=state, ended=status, reason=reason)
    if failed:
        draft.trouble("run_failed", reason or "the automation failed", state)
    draft.outcomes.append(Outcome(state, status, draft.now))


def _steps(draft: Draft, state: str) -> Sequence[RunStep]:
    return draft.compiled.states[state].run or ()
