"""The steps of a state's automation, one after the other: requested, answered, saved (LANGUAGE, section 4, run).

A callback completes its request (``waiting.callbacks``); the answer to the request does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from definitions.durations import parse_duration
from definitions.expressions import EvaluationFailed
from definitions.schema.model import Json
from definitions.schema.steps import RunStep
from definitions.schema.waiting import WorkOutcome
from definitions.text.breadcrumb import ordinal
from definitions.times import Instant, to_text
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import NO_EACH, holds
from workflows.engine.draft.fields import BadFields
from workflows.engine.draft.view import View
from workflows.engine.executable_content import attempt, elements_of, perform, to_do
from workflows.engine.model.automation import (
    MOST_BYTES,
    MOST_ELEMENTS,
    Automate,
    CallAction,
    Callback,
    CancelRun,
    HttpRequest,
    Place,
    RunState,
)
from workflows.engine.model.bounds import LONGEST_PROBLEM, MOST_SAVED_BYTES, bytes_of, cut
from workflows.engine.model.events import CompleteRun, Ran
from workflows.engine.model.snapshot import Outcome
from workflows.engine.model.timeline.automation_entries import CallbackAwaited, RunEnded, RunStepDone


def ran(draft: Draft, answer: Ran) -> bool:
    """Takes the result of a step, or of one element of its ``each``; False where the result is too late."""
    place = answer.place
    run = draft.runs.get(place.state)
    if run is None or run.status != "running" or not _is_awaited(run, place):
        return False
    callback = run.callback_at(place)
    if callback is not None and answer.failed is None:
        return _asked_for(draft, place, run, callback)
    step = _steps(draft, place.state)[run.index]
    if place.element is not None:
        return _one_of_each(draft, answer, run, step, place.element)
    if answer.failed is not None:
        end(draft, place.state, run, "failed", answer.failed)
        return True
    _next(draft, place.state, run, step, answer.result)
    return True


def _asked_for(draft: Draft, place: Place, run: RunState, callback: Callback) -> bool:
    """Notes that the other side has accepted the request and will call back."""
    if callback.answered:
        return False
    answered = tuple(replace(one, answered=True) if one is callback else one for one in run.callbacks)
    draft.runs[place.state] = replace(run, callbacks=answered)
    until = to_text(callback.until)
    awaited = CallbackAwaited(state=place.state, step=place.index, element=callback.element, callback_until=until)
    draft.say(awaited, actor="engine")
    return True


def _is_awaited(run: RunState, place: Place) -> bool:
    """Whether the run waits for the answer of this place."""
    if (run.visit, run.index) != (place.visit, place.index):
        return False
    return not run.awaited if place.element is None else place.element in run.awaited


def _one_of_each(draft: Draft, answer: Ran, run: RunState, step: RunStep, element: int) -> bool:
    """Takes the answer of one element. A failure fails the run and cancels the other elements."""
    state = answer.place.state
    failed = answer.failed and f"{ordinal(element + 1)} element of each: {answer.failed}"
    answers = {**run.answers, element: answer.result if step.save else None}
    size = len(json.dumps([*answers.values()], separators=(",", ":")))
    if not failed and size > MOST_BYTES:
        failed = f"the results of step {run.index + 1} have {size} bytes: a ticket keeps {MOST_BYTES} at most"
    if failed:
        draft.want(CancelRun(state, run.visit))
        end(draft, state, run, "failed", failed)
        return True
    awaited = tuple(one for one in run.awaited if one != element)
    if awaited:
        draft.runs[state] = replace(run, awaited=awaited, answers=answers)
    else:
        _next(draft, state, run, step, [answers[one] for one in sorted(answers)])
    return True


def _next(draft: Draft, state: str, run: RunState, step: RunStep, result: Json) -> None:
    """Saves the result of a step, and continues with the next step; a result that is too large fails the run."""
    if step.save and (reason := too_large(draft, {step.save: result})):
        end(draft, state, run, "failed", f"step {run.index + 1}: {reason}")
        return
    saved = {**run.saved, step.save: result} if step.save else run.saved
    draft.say(RunStepDone(state=state, step=run.index, saved=step.save), actor="engine")
    draft.runs[state] = replace(run, index=run.index + 1, saved=saved, awaited=(), answers={}, callbacks=())
    go_on(draft, state)


def too_large(draft: Draft, added: Mapping[str, Json]) -> str:
    """Why the ticket can't save results beside those that it has; empty where it can."""
    size = sum(bytes_of(run.saved) for run in draft.runs.values()) + bytes_of(added)
    if size <= MOST_SAVED_BYTES or not draft.is_strict:
        return ""
    return f"all saved results would have {size:,} bytes: a ticket keeps {MOST_SAVED_BYTES:,} at most"


