"""``explain`` on the pure core (DESIGN, section 3): why a ticket is in its state, and what can happen next."""

from __future__ import annotations

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.explain import Choice, Explanation, OpenTask, explain
from workflows.engine.model.events import Edit
from workflows.engine.service_levels.standings import Standing

PROCESS = """\
fields:
  requester: {type: person, default: =actor.id}
  risk: {type: integer, default: 1}
  start: {type: datetime}
  plan: {type: text}
initial: draft
on: {cancel: {to: gone, by: requester}}
states:
  draft:
    title: Being written
    on:
      submit:
        - {to: ask, when: ticket.risk >= 4, by: requester}
        - {to: work, requires: [plan], form: [plan], by: requester}
      broken: {to: work, when: 1 / (ticket.risk - 1) == 1}
      "*": {when: "false"}
  ask:
    approval: {from: [team:cab], need: 2, remind: 2h, within: 5h}
    on: {approved: work, rejected: draft, expired: draft}
  work:
    tasks: [{id: do, title: Do it, assign: person:bob, due: 3h}]
    after: [{until: ticket.start, to: gone}, {for: 9h, to: gone, when: ticket.risk > 100}]
    on: {done: gone, failed: draft}
  gone: {final: true}
service_levels:
  whole: {title: All of it, target: 4h, during: [draft, ask, work], at: {50%: [{comment: half}]}}
"""


def told(ticket: Ticket, by: str = "alice") -> Explanation:
    return explain(ticket.compiled, ticket.ticket, ticket.actor(by), ticket.now)


def choice(explanation: Explanation, event: str, to: str | None = None) -> Choice:
    return next(one for one in explanation.choices if one.event == event and to in (None, one.to))


def test_where_it_is_since_when_and_why() -> None:
    """The active state is shown with its title, its start, its visit, and the event that led to it."""
    ticket = Ticket(PROCESS)
    (where,) = told(ticket).where
    assert (where.state, where.title, where.since, where.visit, where.cause) == (
        "draft", "Being written", MONDAY, 1, "open by alice",
    )  # fmt: skip
    ticket.wait(HOUR)
    ticket.send("submit", plan="x")
    (where,) = told(ticket).where
    assert (where.title, where.since, where.cause) == ("Work", MONDAY + HOUR, "submit by alice")


def test_which_guard_is_false_and_with_which_values() -> None:
    """Each transition is shown with its guard, the values read, and the result: undecided where the guard fails."""
    explanation = told(Ticket(PROCESS))
    risky = choice(explanation, "submit", "ask")
    assert (risky.guard, risky.guard_holds, risky.values, risky.possible) == (
        "ticket.risk >= 4", False, {"ticket.risk": 1}, False,
    )  # fmt: skip
    broken = choice(explanation, "broken")
    assert (broken.guard_holds, broken.possible) == (None, False)


def test_what_is_possible_to_whom_and_what_is_lacking() -> None:
    """``possible`` is guard and ``by``; required fields without a value are named, with the form that takes them."""
    ticket = Ticket(PROCESS)
    plain = choice(told(ticket), "submit", "work")
    assert (plain.possible, plain.permitted, plain.by, plain.lacks, plain.form) == (
        True, True, ("requester",), ("plan",), ("plan",),
    )  # fmt: skip
    other = choice(told(ticket, "bob"), "submit", "work")
    assert (other.possible, other.permitted, other.guard_holds) == (False, False, True)


def test_the_engines_own_events_are_no_choices() -> None:
    """Outcomes, and events that ``*`` would take, are offered to nobody; handlers are listed innermost first."""
    ticket = Ticket(PROCESS)
    assert [one.event for one in told(ticket).choices] == ["submit", "submit", "broken", "cancel"]
    ticket.do(Edit(ticket.actor("alice"), {"risk": 5}))
    ticket.send("submit")
    assert [one.event for one in told(ticket).choices] == ["cancel"]


def test_who_is_asked_and_who_has_voted() -> None:
    """An open approval shows the number needed, who has approved or rejected, the open requests, and the deadline."""
    ticket = Ticket(PROCESS)
    ticket.do(Edit(ticket.actor("alice"), {"risk": 5}))
    ticket.send("submit")
    ticket.approve("dora")
    ticket.reject("bob")
    (approval,) = told(ticket).approvals
    assert (approval.state, approval.required, approval.approved, approval.rejected, approval.open) == (
        "ask", 2, ("dora",), ("bob",), ("erin",),
    )  # fmt: skip
    assert (approval.expires, approval.asked) == (MONDAY + 5 * HOUR, True)


