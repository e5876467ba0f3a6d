"""Timed transitions on the pure core (LANGUAGE, section 4, ``after``): when they are due, and what moves them."""

from __future__ import annotations

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket, compile_text
from workflows.engine.deadlines import advance, next_deadline
from workflows.engine.model.effects import ExtendCalendars
from workflows.engine.model.events import Due, Edit, Refresh
from workflows.engine.model.result import Refusal
from workflows.engine.step import step

DAY = 24 * HOUR
SPRING = HOUR
"""Summer time begins between: days on a calendar keep wall-clock time."""
FIELDS = """\
fields:
  start: {type: datetime}
  day: {type: date}
  wait: {type: duration, default: 2h}
  gate: {type: boolean, default: false}
  seen: {type: text, list: true, default: []}
  count: {type: integer, default: 0}
initial: waiting
"""


def process(after: str, rest: str = "") -> str:
    return f"""\
{FIELDS}
states:
  waiting:
    after: {after}
    on: {{stay: {{set: {{count: =ticket.count + 1}}}}, again: waiting, leave: other}}
  other: {{on: {{back: waiting}}}}
  late: {{final: true}}
  later: {{final: true}}
{rest}
"""


def test_for_counts_from_entry() -> None:
    """``for: 3h`` fires three hours after entry, to the second, and a step before does not move it."""
    ticket = Ticket(process("[{for: 3h, to: late}]"))
    ticket.wait(HOUR)
    ticket.send("stay")
    ticket.wait(2 * HOUR - 1)
    assert ticket.state == ("waiting",)
    ticket.wait(1)
    assert ticket.state == ("late",)


def test_entering_again_counts_anew() -> None:
    """Each visit has its own timers; the timers of the previous visit are gone."""
    ticket = Ticket(process("[{for: 3h, to: late}]"))
    ticket.wait(2 * HOUR)
    ticket.send("again")
    ticket.wait(2 * HOUR)
    assert ticket.state == ("waiting",)
    ticket.send("leave")
    ticket.wait(DAY)
    assert (ticket.state, next_deadline(ticket.ticket)) == (("other",), None)


def test_days_on_a_calendar_are_working_days() -> None:
    """``for: 1d, calendar: office`` from Friday noon is Monday noon; without a calendar it is Saturday noon."""
    friday = MONDAY + 4 * DAY + 3 * HOUR
    office = Ticket(process("[{for: 1d, calendar: office, to: late}]"), now=friday)
    plain = Ticket(process("[{for: 1d, to: late}]"), now=friday)
    assert next_deadline(office.ticket) == friday + 3 * DAY
    assert next_deadline(plain.ticket) == friday + DAY


def test_an_expression_of_for_is_looked_at_after_every_step() -> None:
    """A wait that becomes shorter than the time already elapsed fires at once."""
    ticket = Ticket(process("[{for: =ticket.wait, to: late}]"))
    ticket.do(Edit(ticket.actor("alice"), {"wait": "5h"}))
    assert next_deadline(ticket.ticket) == MONDAY + 5 * HOUR
    ticket.wait(3 * HOUR)
    ticket.do(Edit(ticket.actor("alice"), {"wait": "1h"}))
    assert ticket.state == ("late",)


def test_until_waits_for_a_moment_and_is_looked_at_after_every_step() -> None:
    """A deadline without a value waits; a moved moment moves the deadline; a past moment fires at once."""
    ticket = Ticket(process("[{until: ticket.start, to: late}]"))
    assert next_deadline(ticket.ticket) is None
    ticket.do(Edit(ticket.actor("alice"), {"start": "2026-03-02T12:00:00Z"}))
    assert next_deadline(ticket.ticket) == MONDAY + 4 * HOUR
    ticket.do(Edit(ticket.actor("alice"), {"start": "2026-03-02T13:00:00Z"}))
    ticket.wait(4 * HOUR)
    assert ticket.state == ("waiting",)
    ticket.do(Edit(ticket.actor("alice"), {"start": None}))
    assert next_deadline(ticket.ticket) is None
    ticket.do(Edit(ticket.actor("alice"), {"start": "2026-03-02T08:00:00Z"}))
    assert ticket.state == ("late",)


