"""Clocks on the pure core (LANGUAGE, section 6): when they run, pause, fire and end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.deadlines import next_deadline
from workflows.engine.model.effects import Notify
from workflows.engine.model.events import Edit, Send
from workflows.engine.model.result import Refusal
from workflows.engine.service_levels.clocks import ledger
from workflows.engine.service_levels.standings import standings
from workflows.engine.step import step

DAY = 24 * HOUR


def process(level: str) -> str:
    return f"""\
fields:
  priority: {{type: choice, options: [high, low, other], default: high}}
  service: {{type: service}}
  hot: {{type: boolean, default: true}}
initial: new
states:
  new:
    tags: [open]
    on: {{hold: held, off: away, end: over, void: voided, again: new, faster: {{to: away, set: {{priority: high}}}}}}
  held: {{tags: [open, waiting], on: {{resume: new, off: away, stay: {{}}}}}}
  away: {{on: {{back: new, end: over}}}}
  voided: {{on: {{back: new, end: over}}}}
  over: {{final: true}}
service_levels:
  reply: {level}
"""


def what(ticket: Ticket) -> list[str]:
    """The entries of the clock on the timeline, with thresholds as written."""
    return [str(data.get("at") or data["what"]) for data in ticket.said("clock")]


def edit(ticket: Ticket, **values: Any) -> None:
    assert ticket.do(Edit(ticket.actor("alice"), values)) is None


def check_ledger(ticket: Ticket) -> None:
    """Asserts that the lines have no gaps and add up to all time since the start."""
    lines = ledger(ticket.compiled, ticket.ticket, "reply", ticket.now)
    assert all(line.actual == line.end - line.interval.start for line in lines)
    assert all(one.end == other.interval.start for one, other in pairwise(lines))
    assert sum(line.actual for line in lines) == ticket.reading("reply").actual
    running = sum(line.working for line in lines if line.interval.kind == "running")
    assert running == ticket.reading("reply").elapsed


AT = "at: {50%: [{comment: half}], -1h: [{comment: soon}], 100%: [{comment: due}], +2h: [{comment: late}]}"


def test_a_clock_that_has_not_started_waits() -> None:
    """A clock outside ``during`` waits."""
    ticket = Ticket(process("{target: 4h, during: [away]}"))
    assert (ticket.reading("reply").status, ticket.ticket.clocks) == ("waiting", {})


def test_thresholds_fire_in_order_once_a_run_each_at_its_own_time() -> None:
    """Thresholds fire at their own times, however late time advances, and the breach at the due second."""
    ticket = Ticket(process(f"{{target: 4h, during: [new], {AT}}}"))
    ticket.wait_until(MONDAY + DAY)
    fired = [(one.at - MONDAY, one.data.get("at") or one.data["what"]) for one in ticket.audit if one.kind == "clock"]
    assert fired == [
        (0, "started"),
        (2 * HOUR, "50%"),
        (3 * HOUR, "-1h"),
        (4 * HOUR, "breached"),
        (4 * HOUR, "100%"),
        (6 * HOUR, "+2h"),
    ]
    assert [data["text"] for data in ticket.said("comment")] == ["half", "soon", "due", "late"]
    assert ticket.reading("reply").breached_at == MONDAY + 4 * HOUR
    assert ticket.reading("reply").elapsed == 24 * HOUR
    check_ledger(ticket)


@pytest.mark.parametrize(
    ("seconds", "status"), [(4 * HOUR - 1, "met"), (4 * HOUR, "breached"), (4 * HOUR + 1, "breached")]
)
def test_met_is_before_due_and_not_at_it(seconds: int, status: str) -> None:
    """A run that ends at the due second is breached, even if the clock did not fire before."""
    ticket = Ticket(process("{target: 4h, during: [new]}"))
    ticket.now += seconds
    ticket.send("off")
    reading = ticket.reading("reply")
    assert (reading.status, reading.elapsed, reading.actual) == (status, seconds, seconds)
    assert what(ticket) == ["started", *(["met"] if status == "met" else ["breached", "ended"])]
    assert next_deadline(ticket.ticket) is None


def test_what_is_reached_in_the_step_that_leaves_still_fires() -> None:
    """A threshold at the very instant of leaving, or one that the same step moves past, is not lost."""
    at_the_end = Ticket(process(f"{{target: 4h, during: [new], {AT}}}"))
    at_the_end.now += 4 * HOUR
    at_the_end.send("off")
    assert [data["text"] for data in at_the_end.said("comment")] == ["half", "soon", "due"]
    level = f"{{target: {{by: ticket.priority, high: 1h, low: 9h}}, during: [new], {AT}}}"
    moved = Ticket(process(level), priority="low")
    moved.wait(2 * HOUR)
    moved.send("faster")
    assert [data["text"] for data in moved.said("comment")] == ["soon", "half", "due"]
    assert moved.reading("reply").status == "breached"


def test_a_pause_stands_still() -> None:
    """During a pause no time elapses and no threshold fires; the pause postpones the due time by its working time."""
    ticket = Ticket(process(f"{{target: 4h, during: [tag:open], pause: [tag:waiting], {AT}}}"))
    ticket.wait(HOUR)
    ticket.send("hold")
    assert (ticket.reading("reply").status, next_deadline(ticket.ticket)) == ("paused", None)
    ticket.wait(10 * HOUR)
    paused = ticket.reading("reply")
    assert (paused.elapsed, paused.actual, paused.due) == (HOUR, 11 * HOUR, MONDAY + 14 * HOUR)
    ticket.send("stay")
    ticket.send("resume")
    assert next_deadline(ticket.ticket) == MONDAY + 12 * HOUR
    ticket.wait(3 * HOUR - 1)
    assert ticket.reading("reply").status == "running"
    ticket.wait(1)
    assert ticket.reading("reply").status == "breached"
    assert what(ticket) == ["started", "paused", "resumed", "50%", "-1h", "breached", "100%"]
    check_ledger(ticket)


def test_an_expression_pauses_too() -> None:
    """Text in ``during`` or ``pause`` is an expression, evaluated after every step."""
    ticket = Ticket(process("{target: 4h, during: in_state('new'), pause: '!ticket.hot'}"))
    ticket.wait(HOUR)
    edit(ticket, hot=False)
    ticket.wait(HOUR)
    edit(ticket, hot=True)
    ticket.wait(HOUR)
    assert (ticket.reading("reply").elapsed, ticket.reading("reply").actual) == (2 * HOUR, 3 * HOUR)
    check_ledger(ticket)


def test_working_time_only() -> None:
    """A calendar does not count the night: 10 working hours from Monday at nine end on Tuesday at ten."""
    ticket = Ticket(process("{target: 10h, calendar: office, during: [new]}"))
    ticket.wait(DAY)
    reading = ticket.reading("reply")
    assert (reading.due, reading.elapsed, reading.remaining) == (MONDAY + DAY + 2 * HOUR, 8 * HOUR, 2 * HOUR)
    check_ledger(ticket)


def test_the_calendar_of_the_service() -> None:
    """``=service.calendar`` is the service's calendar; one that the ticket lacks is a problem, and always open."""
    own = Ticket(process("{target: 10h, calendar: =service.calendar, during: [away]}"), service="email")
    own.send("off")
    assert own.reading("reply").due == MONDAY + DAY + 2 * HOUR
    lost = Ticket(process("{target: 10h, calendar: =service.title, during: [away]}"), service="email")
    lost.send("off")
    assert (lost.reading("reply").due, lost.problems()) == (MONDAY + 10 * HOUR, ["no_calendar"])