def test_what_time_will_do() -> None:
    """Everything that waits for time is listed in order: clocks, reminders, expiry, ``after`` and tasks."""
    ticket = Ticket(PROCESS)
    assert [(one.at - MONDAY, one.what, one.state) for one in told(ticket).coming] == [
        (2 * HOUR, "service level: All of it", ""),
    ]
    ticket.do(Edit(ticket.actor("alice"), {"risk": 5}))
    ticket.send("submit")
    assert [(one.at - MONDAY, one.what) for one in told(ticket).coming] == [
        (2 * HOUR, "service level: All of it"),
        (2 * HOUR, "reminder to approvers who have not voted"),
        (5 * HOUR, "the approval expires"),
    ]
    ticket.approve("bob")
    ticket.approve("dora")
    ticket.do(Edit(ticket.actor("alice"), {"start": "2026-03-02T09:00:00Z"}))
    assert [(one.at - MONDAY, one.what) for one in told(ticket).coming] == [
        (HOUR, "goes to gone"),
        (2 * HOUR, "service level: All of it"),
        (3 * HOUR, "task do is due"),
        (9 * HOUR, "goes to gone"),
    ]


def test_what_is_due_and_not_taken() -> None:
    """A due timed transition, or an outcome, that no transition takes yet is shown as waiting."""
    ticket = Ticket(PROCESS)
    ticket.send("submit", plan="x")
    ticket.wait(9 * HOUR)
    assert told(ticket).waiting == ("a timed transition of work is due, and no transition takes it now",)


def test_after_the_end_nothing_is_possible_and_nothing_comes() -> None:
    """An ended ticket states when it ended, and offers no events."""
    ticket = Ticket(PROCESS)
    ticket.send("cancel")
    explanation = told(ticket)
    assert (explanation.choices, explanation.coming, explanation.ended_at) == ((), (), ticket.now)


def test_explaining_changes_nothing() -> None:
    """``explain`` is a query: the snapshot is the same value after it, and a later answer is the same."""
    ticket = Ticket(PROCESS)
    before = ticket.ticket
    assert told(ticket) == told(ticket)
    assert ticket.ticket == before


def test_how_service_levels_stand() -> None:
    """Every service level is shown with its status, remaining time, due time, and next threshold."""
    ticket = Ticket(PROCESS)
    ticket.wait(HOUR)
    (whole,) = told(ticket).clocks
    assert whole == Standing(
        name="whole",
        title="All of it",
        status="running",
        target="4h",
        elapsed=HOUR,
        remaining=3 * HOUR,
        due=MONDAY + 4 * HOUR,
        threshold="50%",
        threshold_at=MONDAY + 2 * HOUR,
        since=MONDAY,
        cause="open by alice",
    )
    ticket.wait(2 * HOUR)
    (whole,) = told(ticket).clocks
    assert (whole.threshold, whole.threshold_at) == ("due", MONDAY + 4 * HOUR)
    ticket.wait(2 * HOUR)
    (whole,) = told(ticket).clocks
    assert (whole.status, whole.threshold, whole.breached_at) == ("breached", None, MONDAY + 4 * HOUR)


PAUSED = """\
initial: idle
states:
  idle: {on: {take: doing}}
  doing: {on: {hold: held}}
  held: {on: {resume: doing, leave: over}}
  over: {on: {finish: gone}}
  gone: {final: true}
service_levels:
  answer: {target: {by: "1", "2": 4h}, during: [idle]}
  repair: {target: 4h, during: [doing, held], pause: [held], at: {75%: [{comment: late}]}}
"""


def test_since_when_a_service_level_stands_still() -> None:
    """A clock shows that it has not started, since when and why it is paused, or when it ended."""
    ticket = Ticket(PAUSED)
    assert told(ticket).clocks[1] == Standing("repair", "Repair", "waiting")
    ticket.send("take")
    ticket.wait(HOUR)
    ticket.send("hold")
    ticket.wait(HOUR)
    answer, repair = told(ticket).clocks
    assert (answer.status, answer.target, answer.due, answer.remaining) == ("met", None, None, None)
    assert (repair.status, repair.since, repair.cause) == ("paused", MONDAY + HOUR, "hold by alice")
    assert (repair.elapsed, repair.due, repair.threshold) == (HOUR, MONDAY + 5 * HOUR, None)
    ticket.send("leave")
    ticket.wait(HOUR)
    _, repair = told(ticket).clocks
    assert (repair.status, repair.since, repair.cause) == ("met", MONDAY + 2 * HOUR, "")


def test_which_tasks_are_waited_for() -> None:
    """Open tasks are shown with their assignees, their due times and their unticked items."""
    ticket = Ticket(PROCESS)
    ticket.send("submit", plan="x")
    assert told(ticket).tasks == (OpenTask("work", "do", "Do it", "bob", MONDAY + 3 * HOUR),)


def test_service_levels_beyond_the_calendar() -> None:
    """Where the ticket's calendar has reached its end, its clocks show their status, without lengths."""
    text = PAUSED.replace("pause: [held],", "pause: [held], calendar: office,")
    ticket = Ticket(text)
    ticket.send("take")
    ticket.send("hold")
    later = ticket.compiled.calendars["office"].end + HOUR
    (_, repair) = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), later).clocks
    assert (repair.status, repair.elapsed, repair.due, repair.cause) == ("paused", None, None, "hold by alice")
