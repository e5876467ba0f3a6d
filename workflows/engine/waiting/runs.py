"""The automation of a state, from its first step to ``done`` or ``failed`` (LANGUAGE, section 4, run)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from definitions.times import Instant
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.view import View
from workflows.engine.model.automation import CancelRun, RunState
from workflows.engine.model.coming import Coming
from workflows.engine.model.events import CompleteRun
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.waiting import callbacks
from workflows.engine.waiting.run_steps import end, go_on, too_large


def enter(draft: Draft, state: str) -> None:
    """Starts the automation of an entered state."""
    if draft.compiled.states[state].run is None:
        return
    draft.runs[state] = RunState(draft.visits[state].number)
    go_on(draft, state)


def leave(draft: Draft, state: str) -> None:
    """Cancels the running automation of a state that is left."""
    run = draft.runs.get(state)
    if run is not None and run.status == "running":
        draft.runs[state] = replace(run, status="canceled", awaited=(), answers={}, callbacks=())
        draft.want(CancelRun(state, run.visit))


def look_again(_: Draft) -> None:
    """Does nothing: the time of a callback is known from the beginning."""


def remind(_: Draft) -> None:
    """Does nothing: automation has no reminders."""


def fire(draft: Draft) -> bool:
    """Fails runs whose callbacks have not come in time."""
    return callbacks.fire(draft)


def moments(snapshot: Snapshot) -> Sequence[Instant | None]:
    """The moments until which callbacks may come."""
    if not snapshot.runs:
        return ()
    return [callback.until for run in snapshot.runs.values() for callback in run.callbacks]


def coming(view: View) -> Iterator[Coming]:
    """The same moments, worded for people."""
    for place, callback in callbacks.awaited(view.runs):
        yield Coming(callback.until, f"too late for the callback of {callback.request}", place.state)


def complete(draft: Draft, event: CompleteRun) -> None:
    """Ends the run of a state by hand. Raises Refused: not_open, too_large."""
    run = draft.runs.get(event.state)
    if run is None or run.status != "running" or event.state not in draft.active_in_order:
        raise Refused("not_open", f"no automation runs in {event.state!r}")
    if reason := too_large(draft, event.saved):
        raise Refused("too_large", reason, tuple(event.saved))
    draft.want(CancelRun(event.state, run.visit))
    run = replace(run, saved={**run.saved, **event.saved})
    end(draft, event.state, run, "done" if event.failed is None else "failed", event.failed)