def test_days_are_due_at_the_same_time_of_day_moved_by_pauses() -> None:
    """A target in days is due at start + Nd plus the pauses before it; 100 % is the working time until start + Nd."""
    ticket = Ticket(process("{target: 2d, calendar: office, during: [tag:open], pause: [held]}"), now=MONDAY + 5 * HOUR)
    assert ticket.reading("reply").due == MONDAY + 2 * DAY + 5 * HOUR
    assert ticket.reading("reply").target_seconds == 16 * HOUR
    ticket.send("hold")
    ticket.wait(2 * HOUR)
    ticket.send("resume")
    assert ticket.reading("reply").due == MONDAY + 2 * DAY + 7 * HOUR


def away_and_back(ticket: Ticket) -> None:
    """One hour inside, two away, and back again."""
    ticket.wait(HOUR)
    ticket.send("off")
    ticket.wait(2 * HOUR)
    ticket.send("back")
    ticket.wait(HOUR)


def test_again_resume_goes_on_with_the_same_run() -> None:
    """With ``again: resume``, time away counts as a pause, and the verdict ``met`` is open again."""
    ticket = Ticket(process(f"{{target: 4h, during: [new], {AT}}}"))
    away_and_back(ticket)
    reading = ticket.reading("reply")
    assert (reading.status, reading.elapsed, reading.actual) == ("running", 2 * HOUR, 4 * HOUR)
    assert reading.due == MONDAY + 6 * HOUR
    ticket.wait(2 * HOUR)
    assert ticket.reading("reply").status == "breached"
    assert [data["text"] for data in ticket.said("comment")] == ["half", "soon", "due"]
    check_ledger(ticket)


