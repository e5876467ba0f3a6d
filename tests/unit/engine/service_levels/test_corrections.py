"""Corrections of times on the pure core (LANGUAGE, section 6): their effects, their limits, and who may make them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from definitions.times import to_text
from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.deadlines import next_deadline
from workflows.engine.explain import explain
from workflows.engine.handlers.correcting import LONGEST, MOST
from workflows.engine.model.events import Correct, Edit
from workflows.engine.model.result import Refusal

MINUTE = 60
MAY = "may: {correct: role:chair}\n"
PROCESS = """\
fields:
  priority: {type: choice, options: [high, low], default: high}
initial: new
states:
  new: {tags: [open], on: {hold: held, resolve: resolved, drop: dropped}}
  held: {tags: [open], on: {resume: new, resolve: resolved}}
  resolved: {on: {reopen: new, close: closed}}
  closed: {final: true}
  dropped: {final: true}
"""
FIX = """\
service_levels:
  fix:
    target: {by: ticket.priority, high: 2h, low: 8h}
    during: [tag:open]
    pause: [held]
    cancel: [dropped]
    at: {50%: [{comment: half}], 100%: [{notify: {to: role:chair, message: late}}], +1h: [{comment: later}]}
"""


def opened(text: str = MAY + PROCESS + FIX, **values: Any) -> Ticket:
    return Ticket(text, **values)


def send(ticket: Ticket, name: str, after: int) -> int:
    """Sends an event so many seconds after the opening, and returns its revision."""
    ticket.wait_until(MONDAY + after)
    assert ticket.send(name) is None
    return ticket.ticket.revision


def correct(ticket: Ticket, step: int, after: int, comment: str = "it was so", by: str = "dora") -> Refusal | None:
    return ticket.do(Correct(ticket.actor(by), step, MONDAY + after, comment))


def fired(ticket: Ticket) -> list[str]:
    return [str(data["at"]) for data in ticket.said("clock") if data["what"] == "threshold"]


def test_a_hold_that_was_noted_late() -> None:
    """Put on hold at 10:05 and resolved at 10:40, noted at 11:30 and 11:35: it is judged on 10:05 and 10:40."""
    ticket = opened()
    held, resolved = send(ticket, "hold", 150 * MINUTE), send(ticket, "resolve", 155 * MINUTE)
    late = ticket.reading("fix")
    assert (late.status, late.elapsed, late.breached_at) == ("breached", 150 * MINUTE, MONDAY + 2 * HOUR)
    assert correct(ticket, held, 65 * MINUTE) is None
    assert correct(ticket, resolved, 100 * MINUTE) is None
    true = ticket.reading("fix")
    assert (true.status, true.elapsed, true.actual, true.breached_at) == ("met", 65 * MINUTE, 100 * MINUTE, None)


def test_a_correction_tells_who_why_and_what_came_of_it() -> None:
    """The timeline keeps the step with its recorded time, and has the correction with each verdict."""
    ticket = opened()
    resolved = send(ticket, "resolve", 3 * HOUR)
    before = list(ticket.audit)
    assert correct(ticket, resolved, HOUR, " by phone ") is None
    assert ticket.audit[: len(before)] == before
    (said,) = [entry for entry in ticket.audit if entry.kind == "corrected"]
    assert (said.actor, said.at) == ("dora", ticket.now)
    assert said.data == {
        "step": resolved,
        "recorded": to_text(MONDAY + 3 * HOUR),
        "effective": to_text(MONDAY + HOUR),
        "comment": "by phone",
        "levels": [{"level": "fix", "run": 1, "was": "breached", "is": "met"}],
    }
    assert ticket.said("clock")[-1] == {"level": "fix", "what": "breach lifted"}
    (kept,) = ticket.ticket.corrections
    assert (kept.step, kept.by, kept.comment, kept.revision) == (resolved, "dora", "by phone", resolved + 1)


def test_the_newest_of_two_corrections_counts() -> None:
    """A correction can be corrected: both are on the timeline, and the recorded time is the first time."""
    ticket = opened()
    resolved = send(ticket, "resolve", 3 * HOUR)
    assert correct(ticket, resolved, HOUR) is None
    assert correct(ticket, resolved, 150 * MINUTE, "no, later") is None
    assert (ticket.reading("fix").status, len(ticket.said("corrected"))) == ("breached", 2)
    (kept,) = ticket.ticket.corrections
    assert (kept.recorded, kept.effective, kept.comment) == (MONDAY + 3 * HOUR, MONDAY + 150 * MINUTE, "no, later")


def test_what_was_passed_fires_once_in_order_and_nothing_is_taken_back() -> None:
    """Thresholds that the true times have passed fire in that step, unless they have fired before."""
    ticket = opened()
    held, resumed = send(ticket, "hold", 30 * MINUTE), send(ticket, "resume", 210 * MINUTE)
    ticket.told()
    assert fired(ticket) == []
    assert correct(ticket, resumed, 90 * MINUTE) is None
    assert fired(ticket) == ["50%", "100%"]
    assert [to for to, _ in ticket.told()] == [("role:chair",)]
    assert ticket.reading("fix").breached_at == MONDAY + 3 * HOUR
    assert correct(ticket, held, 10 * MINUTE) is None
    assert correct(ticket, resumed, 200 * MINUTE) is None
    assert (fired(ticket), ticket.reading("fix").status) == (["50%", "100%"], "running")
    ticket.wait_until(MONDAY + 12 * HOUR)
    assert fired(ticket) == ["50%", "100%", "+1h"]
    assert ticket.reading("fix").breached_at == MONDAY + 310 * MINUTE


def test_deadlines_follow() -> None:
    """The next moment of a clock is that of its true times."""
    ticket = opened()
    send(ticket, "hold", 30 * MINUTE)
    resumed = send(ticket, "resume", 40 * MINUTE)
    assert next_deadline(ticket.ticket) == MONDAY + 70 * MINUTE
    assert correct(ticket, resumed, 35 * MINUTE) is None
    assert (next_deadline(ticket.ticket), ticket.reading("fix").due) == (MONDAY + 65 * MINUTE, MONDAY + 125 * MINUTE)


def test_a_run_that_was_left_fires_what_it_has_passed() -> None:
    """A resolution that came later than noted passes its thresholds, also after the clock has stopped."""
    ticket = opened()
    resolved = send(ticket, "resolve", 30 * MINUTE)
    ticket.wait_until(MONDAY + 5 * HOUR)
    assert correct(ticket, resolved, 4 * HOUR) is None
    assert (ticket.reading("fix").status, fired(ticket)) == ("breached", ["50%", "100%", "+1h"])


def test_a_retarget_moves_with_its_step() -> None:
    """Another target counts from the true time of the step that brought it."""
    ticket = opened(priority="low")
    ticket.wait_until(MONDAY + 3 * HOUR)
    assert ticket.do(Edit(ticket.actor("alice"), {"priority": "high"})) is None
    edited = ticket.ticket.revision
    assert ticket.reading("fix").breached_at == MONDAY + 3 * HOUR
    assert correct(ticket, edited, HOUR) is None
    assert ticket.reading("fix").breached_at == MONDAY + 2 * HOUR


def test_a_breach_at_the_end_of_a_pause_is_judged_again() -> None:
    """A shorter target during a pause breaches a run when it ends, even a run that is resumed later."""
    ticket = opened(priority="low")
    send(ticket, "hold", 3 * HOUR)
    assert ticket.do(Edit(ticket.actor("alice"), {"priority": "high"})) is None
    resolved = send(ticket, "resolve", 4 * HOUR)
    send(ticket, "reopen", 5 * HOUR)
    assert ticket.reading("fix").breached_at == MONDAY + 4 * HOUR
    assert correct(ticket, resolved, 200 * MINUTE) is None
    assert ticket.reading("fix").breached_at == MONDAY + 200 * MINUTE


def test_a_canceled_run_stays_canceled() -> None:
    """The true time of a cancel moves the end of a run without a verdict, unless the run was due before."""
    ticket = opened()
    dropped = send(ticket, "drop", HOUR)
    ticket.wait_until(MONDAY + 5 * HOUR)
    assert correct(ticket, dropped, 90 * MINUTE) is None
    assert (ticket.reading("fix").status, ticket.reading("fix").actual) == ("canceled", 90 * MINUTE)
    assert correct(ticket, dropped, 3 * HOUR) is None
    assert ticket.reading("fix").status == "breached"


def test_corrections_after_the_end() -> None:
    """A correction of an ended ticket changes its verdicts, fires no threshold, and notifies nobody."""
    ticket = opened()
    resolved = send(ticket, "resolve", HOUR)
    send(ticket, "close", 5 * HOUR)
    ticket.told()
    assert correct(ticket, resolved, 3 * HOUR) is None
    assert (ticket.reading("fix").status, ticket.reading("fix").breached_at) == ("breached", MONDAY + 2 * HOUR)
    assert (fired(ticket), ticket.told()) == (["50%"], [])


def test_the_range_that_is_allowed() -> None:
    """A time must lie between the steps around it, after the opening, not in the future: the refusal has the range."""
    ticket = opened()
    held, resumed = send(ticket, "hold", HOUR), send(ticket, "resume", 90 * MINUTE)
    ticket.wait_until(MONDAY + 100 * MINUTE)
    for step, after in ((held, -1), (held, 90 * MINUTE + 1), (resumed, HOUR - 1), (resumed, 101 * MINUTE)):
        refusal = correct(ticket, step, after)
        assert refusal is not None
        assert (refusal.code, refusal.fields) == ("invalid_fields", ("at",))
        low, high = (0, 90 * MINUTE) if step == held else (HOUR, 100 * MINUTE)
        assert f"between {to_text(MONDAY + low)} and {to_text(MONDAY + high)}" in refusal.reason
    assert correct(ticket, held, 0) is None
    assert correct(ticket, resumed, 0) is None


def test_only_steps_that_moved_a_clock() -> None:
    """A step without an effect on a service level can't be corrected: the refusal names the steps that can."""
    ticket = opened()
    send(ticket, "hold", HOUR)
    refusal = correct(ticket, 7, HOUR)
    assert refusal is not None
    assert (refusal.code, refusal.fields) == ("invalid_fields", ("step",))
    assert refusal.reason == "revision 7 has moved no service level; revisions that have: 1, 3"