def go_on(draft: Draft, state: str) -> None:
    """Performs steps up to the next step that waits, and adds its effects; ``done`` after the last step."""
    steps = _steps(draft, state)
    run = draft.runs[state]
    while run.index < len(steps):
        step = steps[run.index]
        try:
            wanted = _wanted(draft, state, run, step)
            effects = [_automate(draft, step, place, what) for place, what in wanted]
            draft.check_fan_out(effects)
        except (EvaluationFailed, BadFields) as failure:
            end(draft, state, run, "failed", f"step {run.index + 1}: {failure}")
            return
        if wanted:
            awaited = tuple(place.element for place, _ in wanted if place.element is not None)
            until = _until(draft, step.http.callback) if step.http and step.http.callback else None
            callbacks = [Callback(what.title, until, place.element) for place, what in wanted if until is not None]
            draft.runs[state] = replace(run, awaited=awaited, callbacks=tuple(callbacks))
            for effect in effects:
                draft.want(replace(effect, callback_until=until))
            return
        nothing: dict[str, Json] = {step.save: []} if step.each is not None and step.save else {}
        run = draft.runs[state] = replace(run, index=run.index + 1, saved={**run.saved, **nothing})
    end(draft, state, run, "done", None)


def _wanted(draft: Draft, state: str, run: RunState, step: RunStep) -> list[tuple[Place, CallAction | HttpRequest]]:
    """The actions or requests that a step waits for: none, one, or one for each element where ``when`` holds.

    Other steps are performed at once. If such a step fails, the run fails, as it does with a call. Raises
    EvaluationFailed or BadFields.
    """
    if step.each is not None and (step.call or step.http):
        return list(_of_each(draft, Place(state, run.visit, run.index), step))
    if step.each is None and not holds(draft, step.when):
        return []
    what = to_do(draft, step, NO_EACH)
    if what is None:
        if draft.is_strict:
            attempt(draft, step, state)
        else:
            perform(draft, (step,), state, "run")
        return []
    return [(Place(state, run.visit, run.index), what)]


def _of_each(view: View, place: Place, step: RunStep) -> Iterator[tuple[Place, CallAction | HttpRequest]]:
    elements = list(elements_of(view, step))
    if len(elements) > MOST_ELEMENTS:
        raise EvaluationFailed(f"each has {len(elements)} elements: a step waits for at most {MOST_ELEMENTS} at once")
    for number, each in enumerate(elements):
        what = to_do(view, step, each) if holds(view, step.when, each) else None
        if what is not None:
            yield replace(place, element=number), what


def _automate(view: View, step: RunStep, place: Place, what: CallAction | HttpRequest) -> Automate:
    identity = f"{view.before.key}:{place.state}:{place.visit}:{place.index}"
    if place.element is not None:
        identity += f":{place.element}"
    return Automate(identity, what, parse_duration(step.timeout).nominal_seconds, step.retry, place)


def _until(view: View, duration: str) -> Instant:
    """The moment a duration from now: exact time, with days by the organization's wall clock."""
    span = parse_duration(duration)
    if span.exact_seconds is not None:
        return view.now + span.exact_seconds
    return view.compiled.wall_clock.add_days(view.now, span.whole_days)


def end(
    draft: Draft,
    state: str,
    run: RunState,
    status: WorkOutcome,
    reason: str | None,
    by_hand: CompleteRun | None = None,
) -> None:
    """Ends the automation of a state, and reports a failure as a problem.

    The timeline names the person who has ended it ``by_hand``, with the results that they have given.
    """
    reason = cut(reason, LONGEST_PROBLEM) if reason is not None and draft.is_strict else reason
    draft.runs[state] = replace(run, status=status, reason=reason, awaited=(), answers={}, callbacks=())
    saved = None if by_hand is None else dict(by_hand.saved)
    ended = RunEnded(state=state, ended=status, reason=reason, by_hand=saved)
    draft.say(ended, actor="engine" if by_hand is None else by_hand.actor.id)
    if status == "failed":
        draft.report_problem("run_failed", reason or "the automation failed", state)
    draft.outcomes.append(Outcome(state, status, draft.now))


def _steps(view: View, state: str) -> Sequence[RunStep]:
    return view.compiled.states[state].run or ()