def test_again_restart_is_a_new_run() -> None:
    """A new run keeps the one before, and fires its thresholds again."""
    ticket = Ticket(process(f"{{target: 2h, during: [new], again: restart, {AT}}}"))
    away_and_back(ticket)
    clock = ticket.ticket.clocks["reply"]
    assert [run.number for run in clock.earlier] == [1]
    assert (clock.run and clock.run.number, ticket.reading("reply").elapsed) == (2, HOUR)
    assert [data["text"] for data in ticket.said("comment")] == ["half", "soon", "half", "soon"]
    check_ledger(ticket)


def test_again_never_stays_as_it_ended() -> None:
    """With ``again: never``, the verdict of the first run is final."""
    ticket = Ticket(process("{target: 2h, during: [new], again: never}"))
    away_and_back(ticket)
    reading = ticket.reading("reply")
    assert (reading.status, reading.elapsed, next_deadline(ticket.ticket)) == ("met", HOUR, None)


def test_cancel_ends_the_run() -> None:
    """Entering a state of ``cancel`` ends a run as canceled, also when it leaves ``during``; the next is new."""
    ticket = Ticket(process("{target: 2h, during: [new], cancel: [voided]}"))
    ticket.wait(HOUR)
    ticket.send("void")
    assert ticket.reading("reply").status == "canceled"
    ticket.wait(HOUR)
    ticket.send("back")
    clock = ticket.ticket.clocks["reply"]
    assert (clock.run and clock.run.number, ticket.reading("reply").elapsed) == (2, 0)


@pytest.mark.parametrize("during", ["[new, held]", "\"tag('open')\""])
def test_a_canceled_clock_waits_for_during_to_be_entered_again(during: str) -> None:
    """A state of both ``during`` and ``cancel`` holds no run whatever happens in it; the next state begins one."""
    ticket = Ticket(process(f"{{target: 2h, during: {during}, cancel: [held]}}"))
    ticket.wait(HOUR)
    ticket.send("hold")
    ticket.send("stay")
    edit(ticket, hot=False)
    assert (ticket.reading("reply").status, ticket.reading("reply").actual) == ("canceled", HOUR)
    ticket.send("resume")
    clock = ticket.ticket.clocks["reply"]
    assert (clock.run and clock.run.number, ticket.reading("reply").status) == (2, "running")


