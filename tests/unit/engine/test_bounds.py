"""One ticket never stops another, nor itself: each part of a ticket that can grow has a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.engine.tickets import HOUR, Ticket
from workflows.engine.model.automation import Automate
from workflows.engine.model.bounds import (
    LONGEST_COMMENT,
    LONGEST_MARKDOWN,
    LONGEST_PROBLEM,
    LONGEST_REASON,
    LONGEST_TEXT,
    MOST_EVENT_BYTES,
    MOST_FIELD_BYTES,
    MOST_HELD,
    MOST_INTERVALS,
    MOST_PROBLEMS,
    MOST_SAVED_BYTES,
    MOST_WATCHERS,
    bytes_of,
)
from workflows.engine.model.events import Comment, CompleteRun, Edit, EffectFailed, Event, Ran, UpdateTask, Vote
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Refusal

FIELDS = """
fields:
  short: {type: text}
  one:   {type: markdown}
  two:   {type: markdown}
  three: {type: markdown}
  four:  {type: markdown, max_length: 900000}
  names: {type: text, list: true}
may: {edit: everyone, comment: everyone}
initial: open
states:
  open:
    on:
      note: {by: everyone, form: [comment]}
      grow: {by: everyone, do: [{set: {three: =ticket.one}}]}
      close: {to: closed, by: everyone}
  closed: {final: true}
"""


def edit(ticket: Ticket, **fields: object) -> Refusal | None:
    return ticket.do(Edit(ticket.actor("alice"), fields))


def refused(refusal: Refusal | None) -> Refusal:
    assert refusal is not None
    return refusal


@pytest.mark.parametrize(("name", "longest"), [("short", LONGEST_TEXT), ("one", LONGEST_MARKDOWN)])
def test_a_text_has_a_length_without_max_length(name: str, longest: int) -> None:
    """A text of the default length is taken, a longer text is refused with the bound, and an older run takes it."""
    ticket = Ticket(FIELDS)
    assert edit(ticket, **{name: "x" * longest}) is None
    assert (
        f"at most {longest} characters, not {longest + 1}"
        in refused(edit(ticket, **{name: "x" * (longest + 1)})).reason
    )
    ticket.compiled = replace(ticket.compiled, interpreter=LAZY_TIMER)
    assert edit(ticket, **{name: "x" * (longest + 1)}) is None


def test_all_fields_together_have_a_bound() -> None:
    """The fourth text of 90,000 bytes is refused with the bound and the largest field, and changes nothing."""
    ticket = Ticket(FIELDS)
    for name in ("one", "two", "three"):
        assert edit(ticket, **{name: "x" * 90_000}) is None
    refusal = refused(edit(ticket, four="x" * 90_000))
    assert (refusal.code, refusal.fields) == ("too_large", ("one",))
    assert f"{MOST_FIELD_BYTES:,}" in refusal.reason
    assert "four" not in ticket.ticket.fields


def test_a_list_is_bounded_like_every_field() -> None:
    """A list of 40,000 texts is refused as too large."""
    assert refused(edit(Ticket(FIELDS), names=["0123456789"] * 40_000)).code == "too_large"


def test_a_ticket_that_is_too_large_takes_what_makes_it_smaller() -> None:
    """A ticket of an earlier build with 900,000 bytes may shrink and move, and is refused what makes it larger."""
    ticket = Ticket(FIELDS)
    ticket.snapshot = replace(ticket.ticket, fields={"one": "x" * 450_000, "two": "y" * 450_000})
    assert refused(edit(ticket, short="more")).code == "too_large"
    assert edit(ticket, one="x" * 10) is None
    assert ticket.send("note", comment="still too large") is None
    assert edit(ticket, two=None) is None
    assert edit(ticket, short="more") is None


def test_a_process_can_not_write_a_ticket_too_large() -> None:
    """A step that would make the ticket too large is left out, and the problem states the bound."""
    ticket = Ticket(FIELDS)
    ticket.snapshot = replace(ticket.ticket, fields={"one": "x" * 100_000, "two": "y" * 150_000})
    assert ticket.send("grow") is None
    assert ticket.problems() == ["step_failed"]
    assert "300,000" in ticket.ticket.problems[0].text
    assert "three" not in ticket.ticket.fields


def test_an_event_has_a_bound() -> None:
    """An event with more bytes than the bound is refused before anything else of it is checked."""
    refusal = refused(Ticket(FIELDS, unknown="x" * MOST_EVENT_BYTES).refused)
    assert refusal.code == "too_large"
    assert f"at most {MOST_EVENT_BYTES:,}" in refusal.reason


WORK = """
may: {comment: everyone}
initial: decide
states:
  decide:
    approval: {from: [person:bob], need: any}
    on: {approved: do, rejected: over}
  do:
    tasks: [{id: one, title: One, assign: person:alice}]
    on: {done: over, failed: over}
  over: {final: true}