def test_a_moment_that_is_past_on_entry_fires_in_the_opening_step() -> None:
    """A time already past fires at once, also while the ticket is being opened."""
    ticket = Ticket(process("[{until: ticket.start, to: late}]"), start="2026-03-02T07:00:00Z")
    assert (ticket.state, ticket.ticket.revision) == (("late",), 1)


def test_until_computes() -> None:
    """``until`` is an expression; a date is its first instant in the organization's zone."""
    before = Ticket(process("[{until: ticket.start - duration('2h'), to: late}]"), start="2026-03-02T12:00:00Z")
    assert next_deadline(before.ticket) == MONDAY + 2 * HOUR
    day = Ticket(process("[{until: ticket.day, to: late}]"), day="2026-03-03")
    assert (next_deadline(day.ticket), day.problems()) == (MONDAY + 15 * HOUR, [])


def test_until_that_can_not_be_computed_waits_in_sight() -> None:
    """A failing expression is a problem on the ticket, and sets no deadline."""
    ticket = Ticket(process('[{for: "=[ticket.wait][ticket.count + 1]", to: late}]'))
    assert (ticket.problems(), next_deadline(ticket.ticket)) == (["not_timed"], None)


def test_each_fires_once_a_visit() -> None:
    """A timed transition without a target fires once, and again only after the state is entered again."""
    text = process("[{until: ticket.start, do: [{set: {count: =ticket.count + 1}}]}, {for: 9d, to: late}]")
    ticket = Ticket(text, start="2026-03-02T09:00:00Z")
    ticket.wait(2 * HOUR)
    assert ticket.ticket.fields["count"] == 1
    ticket.do(Edit(ticket.actor("alice"), {"start": "2026-03-02T11:00:00Z"}))
    ticket.wait(2 * HOUR)
    assert ticket.ticket.fields["count"] == 1
    ticket.send("again")
    assert ticket.ticket.fields["count"] == 2


def test_what_is_due_fires_at_its_own_time_in_order() -> None:
    """However late time is handled, each transition fires at its own moment, the earlier first."""
    note = "do: [{set: {seen: \"=ticket.seen + ['%s']\"}}]"
    text = process(f"[{{for: 5h, {note % 'b'}}}, {{for: 2h, {note % 'a'}}}, {{for: 5h, {note % 'c'}}}]")
    ticket = Ticket(text, seen=["-"])
    steps = advance(ticket.compiled, ticket.ticket, MONDAY + DAY)
    assert [taken.snapshot.at - MONDAY for taken in steps] == [2 * HOUR, 5 * HOUR]
    assert steps[-1].snapshot.fields["seen"] == ["-", "a", "b", "c"]


def test_a_due_transition_that_is_not_chosen_stays_due() -> None:
    """A due transition's guard is evaluated after every step while the state is active, until the guard holds."""
    ticket = Ticket(process("[{for: 1h, when: ticket.gate, to: late}]"))
    ticket.wait(2 * HOUR)
    assert (ticket.state, next_deadline(ticket.ticket)) == (("waiting",), None)
    ticket.send("stay")
    assert ticket.state == ("waiting",)
    ticket.do(Edit(ticket.actor("alice"), {"gate": True}))
    assert ticket.state == ("late",)


def test_leaving_forgets_what_was_due() -> None:
    """A due transition of a state that was left is not taken when the state is entered again."""
    ticket = Ticket(process("[{for: 1h, when: ticket.gate, to: late}]"))
    ticket.wait(2 * HOUR)
    ticket.send("leave")
    ticket.send("back")
    ticket.do(Edit(ticket.actor("alice"), {"gate": True}))
    assert ticket.state == ("waiting",)
    ticket.wait(HOUR)
    assert ticket.state == ("late",)


