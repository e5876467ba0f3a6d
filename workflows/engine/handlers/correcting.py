"""Corrects the time of a revision and judges service levels by the true time (LANGUAGE, section 6).

Only clocks are judged anew. Nothing is undone: fired timers, votes, the times of the timeline and earlier corrections
stay as they are. The newest correction of a revision counts.
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
"""The limit of corrected revisions on a ticket, which carries the newest correction of each; each may be repeated."""
LONGEST = 1_000
"""The limit of characters of a reason, which travels with the ticket."""
NEVER = 1 << 40


@dataclass(frozen=True, slots=True)
class KnownTime:
    """Working time until now. A moment beyond the calendar counts as far away, and so as not yet reached."""

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
        """Working seconds between two moments. Raises BeyondHorizon where the calendar does not cover a past time."""
        return NEVER if end >= NEVER else self.time.working_seconds(start, end)


@dataclass(frozen=True, slots=True)
class Anew:
    """A run judged anew."""

    level: str
    run: Run
    before: Status
    after: Status
    passed: tuple[str, ...]
    """Thresholds that the run has passed by its true times, but that have not fired."""
    lifted: bool
    breached: bool


def correct(content: TicketContent, event: Correct) -> None:
    """Corrects the time of a revision.

    Raises Refused: not_permitted, comment_required, invalid_fields with the allowed range, guard_failed.
    """
    draft = content.draft
    _refuse_wrong(draft, event)
    recorded = _recorded(draft, event)
    try:
        anew = tuple(_anew(draft, event))
    except business_time.BeyondHorizon as beyond:
        raise Refused("guard_failed", f"calendar {beyond.calendar} of this ticket ends before now") from beyond
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
        raise Refused("comment_required", "a correction needs a reason", ("comment",))
    if len(event.comment) > LONGEST:
        raise Refused("invalid_fields", f"a reason has at most {LONGEST} characters", ("comment",))


def _recorded(draft: Draft, event: Correct) -> Instant:
    """When the revision was recorded. Raises Refused for a revision or a time that can't be corrected so."""
    times = _times(draft)
    if event.step not in times:
        known = ", ".join(map(str, sorted(times))) or "none"
        text = f"revision {event.step} has moved no service level; revisions that have: {known}"
        raise Refused("invalid_fields", text, ("step",))
    before = [times[step] for step in times if step < event.step]
    after = [times[step] for step in times if step > event.step]
    least, most = max([draft.before.opened_at, *before]), min([draft.now, *after])
    if not least <= event.at <= most:
        text = f"revision {event.step} lies between {to_text(least)} and {to_text(most)}: revisions keep their order"
        raise Refused("invalid_fields", text, ("at",))
    if event.at == times[event.step]:
        raise Refused("invalid_fields", f"revision {event.step} already has the time {to_text(event.at)}", ("at",))
    known_before = {one.step: one.recorded for one in draft.corrections}
    if event.step not in known_before and len(known_before) >= MOST:
        text = f"{MOST} revisions of this ticket are already corrected: only these can be corrected again"
        raise Refused("invalid_fields", text, ("step",))
    return known_before.get(event.step, times[event.step])


def _times(draft: Draft) -> Mapping[int, Instant]:
    """The revisions that have moved a service level, with the times by which they are judged. Raises Refused."""
    runs = [run for clock in draft.clocks.values() for run in _runs(clock)]
    times = dict(moved for run in runs for moved in arithmetic.steps_of(run))
    if 0 in times:
        text = "the service levels of this ticket began under an older version, which did not record their revisions"
        raise Refused("invalid_fields", text, ("step",))
    return times


def _runs(clock: Clock) -> tuple[Run, ...]:
    return clock.earlier if clock.run is None else (*clock.earlier, clock.run)


def _anew(draft: Draft, event: Correct) -> Iterator[Anew]:
    """Every run that the revision has moved, judged by its true time."""
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
    """Puts the judged runs on the draft. On an ended ticket no threshold fires."""
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
