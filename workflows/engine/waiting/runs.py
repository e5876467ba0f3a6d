"""The automation of a state, from its first step to ``done`` or ``failed`` (LANGUAGE, section 4, run)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from definitions.times import Instant
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.view import View
from workflows.engine.model.automation import MOST_BYTES, TOO_LATE, CancelRun, RunState
from workflows.engine.model.coming import Coming
from workflows.engine.model.events import CompleteRun
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.waiting import callbacks
from workflows.engine.waiting.run_steps import end, go_on, too_large

LONGEST_REASON = 2_000
"""The limit of characters of a reason that people give, which the ticket keeps as a problem."""
MOST_NAMED = 20
"""The limit of unknown names that a refusal lists."""


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
        yield Coming(callback.until, TOO_LATE + callback.request, place.state)


def complete(draft: Draft, event: CompleteRun) -> None:
    """Ends the run of a state by hand. Raises Refused.

    The codes: not_open; invalid_fields for results that no step saves; too_large.
    """
    run = draft.runs.get(event.state)
    if run is None or run.status != "running" or event.state not in draft.active_in_order:
        raise Refused("not_open", f"no automation runs in {event.state!r}")
    if reason := too_large(draft, event.saved):
        raise Refused("too_large", reason, tuple(event.saved))
    by = None
    if draft.compiled.interpreter >= STRICT_CORE:
        _refuse_wrong_results(draft, event)
        by = event if event.actor.id != "engine" else None
    draft.want(CancelRun(event.state, run.visit))
    run = replace(run, saved={**run.saved, **event.saved})
    end(draft, event.state, run, "done" if event.failed is None else "failed", event.failed, by)


def _refuse_wrong_results(view: View, event: CompleteRun) -> None:
    steps = view.compiled.states[event.state].run or ()
    names = tuple(step.save for step in steps if step.save)
    strange = tuple(name for name in event.saved if name not in names)
    if strange:
        saves = f"it saves {', '.join(names)}" if names else "it saves nothing"
        text = f"the automation of {event.state!r} does not save {', '.join(strange)}: {saves}"
        raise Refused("invalid_fields", text[:LONGEST_REASON], strange[:MOST_NAMED])
    size = len(json.dumps(event.saved, separators=(",", ":"), default=dict))
    if size > MOST_BYTES:
        text = f"the results have {size} bytes: a run that is completed by hand keeps {MOST_BYTES} at most"
        raise Refused("too_large", text, tuple(event.saved))
    if event.failed is not None and len(event.failed) > LONGEST_REASON:
        text = f"the reason has {len(event.failed)} characters: it has {LONGEST_REASON} at most"
        raise Refused("too_large", text, ("failed",))
