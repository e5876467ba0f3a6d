"""The clocks of a ticket: which run, pause, end and fire thresholds after each step (LANGUAGE, section 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from definitions.calendars.compiled_calendar import CompiledCalendar
from definitions.expressions import EvaluationFailed
from definitions.schema.model import Json
from definitions.schema.process import ServiceLevel
from definitions.times import Instant
from workflows.engine import business_time
from workflows.engine import service_levels as arithmetic
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.expressions import evaluate, holds_or_problem, value_of
from workflows.engine.draft.view import View
from workflows.engine.executable_content import perform
from workflows.engine.model.bounds import MOST_INTERVALS
from workflows.engine.model.clock import Clock, ClockReading, Run
from workflows.engine.model.coming import Coming
from workflows.engine.model.effects import ExtendCalendars
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.timeline.clock_entries import ClockChanged, ClockRetargeted, ClockStarted, ThresholdReached

UNSTARTED = Clock()
"""The clock of a service level whose ``during`` the ticket has never entered."""


@dataclass(frozen=True, slots=True)
class CalendarTime:
    """A compiled calendar as the working time of a clock."""

    calendar: CompiledCalendar

    def add(self, start: Instant, duration: str) -> Instant:
        return business_time.add(self.calendar, start, duration)

    def add_seconds(self, start: Instant, seconds: int) -> Instant:
        return business_time.add_seconds(self.calendar, start, seconds)

    def working_seconds(self, start: Instant, end: Instant) -> int:
        return business_time.working_seconds(self.calendar, start, end)


def update(draft: Draft) -> bool:
    """Updates every clock to the present state of the ticket; True if thresholds have fired, with their steps."""
    fired = False
    for name, level in draft.compiled.process.service_levels.items():
        inside = draft.ended_at is None and _is(draft, level.during, name)
        if not inside and name not in draft.clocks:
            continue  # never started, and does not start now
        fired = _reach_before_leaving(draft, name, level, inside) or fired
        moved = _moved(draft, name, level, draft.clocks.get(name, UNSTARTED), inside)
        fired = _tick(draft, name, level, moved) or fired
    draft.entered.clear()
    return fired


def fire(draft: Draft) -> None:
    """Fires the thresholds that are due, before anything else that is due at this instant."""
    for name, level in draft.compiled.process.service_levels.items():
        if name in draft.clocks:
            _tick(draft, name, level, draft.clocks[name])


def moments(snapshot: Snapshot) -> Sequence[Instant | None]:
    """When something happens to a clock next."""
    return [clock.next_at for clock in snapshot.clocks.values()]


def coming(view: View) -> Iterator[Coming]:
    """The same, for people."""
    for name, clock in view.clocks.items():
        if clock.next_at is not None:
            title = view.compiled.process.service_levels[name].title
            yield Coming(clock.next_at, f"service level: {title or name}", "")


def readings(compiled: Compiled, snapshot: Snapshot, at: Instant) -> dict[str, ClockReading]:
    """The measurement of every service level of the ticket at ``at`` (UTC seconds)."""
    return {
        name: reading_of(compiled, run, at) if (run := _run(snapshot, name)) else ClockReading("waiting")
        for name in compiled.process.service_levels
    }


def reading_of(compiled: Compiled, run: Run, at: Instant) -> ClockReading:
    """The measurement of a run; without a due time if that lies beyond the compiled calendar.

    Raises BeyondHorizon if ``at`` lies beyond the calendar.
    """
    time = time_of(compiled, run)
    try:
        return arithmetic.reading(time, run, at)
    except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
        return arithmetic.reading(time, replace(run, target=None), at)


def ledger(compiled: Compiled, snapshot: Snapshot, name: str, at: Instant) -> tuple[arithmetic.Ledger, ...]:
    """Every running, paused and stopped stretch of the present run, with its cause; they add up to the second."""
    run = _run(snapshot, name)
    return arithmetic.ledger(time_of(compiled, run), run, at) if run else ()


def _run(snapshot: Snapshot, name: str) -> Run | None:
    clock = snapshot.clocks.get(name)
    return clock.run if clock else None


def time_of(compiled: Compiled, run: Run) -> CalendarTime:
    """The working time of the calendar by which a run counts."""
    return CalendarTime(compiled.calendars.get(run.calendar, compiled.zone))


def _reach_before_leaving(draft: Draft, name: str, level: ServiceLevel, inside: bool) -> bool:
    """Fires the thresholds that a run reaches, or is moved past, in the step that ends it."""
    clock = draft.clocks.get(name, UNSTARTED)
    if inside or clock.run is None or clock.run.left is not None or _is_canceled(draft, level):
        return False
    return _tick(draft, name, level, _laid_on(draft, _retargeted(draft, name, level, clock, clock.run)))


def _laid_on(draft: Draft, clock: Clock) -> Clock:
    """The clock with a new interval if this step has changed its target."""
    assert clock.run is not None  # noqa: S101  (the caller has checked)
    laid = arithmetic.lay(clock.run, clock.run.intervals[-1].kind, draft.now, draft.cause, draft.revision)
    return clock if laid is clock.run else replace(clock, run=laid)


def _moved(draft: Draft, name: str, level: ServiceLevel, clock: Clock, inside: bool) -> Clock:
    """The clock after the step: its run is begun, ended, canceled, retargeted, paused or resumed."""
    run = clock.run
    if _is_canceled(draft, level):
        if run is not None and run.left is None:
            draft.say(ClockChanged(level=name, what="canceled"))
            run = left_now(draft, replace(run, canceled=True))
        clock = replace(clock, run=run, barred=True)
    if clock.barred and (not inside or _is_entered_anew(draft, level)):
        clock = replace(clock, barred=False)
    if run is None or run.left is not None:
        return _begun(draft, name, level, clock) if inside and not clock.barred else clock
    if not inside:
        return replace(clock, run=_judged(draft, name, run))
    clock = _retargeted(draft, name, level, clock, run)
    run = clock.run or run
    paused = level.pause is not None and _is(draft, level.pause, name)
    paused = paused and (run.is_paused or _has_room(draft, name, run))
    if paused != run.is_paused:
        draft.say(ClockChanged(level=name, what="paused" if paused else "resumed"))
    laid = arithmetic.lay(run, "paused" if paused else "running", draft.now, draft.cause, draft.revision)
    return clock if laid is clock.run else replace(clock, run=laid)


def _is_canceled(draft: Draft, level: ServiceLevel) -> bool:
    return bool(draft.entered) and draft.compiled.is_in(draft.entered, level.cancel)


def _is_entered_anew(draft: Draft, level: ServiceLevel) -> bool:
    """Whether ``during`` is entered again after ``cancel``: its states are left, or one of ``during`` came later."""
    is_in = draft.compiled.is_in
    if not is_in(draft.active_in_order, level.cancel):
        return True
    during = () if isinstance(level.during, str) else level.during
    last = next((one for one in reversed(draft.entered) if is_in((one,), (*during, *level.cancel))), None)
    return last is not None and not is_in((last,), level.cancel)


def _judged(draft: Draft, name: str, run: Run) -> Run:
    """The run at its end: met before its due time, and breached otherwise, even while paused."""
    run = left_now(draft, run)
    if run.breached_at is None and reading_of(draft.compiled, run, draft.now).status == "breached":
        run = replace(run, breached_at=draft.now)
        draft.say(ClockChanged(level=name, what="breached"))
    draft.say(ClockChanged(level=name, what="met" if run.breached_at is None else "ended"))
    return run


def _is(draft: Draft, where: str | Sequence[str], name: str) -> bool:
    """Whether ``during`` or ``pause`` applies: an expression as text, or a list of states and ``tag:x``."""
    if isinstance(where, str):
        return holds_or_problem(draft, where, f"service level {name}")
    return draft.compiled.is_in(draft.active_in_order, where)


def left_now(draft: Draft, run: Run) -> Run:
    """The run, ended at this moment."""
    last = replace(run.intervals[-1], end=draft.now)
    return replace(run, left=draft.now, ended_in=draft.revision, intervals=(*run.intervals[:-1], last))


def _begun(draft: Draft, name: str, level: ServiceLevel, clock: Clock) -> Clock:
    """The clock on entry of ``during``: with a first run, or, by ``again``, the same run, a new one or none."""
    run = clock.run
    if run is not None and level.again == "never":
        return clock
    if run is not None and level.again == "resume" and not run.canceled and _has_room(draft, name, run):
        draft.say(ClockChanged(level=name, what="resumed"))
        back = replace(run, left=None, ended_in=0, met=False)
        away = arithmetic.lay(back, "away", run.left or draft.now, "left", run.ended_in)
        clock = _retargeted(draft, name, level, replace(clock, run=away), away)
        same = clock.run is not None and clock.run.number == away.number
        return replace(clock, run=_going(draft, level, clock.run or away, name)) if same else clock
    earlier = (*clock.earlier, run) if run is not None else clock.earlier
    return _new_run(draft, name, level, replace(clock, earlier=earlier))


def _going(draft: Draft, level: ServiceLevel, run: Run, name: str) -> Run:
    paused = level.pause is not None and _is(draft, level.pause, name)
    return arithmetic.lay(run, "paused" if paused else "running", draft.now, draft.cause, draft.revision)


def _new_run(draft: Draft, name: str, level: ServiceLevel, clock: Clock) -> Clock:
    key, target = target_of(draft, name, level)
    earlier = _newest(clock.earlier) if draft.is_strict else clock.earlier
    number = earlier[-1].number + 1 if earlier else 1
    run = Run(number, draft.now, calendar_of(draft, name, level), target, key)
    draft.say(ClockStarted(level=name, target=target))
    return replace(clock, run=_going(draft, level, run, name), earlier=earlier)


def _newest(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The newest runs whose intervals a clock has room for, and the last run in any case; the records have all."""
    kept, room = len(runs), MOST_INTERVALS
    for run in reversed(runs):
        room -= len(run.intervals)
        if room < 0:
            break
        kept -= 1
    return runs[min(kept, len(runs) - 1) :] if runs else runs