def test_a_due_transition_waits_for_what_it_requires() -> None:
    """Time can't be refused: a required field without a value holds the transition back, and the ticket reports it."""
    ticket = Ticket(process("[{for: 1h, to: late, requires: [start]}]"))
    ticket.wait(HOUR)
    assert (ticket.state, ticket.problems()) == (("waiting",), ["missing_fields"])
    ticket.do(Edit(ticket.actor("alice"), {"start": "2026-04-01T00:00:00Z"}))
    assert ticket.state == ("late",)


ORDER = f"""\
{FIELDS}
states:
  waiting:
    approval: {{from: [person:bob], remind: 1h, within: 1h}}
    on: {{approved: late, rejected: late, expired: late}}
    after: [{{for: 1h, do: [{{comment: after}}]}}]
  late: {{final: true, entry: [{{comment: expired}}]}}
service_levels:
  reply: {{target: 1h, during: [waiting], at: {{100%: [{{comment: clock}}]}}}}
"""


def test_the_order_at_one_instant() -> None:
    """Clocks fire first, then ``after``, ``remind`` and ``within``."""
    ticket = Ticket(ORDER)
    ticket.effects.clear()
    ticket.wait(HOUR)
    said = [entry.data["text"] for entry in ticket.audit if entry.kind == "comment"]
    assert said == ["clock", "after", "expired"]
    assert ticket.told() == [(("person:bob",), "reminder"), (("person:bob",), "approval_withdrawn")]


def test_beyond_the_horizon_the_calendar_is_asked_to_grow() -> None:
    """A deadline past the compiled calendar is unknown, requests a longer one, and is computed once it is there."""
    text = process("[{for: 30d, calendar: office, to: late}]")
    ticket = Ticket(text, horizon=14 * DAY)
    (wanted,) = ticket.wanted(ExtendCalendars)
    assert wanted.until >= MONDAY + 42 * DAY
    assert next_deadline(ticket.ticket) is None
    ticket.compiled = compile_text(text, MONDAY, wanted.until - MONDAY)
    ticket.do(Refresh())
    assert next_deadline(ticket.ticket) == MONDAY + 42 * DAY - SPRING
    assert ticket.wanted(ExtendCalendars) == []


APPROVAL_BEYOND = f"""\
{FIELDS}
states:
  waiting:
    approval: {{from: [person:bob], within: 30d, remind: 20d, calendar: office}}
    on: {{approved: late, rejected: late, expired: late}}
  late: {{final: true}}
service_levels:
  decide: {{target: 25d, calendar: office, during: [waiting], at: {{50%: [{{comment: half}}]}}}}
"""


def test_approvals_and_clocks_beyond_the_horizon_are_computed_when_the_calendar_has_grown() -> None:
    """``within``, ``remind`` and a due time in the far future wait for the calendar, and the ticket does not."""
    ticket = Ticket(APPROVAL_BEYOND, horizon=14 * DAY)
    assert ticket.wanted(ExtendCalendars) != []
    assert ticket.reading("decide").due is None
    ticket.compiled = compile_text(APPROVAL_BEYOND, MONDAY, 100 * DAY)
    ticket.do(Refresh())
    approval = ticket.ticket.approvals["waiting"]
    assert (approval.expires, approval.remind_at) == (MONDAY + 42 * DAY - SPRING, MONDAY + 28 * DAY - SPRING)
    assert ticket.reading("decide").due == MONDAY + 35 * DAY - SPRING
    assert ticket.ticket.clocks["decide"].next_at is not None


def test_time_with_nothing_due_changes_nothing_but_the_revision() -> None:
    """A ``Due`` that comes too early is a step in which nothing happens."""
    ticket = Ticket(process("[{for: 3h, to: late}]"))
    taken = step(ticket.compiled, ticket.ticket, Due(), MONDAY + HOUR)
    assert not isinstance(taken, Refusal)
    assert (taken.audit, taken.effects, taken.snapshot.revision) == ((), (), ticket.ticket.revision + 1)
