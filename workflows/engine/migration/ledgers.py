"""Clocks under another definition: they keep their ledgers, with recomputed deadlines (LANGUAGE, section 6)."""

from __future__ import annotations

from dataclasses import replace

from workflows.engine import service_levels as arithmetic
from workflows.engine.draft.draft import Draft
from workflows.engine.migration.route import Route
from workflows.engine.model.clock import Clock, Run
from workflows.engine.model.timeline.clock_entries import CalendarChanged, ClockChanged, ClockRetargeted
from workflows.engine.service_levels.clocks import calendar_of, left_now, target_of


def carry_clocks(route: Route, draft: Draft) -> None:
    """Keeps every interval of every run. A clock without its service level ends as canceled, and stays readable.

    Another target or calendar has the effect of a retarget with ``keep``: elapsed time and pauses are kept, and counted
    by the new values; thresholds that are moved past fire once; a due time in the past is a breach; a breach is final.
    """
    levels = draft.compiled.process.service_levels
    for name, clock in route.before.clocks.items():
        kept = replace(clock, run=_judged(route, clock.run), earlier=_all_judged(route, clock.earlier))
        if name in levels:
            draft.clocks[name] = _going_on(route, draft, name, kept if kept != clock else clock)
        else:
            draft.clocks[name] = _ended(draft, name, kept)
    draft.entered += [state for state in draft.active_in_order if state not in route.before.configuration]


def _judged(route: Route, run: Run | None) -> Run | None:
    """A run that has ended keeps its verdict, whatever its new calendar."""
    if run is None or run.left is None or run.breached_at is not None or run.canceled:
        return run
    same = route.old.calendars.get(run.calendar) == route.new.calendars.get(run.calendar)
    return run if same else replace(run, met=True)


def _all_judged(route: Route, runs: tuple[Run, ...]) -> tuple[Run, ...]:
    return tuple(judged for run in runs if (judged := _judged(route, run)))


def _ended(draft: Draft, name: str, clock: Clock) -> Clock:
    if clock.run is None or clock.run.left is not None:
        return replace(clock, next_at=None)
    draft.say(ClockChanged(level=name, what="canceled"))
    return replace(clock, run=left_now(draft, replace(clock.run, canceled=True)), next_at=None)


def _going_on(route: Route, draft: Draft, name: str, clock: Clock) -> Clock:
    run = clock.run
    if run is None or run.left is not None:
        return clock
    level, before = draft.compiled.process.service_levels[name], route.old.process.service_levels.get(name)
    key, target = target_of(draft, name, level)
    if (key, target) != (run.key, run.target):
        draft.say(ClockRetargeted(level=name, from_=run.target, to=target))
        run = arithmetic.change_target(run, target, key)
    if before is None or before.calendar != level.calendar:
        calendar = calendar_of(draft, name, level)
        if calendar != run.calendar:
            draft.say(CalendarChanged(level=name, from_=run.calendar, to=calendar))
            run = replace(run, calendar=calendar)
    looked_at = draft.now if run.target is not None and not run.is_paused else None
    return replace(clock, run=run, next_at=looked_at)