def test_a_clock_does_not_begin_in_a_state_that_cancels_it() -> None:
    """A state of both ``during`` and ``cancel`` holds no first run either."""
    ticket = Ticket(process("{target: 2h, during: [new, held], cancel: [new]}"))
    edit(ticket, hot=False)
    assert ticket.reading("reply").status == "waiting"
    ticket.send("hold")
    assert ticket.reading("reply").status == "running"


def test_a_canceled_clock_with_again_never_begins_no_more() -> None:
    """``again: never`` holds after a cancel too."""
    ticket = Ticket(process("{target: 2h, during: [new], cancel: [voided], again: never}"))
    ticket.send("void")
    ticket.send("back")
    assert ticket.reading("reply").status == "canceled"


def test_a_breach_outlives_everything() -> None:
    """A breach is final through leaving, cancel and the end, and the run counts until then."""
    ticket = Ticket(process("{target: 2h, during: [new], cancel: [voided]}"))
    ticket.wait(3 * HOUR)
    assert (ticket.reading("reply").status, ticket.reading("reply").elapsed) == ("breached", 3 * HOUR)
    ticket.send("void")
    assert ticket.reading("reply").status == "breached"
    ticket.wait(HOUR)
    assert ticket.reading("reply").elapsed == 3 * HOUR


TARGET = "target: {by: ticket.priority, high: 2h, low: 8h, default: %s}"


def test_the_target_is_chosen_by_an_expression() -> None:
    """A target is the row of the value, else ``default``; with ``none``, the run counts and is never due."""
    level = f"{{{TARGET % '5h'}, during: [new]}}"
    dues = {one: Ticket(process(level), priority=one).reading("reply").due for one in ("high", "low", "other")}
    assert dues == {"high": MONDAY + 2 * HOUR, "low": MONDAY + 8 * HOUR, "other": MONDAY + 5 * HOUR}
    never = Ticket(process(f"{{{TARGET % 'none'}, during: [new], {AT}}}"), priority="other")
    never.wait(100 * HOUR)
    reading = never.reading("reply")
    assert (reading.status, reading.due, reading.elapsed) == ("running", None, 100 * HOUR)
    assert never.said("comment") == []
    never.send("off")
    assert never.reading("reply").status == "met"


def test_retarget_keep_fires_what_it_moves_past() -> None:
    """Elapsed time is kept; thresholds moved past fire in that step in order, a due time in the past breaches then."""
    ticket = Ticket(process(f"{{{TARGET % 'none'}, during: [new], {AT}}}"), priority="low")
    ticket.wait(3 * HOUR)
    edit(ticket, priority="high")
    reading = ticket.reading("reply")
    assert (reading.status, reading.breached_at, reading.due) == ("breached", MONDAY + 3 * HOUR, MONDAY + 2 * HOUR)
    assert [data["text"] for data in ticket.said("comment")] == ["half", "soon", "due"]
    edit(ticket, priority="low")
    assert ticket.reading("reply").status == "breached"
    ticket.wait(20 * HOUR)
    assert [data["text"] for data in ticket.said("comment")] == ["half", "soon", "due", "late"]
    check_ledger(ticket)


def test_retarget_keeps_the_pauses() -> None:
    """A new target moves due, and what was paused stays paused time."""
    ticket = Ticket(process(f"{{{TARGET % 'none'}, during: [tag:open], pause: [held]}}"), priority="low")
    ticket.wait(HOUR)
    ticket.send("hold")
    ticket.wait(5 * HOUR)
    ticket.send("resume")
    edit(ticket, priority="high")
    reading = ticket.reading("reply")
    assert (reading.elapsed, reading.due, reading.status) == (HOUR, MONDAY + 7 * HOUR, "running")
    check_ledger(ticket)