"""


def test_comments_have_a_length() -> None:
    """A comment that only the timeline keeps may be long; a comment that the ticket carries is shorter."""
    ticket = Ticket(WORK)
    alice, bob = ticket.actor("alice"), ticket.actor("bob")
    long: list[tuple[Event, int]] = [
        (Comment(alice, "x" * (LONGEST_COMMENT + 1)), LONGEST_COMMENT),
        (Vote(bob, "approve", "x" * (LONGEST_REASON + 1)), LONGEST_REASON),
    ]
    for event, most in long:
        refusal = refused(ticket.do(event))
        assert (refusal.code, refusal.fields) == ("invalid_fields", ("comment",))
        assert f"at most {most:,} characters" in refusal.reason
    assert ticket.do(Comment(alice, "x" * LONGEST_COMMENT)) is None
    assert ticket.approve("bob", "x" * LONGEST_REASON) is None
    assert refused(ticket.do(UpdateTask(alice, "one", "failed", comment="x" * 10_001))).fields == ("comment",)


def test_problems_have_a_bound() -> None:
    """A ticket shows the first hundred problems, in short texts; the timeline has all of them."""
    ticket = Ticket(FIELDS)
    for number in range(MOST_PROBLEMS + 5):
        ticket.do(EffectFailed("not_written", f"{number} {'x' * 5_000}"))
    assert len(ticket.ticket.problems) == MOST_PROBLEMS
    assert {len(problem.text) for problem in ticket.ticket.problems} == {LONGEST_PROBLEM}
    assert len(ticket.said("problem")) == MOST_PROBLEMS + 5


RUNS = """
initial: first
states:
  first:
    run: [{call: {action: tickets}, save: found}]
    on: {done: second, failed: over}
  second:
    run: [{call: {action: tickets}, save: found}]
    on: {done: over, failed: over}
  over: {final: true}
"""


def test_saved_results_have_a_bound() -> None:
    """A result that does not fit beside the saved results fails the run, and by hand it is refused."""
    ticket = Ticket(RUNS)
    (first,) = ticket.wanted(Automate)
    assert first.place
    ticket.do(Ran(first.place, "x" * (MOST_SAVED_BYTES - 100)))
    assert ticket.state == ("second",)
    refusal = refused(ticket.do(CompleteRun(ticket.actor("engine"), "second", {"found": "x" * 1_000})))
    assert (refusal.code, refusal.fields) == ("too_large", ("found",))
    (second,) = ticket.wanted(Automate)
    assert second.place
    ticket.do(Ran(second.place, "x" * 1_000))
    assert ticket.state == ("over",)
    assert ticket.ticket.runs["second"].status == "failed"
    assert "at most" in (ticket.ticket.runs["second"].reason or "")


WATCHED = """
fields: {names: {type: person, list: true}}
initial: open
states:
  open: {on: {go: {by: everyone, do: [{watch: names}]}, close: {to: over, by: everyone}}}
  over: {final: true}