def _has_room(draft: Draft, name: str, run: Run) -> bool:
    """Whether a run may have another pause, return or target. A run without room goes on as it is, or ends for good."""
    if len(run.intervals) < MOST_INTERVALS or not draft.is_strict:
        return True
    text = f"service level {name}: run {run.number} has {len(run.intervals):,} intervals, and takes no more of them"
    draft.report_problem("too_many", text)
    return False


def calendar_of(draft: Draft, name: str, level: ServiceLevel) -> str:
    """The name of the calendar for a run that begins now."""
    calendar = str(value_of(draft, level.calendar) or "always")
    if calendar in draft.compiled.calendars:
        return calendar
    draft.report_problem(
        "no_calendar", f"service level {name}: the ticket has no calendar {calendar!r}: counted as always open"
    )
    return "always"


def target_of(draft: Draft, name: str, level: ServiceLevel) -> tuple[str | None, str | None]:
    """The key and the duration of the present target; the duration is None if no row matches."""
    if isinstance(level.target, str):
        return None, level.target
    try:
        value = evaluate(draft, level.target["by"])
    except EvaluationFailed as failure:
        draft.report_problem("no_target", f"service level {name}: {failure}")
        return None, None
    key = _text(value)
    found = level.target.get(key) if key is not None and key not in ("by", "default") else None
    found = found or level.target.get("default")
    return key, None if found in (None, "none") else found