def test_a_retarget_of_a_paused_clock_fires_when_it_goes_on() -> None:
    """A paused clock fires nothing; thresholds that it was moved past fire, with the breach, when it resumes."""
    level = f"{{{TARGET % 'none'}, during: [tag:open], pause: [held], {AT}}}"
    ticket = Ticket(process(level), priority="low")
    ticket.wait(3 * HOUR)
    ticket.send("hold")
    edit(ticket, priority="high")
    assert (ticket.reading("reply").status, ticket.said("comment")) == ("paused", [])
    ticket.wait(HOUR)
    ticket.send("resume")
    assert [data["text"] for data in ticket.said("comment")] == ["half", "soon", "due"]
    assert ticket.reading("reply").breached_at == MONDAY + 4 * HOUR


def test_leaving_while_paused_past_its_due_time_is_a_breach_on_record() -> None:
    """A run that is paused beyond its new target is breached when it ends, as its reading says."""
    level = f"{{{TARGET % 'none'}, during: [tag:open], pause: [held]}}"
    ticket = Ticket(process(level), priority="low")
    ticket.wait(3 * HOUR)
    ticket.send("hold")
    edit(ticket, priority="high")
    ticket.wait(HOUR)
    ticket.send("off")
    reading = ticket.reading("reply")
    assert (reading.status, reading.breached_at, what(ticket)[-1]) == ("breached", ticket.now, "ended")


def test_retarget_restart_begins_a_new_run() -> None:
    """With ``retarget: restart`` the clock starts from zero, the run before is kept."""
    ticket = Ticket(process(f"{{{TARGET % 'none'}, during: [new], retarget: restart}}"), priority="low")
    ticket.wait(3 * HOUR)
    edit(ticket, priority="high")
    reading = ticket.reading("reply")
    assert (reading.status, reading.elapsed, reading.due) == ("running", 0, MONDAY + 5 * HOUR)
    assert [run.number for run in ticket.ticket.clocks["reply"].earlier] == [1]


def test_fractions_round_up_and_a_breach_does_not() -> None:
    """A run reaches 33% of ten seconds at the fourth second; 99% is not a breach."""
    ticket = Ticket(process("{target: 10s, during: [new], at: {33%: [{comment: third}], 99%: [{comment: nearly}]}}"))
    moments = []
    while (moment := next_deadline(ticket.ticket)) is not None:
        ticket.wait_until(moment)
        moments.append(moment - MONDAY)
    assert moments == [4, 10]
    assert ticket.reading("reply").breached_at == MONDAY + 10


def test_before_due_on_a_target_shorter_than_that_fires_at_the_start() -> None:
    """``-1h`` of a target of half an hour is reached at the start."""
    ticket = Ticket(process("{target: 30m, during: [new], at: {-1h: [{comment: soon}]}}"))
    assert [data["text"] for data in ticket.said("comment")] == ["soon"]


QUIET = """\
{target: 4h, during: [new], at: {50%: [{notify: {to: role:chair, message: half, quiet: office}}]}}"""


def test_a_quiet_notice_is_held_until_the_calendar_opens() -> None:
    """A quiet notice of a threshold at night is sent once, in the morning; its deadline is the opening."""
    ticket = Ticket(process(QUIET), now=MONDAY + 9 * HOUR)
    ticket.wait(3 * HOUR)
    assert ticket.wanted(Notify) == []
    ticket.wait_until(MONDAY + DAY - 1)
    assert ticket.wanted(Notify) == []
    ticket.wait(1)
    assert [(one.to, one.message) for one in ticket.wanted(Notify)] == [(("role:chair",), "half")]
    ticket.wait(DAY)
    assert ticket.wanted(Notify) == []


def test_a_quiet_notice_is_told_at_the_end_at_the_latest() -> None:
    """Notices that wait for working hours are sent at once when the ticket ends, those of the final state too."""
    ending = """\
initial: one
states:
  one: {entry: [{notify: {to: opener, message: hi, quiet: office}}], on: {end: over}}
  over: {final: true, entry: [{notify: {to: opener, message: bye, quiet: office}}]}
"""
    ticket = Ticket(ending, now=MONDAY + 12 * HOUR)
    assert ticket.told() == []
    ticket.send("end")
    assert [notice.message for notice in ticket.wanted(Notify)] == ["hi", "bye"]


