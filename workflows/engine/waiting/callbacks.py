"""Requests with a callback: a later callback completes them, not their answer (LANGUAGE, section 4, run).

A callback may come as soon as the request is sent, even before the answer. The latest moment is fixed when the step
begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from definitions.schema.model import Json
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import View
from workflows.engine.model.automation import Callback, CancelRun, Place, RunState
from workflows.engine.model.events import CalledBack, Ran
from workflows.engine.model.result import Refusal
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.automation_entries import CallbackReceived
from workflows.engine.waiting import run_steps


def awaited(automation: Mapping[str, RunState]) -> Iterator[tuple[Place, Callback]]:
    """Every callback that the ticket waits for, with the place of its request."""
    for state, run in automation.items():
        for callback in run.callbacks:
            yield Place(state, run.visit, run.index, callback.element), callback


def not_waited_for(snapshot: Snapshot, event: CalledBack) -> Refusal | None:
    """The refusal of a callback that no step waits for; None where a step waits for it."""
    if snapshot.ended_at is not None:
        return Refusal("ended", f"{snapshot.key} has ended")
    run = snapshot.runs.get(event.place.state)
    if run is None or run.callback_at(event.place) is None:
        return Refusal("not_open", f"nothing in {event.place.state!r} waits for this callback any more")
    return None


def called_back(draft: Draft, event: CalledBack) -> None:
    """Takes a callback that a step waits for (``not_waited_for``)."""
    place = event.place
    callback = draft.runs[place.state].callback_at(place)
    assert callback is not None  # noqa: S101  (a step waits for it)
    draft.say(CallbackReceived(state=place.state, step=place.index, element=place.element), actor="engine")
    _answer(draft, place, callback, event.result, event.failed)


def fire(draft: Draft) -> bool:
    """Fails every run whose callback is overdue; True where there was one."""
    fired = False
    for place, callback in list(awaited(draft.runs)):
        if callback.until <= draft.now and draft.runs[place.state].callback_at(place) is not None:
            _answer(draft, place, callback, failed=f"nobody has called back{_within(draft, place)}")
            fired = True
    return fired


def _within(view: View, place: Place) -> str:
    http = (view.compiled.states[place.state].run or ())[place.index].http
    return f" within {http.callback}" if http else ""


def _answer(draft: Draft, place: Place, callback: Callback, result: Json = None, failed: str | None = None) -> None:
    """Answers the step in place of the request, whose own answer is not needed any more."""
    run = draft.runs[place.state]
    if not callback.answered:
        draft.want(CancelRun(place.state, place.visit, place))
    left = tuple(one for one in run.callbacks if one is not callback)
    draft.runs[place.state] = replace(run, callbacks=left)
    run_steps.ran(draft, Ran(place, result, failed and f"{callback.request}: {failed}"))