"""


def test_watchers_have_a_bound() -> None:
    """An event that would add more watchers than the bound is refused."""
    ticket = Ticket(WATCHED, names=[f"p{number}" for number in range(MOST_WATCHERS + 1)])
    assert refused(ticket.send("go")).code == "too_many"
    assert ticket.ticket.watchers == ()


HELD = """
initial: open
states:
  open:
    on:
      tell: {by: everyone, do: [{notify: {to: opener, message: Hello, quiet: office}}]}
      close: {to: over, by: everyone}
  over: {final: true}
"""


def test_held_notices_have_a_bound() -> None:
    """The notice after the hundredth that waits for working hours goes out at once, so that none is lost."""
    ticket = Ticket(HELD)
    ticket.wait(12 * HOUR)
    for _ in range(MOST_HELD):
        ticket.send("tell")
    assert (len(ticket.ticket.held), ticket.told()) == (MOST_HELD, [])
    ticket.send("tell")
    assert len(ticket.ticket.held) == MOST_HELD
    assert ticket.told() == [(("person:alice",), "step")]


LEVELS = """
fields: {size: {type: choice, options: [small, large], default: small}}
may: {edit: everyone}
initial: open
states:
  open:   {on: {wait: {to: paused, by: everyone}, close: {to: over, by: everyone}}}
  paused: {on: {go: {to: open, by: everyone}}}
  over:   {final: true}
service_levels:
  fix:   {target: 900d, during: [open, paused], pause: [paused]}
  visit: {target: 900d, during: [open], again: restart}
  size:  {target: {by: ticket.size, small: 900d, large: 800d}, during: [open, paused]}
"""


def test_ledgers_have_a_bound() -> None:
    """A level that has no room for another interval counts on; earlier runs and their numbers stay in order."""
    ticket = Ticket(LEVELS)
    clock = ticket.ticket.clocks["fix"]
    assert clock.run
    full = replace(clock.run, intervals=(replace(clock.run.intervals[0], end=ticket.now),) * (MOST_INTERVALS - 1))
    ticket.snapshot = replace(ticket.ticket, clocks={**ticket.ticket.clocks, "fix": replace(clock, run=full)})
    for number in range(MOST_INTERVALS + 10):
        ticket.wait(60)
        ticket.send("wait")
        ticket.wait(60)
        ticket.send("go")
        edit(ticket, size="large" if number % 2 else "small")
    clocks = ticket.ticket.clocks
    assert all(run and len(run.intervals) <= MOST_INTERVALS + 1 for run in (clocks["fix"].run, clocks["size"].run))
    assert not clocks["fix"].run.is_paused  # type: ignore[union-attr]
    assert ticket.problems() == ["too_many", "too_many"]
    assert [run.number for run in clocks["visit"].earlier] == list(range(11, 311))
    assert clocks["visit"].run and clocks["visit"].run.number == 311
    assert bytes_of(clocks) < 500_000


COSTLY = """
fields: {items: {type: text, list: true}, big: {type: markdown}}
initial: open
states:
  open:
    on:
      go: {to: over, by: everyone, when: "ticket.items.exists(i, ticket.big.contains(i))"}
      grow: {by: everyone, do: [{set: {items: "=ticket.items.map(i, ticket.big + i)"}}]}
  over: {final: true}
"""


def test_expressions_have_a_budget() -> None:
    """A guard that costs too much refuses its event, and a value that costs too much leaves its step out."""
    ticket = Ticket(COSTLY, items=[f"zq{number}" for number in range(9_000)], big="ab" * 50_000)
    refusal = refused(ticket.send("go"))
    assert refusal.code == "guard_failed"
    assert "may handle 100,000,000" in refusal.reason
    assert ticket.send("grow") is None
    assert ticket.problems() == ["step_failed"]