def test_a_time_that_stands_already() -> None:
    """A correction that changes nothing is refused, so that the timeline has no entry without meaning."""
    ticket = opened()
    refusal = correct(ticket, send(ticket, "hold", HOUR), HOUR)
    assert refusal is not None and "already" in refusal.reason


def test_who_may_correct() -> None:
    """Only people whom the process names may correct, which is checked before the values."""
    silent = opened(PROCESS + FIX)
    assert (refused := correct(silent, 1, 0)) and refused.code == "not_permitted"
    ticket = opened()
    assert (refused := correct(ticket, 99, -1, "", by="alice")) and refused.code == "not_permitted"


def test_a_reason_is_required() -> None:
    """A correction needs a reason, of a length that a ticket can hold."""
    ticket = opened()
    held = send(ticket, "hold", HOUR)
    assert (refused := correct(ticket, held, 0, "  ")) and refused.code == "comment_required"
    assert (refused := correct(ticket, held, 0, "x" * (LONGEST + 1))) and refused.fields == ("comment",)


def test_corrected_steps_are_bounded() -> None:
    """A ticket has a maximum number of corrected steps; a corrected step can be corrected again."""
    ticket = opened()
    ticket.wait_until(MONDAY + HOUR)
    steps = [send(ticket, ("hold", "resume")[number % 2], HOUR) for number in range(MOST + 1)]
    ticket.wait_until(MONDAY + 2 * HOUR)
    for number, step in enumerate(steps[:MOST]):
        assert correct(ticket, step, number + 1) is None
    assert (refused := correct(ticket, steps[MOST], HOUR + 1)) and refused.fields == ("step",)
    assert correct(ticket, steps[0], 0) is None


def test_a_ticket_from_before_steps_were_kept() -> None:
    """Service levels from an older version continue unchanged, and their times can't be corrected."""
    ticket = opened()
    clock = ticket.ticket.clocks["fix"]
    assert clock.run is not None
    old = replace(clock.run, intervals=tuple(replace(one, revision=0, target=None) for one in clock.run.intervals))
    ticket.snapshot = replace(ticket.ticket, clocks={"fix": replace(clock, run=old)})
    held = send(ticket, "hold", HOUR)
    assert (refused := correct(ticket, held, 0)) and "older version" in refused.reason
    assert ticket.reading("fix").elapsed == HOUR


def test_explain_tells_corrections() -> None:
    """Each service level shows the corrections of its run: recorded and effective time, author and reason."""
    ticket = opened()
    held = send(ticket, "hold", HOUR)
    assert correct(ticket, held, 30 * MINUTE) is None
    (level,) = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now).clocks
    (told,) = level.corrections
    assert (told.step, told.recorded, told.effective, told.by, told.comment) == (
        held,
        MONDAY + HOUR,
        MONDAY + 30 * MINUTE,
        "dora",
        "it was so",
    )
