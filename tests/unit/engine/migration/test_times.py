"""Migration of timed transitions, clocks, and calendars."""

from __future__ import annotations

from definitions.pinned import digest_of_calendars
from tests.unit.engine.migration.migrations import PEOPLE, Moving
from tests.unit.engine.tickets import HOUR
from workflows.engine.model.events import Correct
from workflows.engine.service_levels.clocks import ledger

DAY = 86_400
TIMED = """\
fields: {go: {type: datetime}}
initial: a
states:
  a:
    after: [{for: 5d, to: c}, {for: 1d, do: [{notify: {to: opener, message: Hi}}]}]
    on: {x: b}
  b: {on: {back: a}}
  c: {final: true}
"""


def test_what_was_timed_is_timed_anew_from_the_entry() -> None:
    """Another length counts from the entry of the state; a moment in the past is due at once."""
    ticket = Moving(TIMED)
    entered = ticket.now
    ticket.wait(2 * DAY)
    assert ticket.to(TIMED.replace("for: 5d", "for: 10d")) is None
    assert ticket.ticket.timers[0].at == entered + 10 * DAY
    assert ticket.to(TIMED.replace("for: 5d", "for: 36h")) is None
    assert ticket.ticket.ended_at == ticket.now


def test_what_has_fired_stays_fired() -> None:
    """Each timed transition fires once a visit, whatever its index in the new definition."""
    ticket = Moving(TIMED)
    ticket.wait(2 * DAY)
    assert len(ticket.told()) == 1
    swapped = TIMED.replace("[{for: 5d, to: c}, {for: 1d, do: [{notify: {to: opener, message: Hi}}]}]",
                            "[{for: 3d, do: [{notify: {to: opener, message: Hi}}]}, {for: 5d, to: c}]")  # fmt: skip
    assert ticket.to(swapped) is None
    assert [(one.index, one.fired) for one in ticket.ticket.timers] == [(1, False), (0, True)]
    ticket.wait(2 * DAY)
    assert ticket.told() == []


def test_what_was_due_and_is_not_taken_waits_again_where_its_time_is_to_come() -> None:
    """A timed transition that was due and whose guard did not hold is due at its new time."""
    guarded = TIMED.replace("{for: 5d, to: c}", "{for: 5d, to: c, when: ticket.go != null}")
    ticket = Moving(guarded)
    entered = ticket.now
    ticket.wait(6 * DAY)
    assert [one.timer for one in ticket.ticket.outcomes] == [0]
    assert ticket.to(guarded.replace("x: b", "y: b")) is None
    assert [one.timer for one in ticket.ticket.outcomes] == [0]
    assert ticket.to(guarded.replace("for: 5d", "for: 8d")) is None
    assert ticket.ticket.outcomes == ()
    assert (ticket.ticket.timers[0].at, ticket.ticket.timers[0].fired) == (entered + 8 * DAY, False)


CLOCK = """\
fields: {p: {type: choice, options: [high, low], default: high}}
initial: work
states:
  work: {tags: [on], on: {hold: rest, done: review}}
  rest: {on: {resume: work}}
  review: {on: {again: work, end: end}}
  end:  {final: true}
service_levels:
  fix: {target: 4h, calendar: office, during: [work, rest], pause: [rest], at: {50%: [{comment: Half}], 100%: []}}
"""


def paused_once() -> Moving:
    """One hour of work, two of rest, and work again: at 12:00 of a Monday."""
    ticket = Moving(CLOCK)
    ticket.wait(HOUR)
    ticket.send("hold")
    ticket.wait(2 * HOUR)
    ticket.send("resume")
    return ticket


def test_a_clock_keeps_its_ledger_under_another_target() -> None:
    """A clock keeps elapsed time and pauses, recomputes its due time, and keeps a breach under a longer target."""
    ticket = paused_once()
    assert ticket.to(CLOCK.replace("target: 4h", "target: 8h")) is None
    lines = ledger(ticket.compiled, ticket.ticket, "fix", ticket.now)
    assert [one.interval.kind for one in lines] == ["running", "paused", "running"]
    reading = ticket.reading("fix")
    assert (reading.elapsed, reading.due) == (HOUR, ticket.now + 23 * HOUR)
    assert ticket.to(CLOCK.replace("target: 4h", "target: 30m")) is None
    assert ticket.reading("fix").status == "breached"
    assert [entry["text"] for entry in ticket.said("comment")] == ["Half"]
    assert ticket.to(CLOCK.replace("target: 4h", "target: 9h")) is None
    assert ticket.reading("fix").status == "breached"
    ticket.wait(8 * DAY)
    assert [entry["text"] for entry in ticket.said("comment")] == ["Half"]


def test_a_clock_that_is_to_restart_on_another_target_is_kept_by_a_migration() -> None:
    """``retarget`` applies to the ticket, not to its definition: a migration discards no pause and no hour."""
    ticket = paused_once()
    assert ticket.to(CLOCK.replace("target: 4h", "target: 8h, retarget: restart")) is None
    assert ticket.ticket.clocks["fix"].earlier == ()
    assert ticket.reading("fix").elapsed == HOUR


