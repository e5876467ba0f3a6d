"""Deadlines of ``after`` (LANGUAGE, section 4): absolute, computed on entry and re-evaluated after every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from definitions.expressions import EvaluationFailed
from definitions.schema.states import Timed
from definitions.times import Instant, to_instant
from workflows.engine import business_time
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import evaluate, value_of
from workflows.engine.draft.view import View
from workflows.engine.model.coming import Coming
from workflows.engine.model.effects import ExtendCalendars
from workflows.engine.model.snapshot import Outcome, Snapshot, Timer

AFTER = "after"
"""The name of the outcome of a due timed transition."""


def deadline(draft: Draft, start: Instant, duration: str, calendar: str | None) -> Instant | None:
    """The moment a duration after ``start``; None where the calendar must first be compiled further.

    ``calendar`` may be an ``=expression``. Without a calendar the time is exact, with days by the organization's wall
    clock.
    """
    name = value_of(draft, calendar) if calendar else "always"
    compiled = draft.compiled.calendars.get(str(name))
    if compiled is None:
        draft.report_problem("no_calendar", f"this ticket does not carry calendar {name!r}: it counts as always open")
        compiled = draft.compiled.zone
    try:
        return business_time.add(compiled, start, duration)
    except business_time.BeyondHorizon as beyond:
        draft.want(ExtendCalendars(beyond.needed_until))
        return None
    except business_time.NeverOpensAgain as never:
        draft.report_problem("never_due", str(never))
        return None


def enter(draft: Draft, state: str) -> None:
    """Sets the timers of an entered state."""
    for index, timed in enumerate(draft.compiled.states[state].after):
        draft.timers.append(Timer(state, index, moment_of(draft, state, timed)))


def leave(draft: Draft, state: str) -> None:
    """Drops the timers and due outcomes of a state that is left."""
    draft.timers = [timer for timer in draft.timers if timer.state != state]
    draft.outcomes = [outcome for outcome in draft.outcomes if outcome.state != state]


def look_again(draft: Draft) -> None:
    """Computes anew moments that can move (``until``, ``for: =…``) or were unknown. A past moment is due at once."""
    for place, timer in enumerate(draft.timers):
        timed = draft.compiled.states[timer.state].after[timer.index]
        if timer.fired:
            continue
        if timer.at is None or timed.until or str(timed.for_).startswith("="):
            draft.timers[place] = replace(timer, at=moment_of(draft, timer.state, timed))
    fire(draft)


def fire(draft: Draft) -> None:
    """Turns every due timer into an outcome, in the order of their times."""
    due = [timer for timer in draft.timers if not timer.fired and timer.at is not None and timer.at <= draft.now]
    for timer in sorted(due, key=lambda timer: timer.at or 0):
        draft.timers[draft.timers.index(timer)] = replace(timer, fired=True)
        draft.outcomes.append(Outcome(timer.state, AFTER, timer.at or draft.now, timer.index))


def moments(snapshot: Snapshot) -> Sequence[Instant | None]:
    """The moments of timers that have not fired."""
    return [timer.at for timer in snapshot.timers if not timer.fired] if snapshot.timers else ()


def coming(view: View) -> Iterator[Coming]:
    """The same moments, worded for people."""
    for timer in view.timers:
        if timer.at is not None and not timer.fired:
            target = view.compiled.states[timer.state].after[timer.index].to
            yield Coming(timer.at, f"goes to {target}" if target else "timed transition", timer.state)


def moment_of(draft: Draft, state: str, timed: Timed) -> Instant | None:
    """When a timed transition of an active state is due; None while the moment is unknown."""
    try:
        if timed.until is not None:
            moment = evaluate(draft, timed.until)
            return to_instant(moment) if isinstance(moment, str) else None
        duration = value_of(draft, timed.for_)
        if not isinstance(duration, str):
            return None
        return deadline(draft, draft.visits[state].entered, duration, timed.calendar)
    except (EvaluationFailed, ValueError) as failure:
        draft.report_problem("not_timed", f"{timed.until or timed.for_}: {failure}", state)
        return None
