"""Computed fields that read more than fields: they are renewed at the end of every step."""

from __future__ import annotations

import pytest

from tests.unit.engine.tickets import HOUR, Ticket
from tests.unit.engine.waiting.test_leaving import without
from workflows.engine.model.events import Comment, Edit
from workflows.engine.model.interpreter import LAZY_TIMER

MOVING = """\
fields:
  summary: {type: text}
  where: {type: text, value: "in_state('mid') ? 'a' : 'b'"}
  holder: {type: text, value: ticket.assignee}
  told: {type: text, value: "ticket.where + '!'"}
may: {edit: everyone}
initial: new
states:
  new: {on: {go: {to: mid, by: everyone}}}
  mid:
    entry: [{assign: "person:bob"}]
    on: {go: {to: last, by: everyone}}
  last: {on: {go: {to: over, by: everyone}}}
  over: {final: true}
"""


def values(ticket: Ticket, *names: str) -> tuple[object, ...]:
    return tuple(ticket.ticket.fields.get(name) for name in names)


def test_a_step_ends_with_computed_fields_that_see_its_states_and_its_assignee() -> None:
    """A computed field of states or of the assignee, and a field computed from it, agree with the step's result."""
    ticket = Ticket(MOVING)
    assert values(ticket, "where", "holder", "told") == ("b", None, "b!")
    ticket.send("go")
    assert values(ticket, "where", "holder", "told") == ("a", "bob", "a!")
    ticket.send("go")
    assert values(ticket, "where", "holder", "told") == ("b", "bob", "b!")


def test_a_run_of_an_older_interpreter_keeps_its_fields_until_a_field_is_written() -> None:
    """An older run renews computed fields only where a field is written, so that it replays."""
    ticket = Ticket(MOVING, interpreter=LAZY_TIMER)
    ticket.send("go")
    assert values(ticket, "where", "holder") == ("b", None)
    ticket.do(Edit(ticket.actor("alice"), {"summary": "x"}))
    assert values(ticket, "where", "holder") == ("a", "bob")


def test_the_timeline_shows_a_renewed_field_after_the_move_that_renewed_it() -> None:
    """The timeline has the states that moved, then the changed values with the actor of the event."""
    ticket = Ticket(MOVING)
    before = len(ticket.audit)
    ticket.send("go")
    moved, edited = (next(one for one in ticket.audit[before:] if one.kind == kind) for kind in ("moved", "edited"))
    assert ticket.audit.index(moved) < ticket.audit.index(edited)
    assert edited.actor == "alice"
    assert edited.data["changes"] == {"where": ["b", "a"], "holder": [None, "bob"], "told": ["b!", "a!"]}


def test_an_eventless_transition_follows_from_a_renewed_field() -> None:
    """A transition without an event that reads a renewed field is taken in the same step."""
    follows = "    always: [{to: last, when: ticket.where == 'a'}]\n    on: {x: {to: last"
    ticket = Ticket(MOVING.replace("    on: {go: {to: last", follows))
    ticket.send("go")
    assert (ticket.state, values(ticket, "where")) == (("last",), ("b",))


def test_a_timed_transition_follows_from_a_renewed_field() -> None:
    """A duration that reads a renewed field is measured by its new value."""
    timed = "    after: [{for: \"=ticket.where == 'a' ? '1h' : '9h'\", to: last}]\n    on: {x: {to: last"
    ticket = Ticket(MOVING.replace("    on: {go: {to: last", timed))
    ticket.send("go")
    ticket.wait(HOUR)
    assert ticket.state == ("last",)


def test_a_clock_follows_from_a_renewed_field() -> None:
    """A service level that runs while a renewed field has a value starts with the step that renews the field."""
    level = "service_levels: {fast: {during: \"ticket.where == 'a'\", target: 1h}}\n"
    ticket = Ticket(MOVING + level)
    ticket.send("go")
    assert ticket.reading("fast").status == "running"


APPROVED = """\
fields:
  late: {type: text, value: "now > timestamp('2026-03-02T10:00:00Z') ? 'late' : 'early'"}
  seen: {type: text}
may: {edit: everyone}
initial: gate
states:
  gate:
    approval: {from: ["person:bob"], reset_on: [late]}
    on: {approved: live, rejected: live, touch: {by: everyone}}
  live: {final: true}
"""


def test_a_vote_does_not_count_where_its_step_renews_a_field_of_reset_on() -> None:
    """A renewed field of ``reset_on`` voids the votes before a transition follows from them."""
    ticket = Ticket(APPROVED)
    ticket.wait(5 * HOUR)
    assert values(ticket, "late") == ("early",)
    ticket.approve("bob")
    assert (ticket.state, values(ticket, "late"), ticket.asked("gate")) == (("gate",), ("late",), ["bob"])
    ticket.approve("bob")
    assert ticket.state == ("live",)


def test_every_step_renews_a_field_that_reads_now_and_time_alone_does_not() -> None:
    """A comment renews a field that reads the time; between two steps the field keeps its value."""
    ticket = Ticket(APPROVED)
    ticket.wait(5 * HOUR)
    assert values(ticket, "late") == ("early",)
    ticket.do(Comment(ticket.actor("alice"), "any news?"))
    assert values(ticket, "late") == ("late",)


def test_a_ticket_that_moves_to_another_holder_renews_a_field_of_the_assignee() -> None:
    """A step that takes no transition, such as the hand-over of a ticket whose holder has left, renews fields too."""
    ticket = Ticket(MOVING)
    ticket.send("go")
    ticket.among(without("bob"))
    assert (ticket.ticket.assignee, values(ticket, "holder")) == ("team:cab", ("team:cab",))


def test_a_field_keeps_its_last_value_after_the_end() -> None:
    """The step that ends a ticket renews its fields for the last time."""
    ticket = Ticket(APPROVED)
    ticket.approve("bob")
    ticket.wait(5 * HOUR)
    ticket.do(Comment(ticket.actor("alice"), "done"))
    assert (ticket.state, values(ticket, "late")) == (("live",), ("early",))


@pytest.mark.parametrize("restless", ["now > timestamp('2026-03-02T07:00:00Z')", "in_state('one')"])
def test_a_renewal_never_goes_on_without_end(restless: str) -> None:
    """A field that moves the ticket, whose states change the field again, ends at the bound of microsteps."""
    ticket = Ticket(
        f"""\
fields: {{on_: {{type: boolean, value: "{restless}"}}}}
initial: none
states:
  none: {{on: {{go: {{to: one, by: everyone}}}}}}
  one: {{always: [{{to: two, when: ticket.on_}}]}}
  two: {{always: [{{to: one, when: "!ticket.on_"}}]}}
"""
    )
    refused = ticket.send("go")
    endless = restless.startswith("in_state")
    assert (refused.code if refused else None, ticket.state) == (
        ("endless", ("none",)) if endless else (None, ("two",))
    )