def test_a_clock_counts_by_its_new_calendar() -> None:
    """Another calendar counts the same intervals by other hours, and is recorded on the timeline."""
    ticket = paused_once()
    ticket.wait(10 * HOUR)
    assert ticket.reading("fix").elapsed == 6 * HOUR
    before = ticket.ticket.clocks["fix"].run
    assert ticket.to(CLOCK.replace("calendar: office", "calendar: always")) is None
    after = ticket.ticket.clocks["fix"].run
    assert before is not None
    assert after is not None
    assert after.intervals == before.intervals
    assert ticket.reading("fix").elapsed == 11 * HOUR
    assert {"level": "fix", "what": "calendar", "from": "office", "to": "always"} in ticket.said("clock")


def test_a_clock_without_its_service_level_ends_as_canceled_and_stays() -> None:
    """A removed service level keeps its record, and a new one begins in the ticket's present state."""
    ticket = paused_once()
    assert ticket.to(CLOCK.replace("fix:", "repair:")) is None
    gone = ticket.ticket.clocks["fix"]
    assert gone.run is not None
    assert (gone.run.canceled, gone.run.left, gone.next_at) == (True, ticket.now, None)
    assert ticket.reading("repair").status == "running"
    ticket.wait(30 * DAY)
    assert ticket.ticket.clocks["fix"] == gone


TUESDAY_OFF = PEOPLE.replace(
    'hours: {mon-fri: ["09:00-17:00"]}', 'hours: {mon-fri: ["09:00-17:00"]}, closed: [2026-03-03]'
)


def test_calendars_are_taken_anew_by_an_explicit_act_alone() -> None:
    """A newly declared holiday moves due times, and the timeline records both digests."""
    level = CLOCK.replace("target: 4h", "target: 2d")
    ticket = Moving(level)
    ticket.wait(HOUR)
    due, before = ticket.reading("fix").due, ticket.compiled
    assert due is not None
    assert ticket.to(level, people=TUESDAY_OFF) is None
    assert ticket.reading("fix").due == due + DAY
    assert ticket.ticket.clocks["fix"].next_at is not None
    ticket.wait_until(due + DAY)
    assert ticket.reading("fix").breached_at == due + DAY
    assert ticket.told_of_it.data["calendars"] == [
        digest_of_calendars(before.calendars),
        digest_of_calendars(ticket.compiled.calendars),
    ]


ALWAYS_OPEN = PEOPLE.replace('hours: {mon-fri: ["09:00-17:00"]}', 'hours: {mon-sun: ["00:00-24:00"]}')
TEN = CLOCK.replace("target: 4h", "target: 10h")


def met_overnight(text: str = TEN) -> Moving:
    """A ticket that leaves ``during`` after nine of ten hours, on the second day."""
    ticket = Moving(text)
    ticket.wait(25 * HOUR)
    ticket.send("done")
    assert ticket.reading("fix").status == "met"
    return ticket


def test_a_verdict_stands_whatever_its_calendar_says_by_now() -> None:
    """A run that was met stays met, until the same run resumes."""
    ticket = met_overnight()
    assert ticket.to(TEN, people=ALWAYS_OPEN) is None
    assert ticket.reading("fix").status == "met"
    assert ticket.send("again") is None
    assert ticket.reading("fix").status == "breached"


def test_a_correction_judges_a_verdict_that_was_kept() -> None:
    """A correction of a step gives a new verdict, by the present calendar."""
    text = f"may: {{correct: [role:chair]}}\n{TEN}"
    ticket = met_overnight(text)
    step = ticket.ticket.revision
    assert ticket.to(text, people=ALWAYS_OPEN) is None
    assert ticket.do(Correct(ticket.actor("dora"), step, ticket.now - HOUR, "An hour before")) is None
    assert ticket.reading("fix").status == "breached"


def test_a_run_goes_on_under_a_target_that_only_its_definition_has_changed() -> None:
    """``retarget: restart`` applies to another key, not to another definition: a run that resumes is the same."""
    ticket = met_overnight(TEN.replace("target: 10h", "target: 10h, retarget: restart"))
    assert ticket.to(TEN.replace("target: 10h", "target: 20h, retarget: restart")) is None
    assert ticket.send("again") is None
    clock = ticket.ticket.clocks["fix"]
    assert clock.run is not None
    assert (clock.run.number, clock.run.target, clock.earlier) == (1, "20h", ())


def test_the_ledger_adds_up_after_a_migration() -> None:
    """A migration keeps every interval with its cause, to the second."""
    ticket = paused_once()
    assert ticket.to(CLOCK.replace("pause: [rest]", "pause: [work]")) is None
    ticket.wait(90)
    lines = ledger(ticket.compiled, ticket.ticket, "fix", ticket.now)
    assert [(one.interval.kind, one.actual, one.interval.cause) for one in lines] == [
        ("running", HOUR, "open by alice"),
        ("paused", 2 * HOUR, "hold by alice"),
        ("running", 0, "resume by alice"),
        ("paused", 90, "migrate by dora"),
    ]
