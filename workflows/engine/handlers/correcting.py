"""Corrections: a step has really happened at another time, and service levels are judged anew (LANGUAGE, section 6).

Clocks alone are judged anew. Nothing that has happened is undone: timers that have fired, votes and the times of the
timeline stay as they are, and so does every correction before this one; of two of one step the newer one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from definitions.expressions import EvaluationFailed
from definitions.times import Instant, to_text
from workflows.engine import business_time
from workflows.engine import service_levels as arithmetic
from workflows.engine.access.permissions import may_correct
from workflows.engine.chart_content import TicketContent
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.model.clock import Clock, Run, Status
from workflows.engine.model.events import Correct
from workflows.engine.model.snapshot import Correction
from workflows.engine.model.timeline.clock_entries import ClockChanged, LevelRejudged, TimeCorrected
from workflows.engine.run_to_completion import settle
from workflows.engine.service_levels import clocks

MOST = 100
"""Steps of a ticket that can be corrected, each as often as needed: it carries the newest correction of each."""
LONGEST = 1_000
"""Characters of a reason: it travels with the ticket."""
NEVER = 1 << 40


@dataclass(frozen=True, slots=True)
class KnownTime:
    """Working time until now; what is not within the calendar is far away, so that it has not been reached."""

    time: clocks.CalendarTime

    def add(self, start: Instant, duration: str) -> Instant:
        try:
            return self.time.add(start, duration)
        except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
            return NEVER

    def add_seconds(self, start: Instant, seconds: int) -> Instant:
        try:
            return self.time.add_seconds(start, seconds)
        except (business_time.BeyondHorizon, business_time.NeverOpensAgain):
            return NEVER

    def working_seconds(self, start: Instant, end: Instant) -> int:
        """Raises BeyondHorizon for a time that is past: that must be known."""
        return NEVER if end >= NEVER else self.time.working_seconds(start, end)


@dataclass(frozen=True, slots=True)
class Anew:
    """A run that was judged anew."""

    level: str
    run: Run
    before: Status
    after: Status
    passed: tuple[str, ...]
    """Thresholds that it has passed by its true times, and that have not fired."""
    lifted: bool
    breached: bool


def correct(content: TicketContent, event: Correct) -> None:
    """Raises Refused: not_permitted, comment_required, invalid_fields with the range that is allowed."""
    draft = content.draft
    _refuse_wrong(draft, event)
    recorded = _recorded(draft, event)
    try:
        anew = tuple(_anew(draft, event))
    except business_time.BeyondHorizon as beyond:
        raise Refused("guard_failed", f"calendar {beyond.calendar} of this ticket does not reach until now") from beyond
    own = Correction(event.step, recorded, event.at, draft.actor_id, draft.now, draft.revision, event.comment.strip())
    others = [one for one in draft.corrections if one.step != event.step]
    draft.corrections = tuple(sorted((*others, own), key=lambda one: one.step))
    levels = [LevelRejudged(level=one.level, run=one.run.number, was=one.before, is_=one.after) for one in anew]
    draft.say(
        TimeCorrected(
            step=own.step,
            recorded=to_text(recorded),
            effective=to_text(own.effective),
            comment=own.comment,
            levels=tuple(levels),
        )
    )
    _take(draft, anew)
    if draft.ended_at is None:
        settle(content)


def _refuse_wrong(draft: Draft, event: Correct) -> None:
    try:
        permitted = may_correct(draft, event.actor)
    except EvaluationFailed:
        permitted = False
    if not permitted:
        raise Refused("not_permitted", f"{event.actor.id} may not correct times of {draft.before.key}")
    if not event.comment.strip():
        raise Refused("comment_required", "a correction says why", ("comment",))
    if len(event.comment) > LONGEST:
        raise Refused("invalid_fields", f"a reason has at most {LONGEST} characters", ("comment",))


def _recorded(draft: Draft, event: Correct) -> Instant:
    """When the step was recorded. Raises Refused for a step or a time that can't be meant."""
    times = _times(draft)
    if event.step not in times:
        known = ", ".join(map(str, sorted(times))) or "none"
        text = f"step {event.step} has moved no service level: those that have are {known}"
        raise Refused("invalid_fields", text, ("step",))
    before = [times[step] for step in times if step < event.step]
    after = [times[step] for step in times if step > event.step]
    least, most = max([draft.before.opened_at, *before]), min([draft.now, *after])
    if not least <= event.at <= most:
        text = f"step {event.step} came between {to_text(least)} and {to_text(most)}: steps keep their order"
        raise Refused("invalid_fields", text, ("at",))
    if event.at == times[event.step]:
        raise Refused("invalid_fields", f"step {event.step} is judged at {to_text(event.at)} already", ("at",))
    known_before = {one.step: one.recorded for one in draft.corrections}
    if event.step not in known_before and len(known_before) >= MOST:
        raise Refused("invalid_fields", f"{MOST} steps of this ticket are corrected: correct one of them", ("step",))
    return known_before.get(event.step, times[event.step])


def _times(draft: Draft) -> Mapping[int, Instant]:
    """The steps that have moved a service level, by their revisions, as judged now. Raises Refused."""
    runs = [run for clock in draft.clocks.values() for run in _runs(clock)]
    times = dict(moved for run in runs for moved in arithmetic.steps_of(run))
    if 0 in times:
        text = "its service levels began under an older version, which did not keep their steps"
        raise Refused("invalid_fields", text, ("step",))
    return times


def _runs(clock: Clock) -> tuple[Run, ...]:
    return clock.earlier if clock.run is None else (*clock.earlier, clock.run)


def _anew(draft: Draft, event: Correct) -> Iterator[Anew]:
    """Every run that the step has moved, as it is by its true time."""
    for name, clock in draft.clocks.items():
        level = draft.compiled.process.service_levels.get(name)
        for run in _runs(clock):
            if event.step not in dict(arithmetic.steps_of(run)):
                continue
            time = KnownTime(clocks.time_of(draft.compiled, run))
            again, passed = arithmetic.replay(
                time, run, {event.step: event.at}, tuple(level.at) if level else (), draft.now
            )
            yield Anew(
                level=name,
                run=again,
                before=arithmetic.reading(time, run, draft.now).status,
                after=arithmetic.reading(time, again, draft.now).status,
                passed=passed,
                lifted=run.breached_at is not None and again.breached_at is None,
                breached=run.breached_at is None and again.breached_at is not None,
            )


def _take(draft: Draft, anew: tuple[Anew, ...]) -> None:
    """Puts the runs in their places. An ended ticket does nothing any more, so that nothing fires on it."""
    is_open = draft.ended_at is None
    for one in anew:
        run = replace(one.run, fired=(*one.run.fired, *one.passed)) if is_open else one.run
        clock = draft.clocks[one.level]
        is_last = clock.run is not None and clock.run.number == run.number
        earlier = tuple(run if each.number == run.number else each for each in clock.earlier)
        clock = replace(clock, run=run) if is_last else replace(clock, earlier=earlier)
        clocks.put(draft, one.level, clock)
        if one.lifted or one.breached:
            draft.say(ClockChanged(level=one.level, what="breached" if one.breached else "breach lifted"))
    for one in anew if is_open else ():
        clocks.fire_steps(draft, one.level, one.passed)