def _text(value: Json) -> str | None:
    if value is None or isinstance(value, list | dict):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retargeted(draft: Draft, name: str, level: ServiceLevel, clock: Clock, run: Run) -> Clock:
    key, target = target_of(draft, name, level)
    if (key, target) == (run.key, run.target):
        return clock
    begins_anew = level.retarget == "restart" and key != run.key
    if not begins_anew and not _has_room(draft, name, run):
        return clock
    draft.say(ClockRetargeted(level=name, from_=run.target, to=target))
    if begins_anew:
        ended = left_now(draft, replace(run, canceled=True))
        return _new_run(draft, name, level, replace(clock, earlier=(*clock.earlier, ended)))
    return replace(clock, run=arithmetic.change_target(clock.run or run, target, key))


def _is_quiet(clock: Clock, run: Run, level: ServiceLevel, now: Instant) -> bool:
    """Whether an unchanged clock reaches nothing by ``now``, so that nothing needs to be computed."""
    if run.is_paused or run.left is not None or run.target is None:
        return True
    if clock.next_at is None:  # all thresholds have fired, or its calendar must be extended first
        return run.breached_at is not None and len(run.fired) == len(level.at)
    return now < clock.next_at


def _fired(draft: Draft, level: ServiceLevel, clock: Clock) -> tuple[Run, tuple[str, ...]]:
    run = clock.run
    assert run is not None  # noqa: S101  (callers have one)
    try:
        return arithmetic.fire_through(time_of(draft.compiled, run), run, tuple(level.at), draft.now)
    except business_time.BeyondHorizon as beyond:
        draft.want(ExtendCalendars(beyond.needed_until))
    except business_time.NeverOpensAgain:
        pass  # never due: ``put`` reports that as a problem
    return run, ()


def _tick(draft: Draft, name: str, level: ServiceLevel, clock: Clock) -> bool:
    """Fires the thresholds that are reached, and computes the next moment."""
    before = clock.run
    if before is None and clock is not UNSTARTED and clock != draft.clocks.get(name, UNSTARTED):
        draft.clocks[name] = clock
    if before is None or (clock is draft.clocks.get(name) and _is_quiet(clock, before, level, draft.now)):
        return False
    run, fired = _fired(draft, level, clock)
    put(draft, name, replace(clock, run=run))
    if run.breached_at is not None and before.breached_at is None and run.left is None:
        draft.say(ClockChanged(level=name, what="breached"), actor="engine")
    fire_steps(draft, name, fired)
    return bool(fired)


def put(draft: Draft, name: str, clock: Clock) -> None:
    """Stores a clock, with the moment of its next threshold or due time."""
    level, run, next_at = draft.compiled.process.service_levels.get(name), clock.run, None
    try:
        if run is not None and level is not None:
            next_at = arithmetic.next_moment(time_of(draft.compiled, run), run, tuple(level.at), draft.now)
    except business_time.BeyondHorizon as beyond:
        draft.want(ExtendCalendars(beyond.needed_until))
    except business_time.NeverOpensAgain as never:
        draft.report_problem("never_due", f"service level {name}: {never}")
    draft.clocks[name] = replace(clock, next_at=next_at)


def fire_steps(draft: Draft, name: str, thresholds: Sequence[str]) -> None:
    """Records the thresholds that are reached, in order, and performs their steps."""
    for threshold in thresholds:
        draft.say(ThresholdReached(level=name, at=threshold), actor="engine")
        steps = draft.compiled.process.service_levels[name].at[threshold]
        perform(draft, steps, f"service_level.{name}", f"at {threshold}")