def test_a_quiet_notice_in_working_hours_is_told_at_once() -> None:
    """A quiet notice within working hours is sent at once."""
    ticket = Ticket(process(QUIET))
    ticket.wait(2 * HOUR)
    assert [one.message for one in ticket.wanted(Notify)] == ["half"]


def test_the_end_of_the_ticket_stops_its_clocks() -> None:
    """Entering a final state leaves ``during``: met or breached, and no more deadlines."""
    ticket = Ticket(process("{target: 4h, during: \"!in_state('away')\"}"))
    ticket.wait(HOUR)
    ticket.send("end")
    ticket.wait(9 * HOUR)
    reading = ticket.reading("reply")
    assert (reading.status, reading.elapsed, next_deadline(ticket.ticket)) == ("met", HOUR, None)


def test_a_step_of_a_threshold_may_move_the_ticket() -> None:
    """An event that ``at`` raises is handled in the same step."""
    text = process("{target: 1h, during: [new], at: {100%: [{raise: escalate}]}}").replace(
        "on: {hold", "on: {escalate: held, hold"
    )
    ticket = Ticket(text)
    ticket.wait(HOUR)
    assert (ticket.state, ticket.reading("reply").status) == (("held",), "breached")


def test_a_self_transition_does_not_leave_during() -> None:
    """A run continues if its state is left and entered in one step."""
    ticket = Ticket(process("{target: 4h, during: [new], again: restart}"))
    ticket.wait(HOUR)
    ticket.send("again")
    assert (ticket.reading("reply").elapsed, what(ticket)) == (HOUR, ["started"])


DATES = """\
fields: {hot: {type: boolean, default: true}}
initial: new
states: {new: {on: {end: over, stay: {}}}, over: {final: true}}
service_levels:
  reply: {target: 40h, calendar: fair, during: [new], at: {50%: [{comment: half}]}}
"""


def test_a_calendar_that_never_opens_again_is_a_problem_and_not_a_crash() -> None:
    """A clock whose calendar has no further dates is never due: the ticket has a problem, and continues."""
    from tests.unit.engine.tickets import ORGANIZATION

    people = ORGANIZATION.replace(
        "calendars: {", "calendars: {fair: {hours: {}, open: {2026-03-02: ['09:00-17:00']}}, "
    )
    ticket = Ticket(DATES, people=people)
    assert ticket.problems() == ["never_due"]
    ticket.wait(3 * HOUR)
    assert ticket.send("stay") is None
    reading = ticket.reading("reply")
    assert (reading.status, reading.due, reading.elapsed) == ("running", None, 3 * HOUR)
    assert ticket.send("end") is None


def test_the_clock_is_exact_in_the_step_that_a_person_takes_late() -> None:
    """A step that comes after the due time without ``Due`` before it still breaches, at its own time."""
    ticket = Ticket(process("{target: 1h, during: [new]}"))
    taken = step(ticket.compiled, ticket.ticket, Send("hold", ticket.actor("alice")), MONDAY + 2 * HOUR)
    assert not isinstance(taken, Refusal)
    run = taken.snapshot.clocks["reply"].run
    assert run is not None
    assert (run.breached_at, run.left) == (MONDAY + 2 * HOUR, MONDAY + 2 * HOUR)


def test_a_clock_that_the_process_calls_otherwise_now() -> None:
    """A service level that was renamed since is shown under the name that the ticket has begun it with, and runs on."""
    level = "{target: 8h, during: [new]}"
    ticket = Ticket(process(level))
    renamed = Ticket(process(level).replace("  reply: ", "  answer: ")).compiled
    own = {one.name: one for one in standings(ticket.compiled, ticket.ticket, ticket.now)}
    shown = {one.name: one for one in standings(renamed, ticket.ticket, ticket.now)}
    assert [(name, one.status) for name, one in shown.items()] == [("answer", "waiting"), ("reply", "running")]
    assert shown["reply"] == own["reply"]
