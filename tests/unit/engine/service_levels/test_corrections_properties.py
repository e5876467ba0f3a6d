"""Properties of corrections: service levels are a function of the steps at their true times."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.model.clock import Clock, Interval, Run
from workflows.engine.model.events import Correct, Edit, Send
from workflows.engine.service_levels.clocks import ledger

EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
PROCESS = """\
may: {correct: person:carol}
fields:
  priority: {type: choice, options: [high, low, other], default: high}
initial: new
states:
  new:
    tags: [open]
    on: {hold: held, off: away, void: voided, again: new, faster: {to: away, set: {priority: high}}}
  held: {tags: [open, waiting], on: {resume: new, off: away, slower: {to: new, set: {priority: low}}}}
  away: {on: {back: new, end: over}}
  voided: {on: {back: new, end: over}}
  over: {final: true}
service_levels:
  hours:
    target: {by: ticket.priority, high: 2h, low: 6h, default: none}
    during: [tag:open]
    pause: [tag:waiting]
    at: {50%: [{comment: half}], -30m: [{comment: soon}], 100%: [{comment: due}], +1h: [{comment: late}]}
  office: {target: 1d, calendar: office, during: [tag:open], pause: [tag:waiting], cancel: [voided], again: restart}
  days: {target: 1d, during: [new], again: resume, at: {75%: [{comment: soon}]}}
  anew: {target: {by: ticket.priority, high: 3h, default: 8h}, calendar: office, during: [tag:open], retarget: restart}
"""
EVENTS = ("hold", "resume", "off", "back", "void", "again", "faster", "slower", "high", "low", "other")
HAPPENED = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.integers(0, 6 * HOUR), st.integers(0, 6 * HOUR)), min_size=1, max_size=12
)


def happen(ticket: Ticket, name: str) -> None:
    """Sends an event, or writes the priority; the ticket may refuse either."""
    alice = ticket.actor("alice")
    ticket.do(Edit(alice, {"priority": name}) if name in ("high", "low", "other") else Send(name, alice))


def lived(names: list[str], times: list[int], end: int) -> tuple[Ticket, list[int]]:
    """A ticket after these steps, and their revisions; 0 for a refused one."""
    ticket = Ticket(PROCESS)
    revisions: list[int] = []
    for name, at in zip(names, times, strict=True):
        ticket.wait_until(at)
        before = ticket.ticket.revision
        happen(ticket, name)
        revisions.append(ticket.ticket.revision if ticket.ticket.revision > before else 0)
    ticket.wait_until(end)
    return ticket, revisions


def correct(ticket: Ticket, step: int, at: int) -> None:
    """Corrects the time of a step, if it has an effect on a clock."""
    known = {one.revision for clock in ticket.ticket.clocks.values() for run in runs(clock) for one in run.intervals}
    known |= {run.ended_in for clock in ticket.ticket.clocks.values() for run in runs(clock)} - {0}
    refusal = ticket.do(Correct(ticket.actor("carol"), step, at, "it was so"))
    if step not in known:
        assert refusal is not None and refusal.fields == ("step",)
    elif refusal is not None:
        assert "already" in refusal.reason


def runs(clock: Clock) -> tuple[Run, ...]:
    return (*clock.earlier, *((clock.run,) if clock.run else ()))


def corrected(ticket: Ticket, revisions: list[int], before: list[int], after: list[int]) -> None:
    """Corrects every step to its true time, in an order in which none overtakes another."""
    moves = list(zip(revisions, before, after, strict=True))
    for step, recorded, true in reversed(moves):
        if true > recorded:
            correct(ticket, step, true)
    for step, recorded, true in moves:
        if true < recorded:
            correct(ticket, step, true)


def told(run: Run) -> Any:
    """A run without fired thresholds and revisions, because steps of time come in between."""
    return replace(run, fired=(), ended_in=0, intervals=tuple(bare(one) for one in run.intervals))


def bare(interval: Interval) -> Interval:
    return replace(interval, revision=0)


def sums(gaps: list[int]) -> list[int]:
    times, at = [], MONDAY
    for gap in gaps:
        at += gap
        times.append(at)
    return times


@EXAMPLES
@given(happened=HAPPENED, rest=st.integers(0, 30 * HOUR))
def test_service_levels_are_a_function_of_what_has_happened(happened: list[tuple[str, int, int]], rest: int) -> None:
    """After corrections, each run equals that of a ticket with events at the true times, but for fired thresholds."""
    names = [name for name, _, _ in happened]
    recorded, true = sums([gap for _, gap, _ in happened]), sums([gap for _, _, gap in happened])
    end = max(recorded[-1], true[-1]) + rest
    late, revisions = lived(names, recorded, end)
    corrected(late, revisions, recorded, true)
    in_time, _ = lived(names, true, end)
    for name, clock in in_time.ticket.clocks.items():
        found = late.ticket.clocks[name]
        assert [told(run) for run in runs(found)] == [told(run) for run in runs(clock)], name
        assert late.reading(name) == in_time.reading(name), name
        for mine, other in zip(runs(found), runs(clock), strict=True):
            assert set(other.fired) <= set(mine.fired), name
            assert len(set(mine.fired)) == len(mine.fired)


@EXAMPLES
@given(happened=HAPPENED, rest=st.integers(0, 30 * HOUR))
def test_ledgers_add_up_after_corrections(happened: list[tuple[str, int, int]], rest: int) -> None:
    """After corrections, the ledger has no gaps and adds up to all time since the start."""
    recorded, true = sums([gap for _, gap, _ in happened]), sums([gap for _, _, gap in happened])
    end = max(recorded[-1], true[-1]) + rest
    ticket, revisions = lived([name for name, _, _ in happened], recorded, end)
    corrected(ticket, revisions, recorded, true)
    for name in ticket.ticket.clocks:
        lines = ledger(ticket.compiled, ticket.ticket, name, end)
        assert all(one.end == other.interval.start for one, other in pairwise(lines))
        reading = ticket.reading(name)
        assert sum(line.actual for line in lines) == reading.actual
        assert sum(line.working for line in lines if line.interval.kind == "running") == reading.elapsed
        fired = [data["at"] for data in ticket.said("clock") if data["what"] == "threshold" and data["level"] == name]
        runs_of = runs(ticket.ticket.clocks[name])
        assert len(fired) == sum(len(run.fired) for run in runs_of)


@EXAMPLES
@given(happened=HAPPENED, there=st.integers(0, 6 * HOUR))
def test_a_correction_can_be_taken_back(happened: list[tuple[str, int, int]], there: int) -> None:
    """A correction and its reversal leave every run unchanged, except for fired thresholds."""
    times = sums([gap for _, gap, _ in happened])
    ticket, revisions = lived([name for name, _, _ in happened], times, times[-1] + 40 * HOUR)
    before = ticket.ticket.clocks
    last, at = revisions[-1], times[-1]
    correct(ticket, last, at + there)
    correct(ticket, last, at)
    after = ticket.ticket.clocks
    assert {name: [told(run) for run in runs(clock)] for name, clock in after.items()} == {
        name: [told(run) for run in runs(clock)] for name, clock in before.items()
    }
