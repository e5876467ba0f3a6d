"""Opening, events, edits and comments on the pure core: what a ticket accepts, what it refuses, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.tickets import Ticket
from workflows.engine.model.events import Claim, Comment, Edit, Event, Send
from workflows.engine.model.result import Refusal
from workflows.engine.step import refused_before_values

FIELDS = """\
fields:
  summary: {type: text, required: true, max_length: 20}
  requester: {type: person, default: =actor.id, editable: []}
  size: {type: choice, options: [small, large], default: small}
  count: {type: integer, min: 1, max: 10}
  start: {type: datetime}
  end: {type: datetime, min: =ticket.start}
  cost: {type: integer, value: "tables.cost[ticket.size]"}
  tags: {type: text, list: true}
  service: {type: service}
tables: {cost: {small: 1, large: 5}}
"""
PROCESS = (
    FIELDS
    + """\
may: {edit: [requester, role:chair]}
initial: draft
on:
  cancel: {to: gone, by: [requester, engine]}
states:
  draft:
    on:
      submit:
        - {to: big, when: "ticket.cost >= 5", by: requester}
        - {to: open, requires: [count], form: [count, comment], by: requester}
      broken: {to: open, when: "ticket.count / 0 == 1", by: requester}
  big: {on: {back: {to: draft, by: requester}}}
  open: {entry: [{assign: team:cab}], on: {done: {to: over, by: assignee, set: {summary: "=ticket.summary + '!'"}}}}
  over: {final: true}
  gone: {final: failed}
"""
)


def refusal(ticket: Ticket) -> Refusal:
    assert ticket.refused is not None
    return ticket.refused


def check(refused: Refusal | None, code: str, *fields: str) -> Refusal:
    assert refused is not None, f"not refused, where {code} was expected"
    assert (refused.code, refused.fields) == (code, fields), refused
    return refused


@pytest.mark.parametrize(
    ("whens", "told"),
    [
        (["1 > 2"], "(1 > 2) does not hold"),
        (["1 > 2", "2 > 3"], "neither (1 > 2) nor (2 > 3) holds"),
        (["1 > 2", "2 > 3", "3 > 4"], "none of (1 > 2), (2 > 3), (3 > 4) holds"),
        (["1 > 2", "1 > 2"], "(1 > 2) does not hold"),
    ],
)
def test_a_refusal_names_every_guard_in_whole_sentences(whens: list[str], told: str) -> None:
    """The refusal of an event whose guards are false names each guard once."""
    rules = ", ".join(f'{{to: over, when: "{when}"}}' for when in whens)
    ticket = Ticket(f"initial: one\nstates: {{one: {{on: {{go: [{rules}], end: over}}}}, over: {{final: true}}}}")
    assert check(ticket.send("go"), "guard_failed").reason == f"'go' is not possible now: {told}"


def test_opening_fills_defaults_and_computes_fields() -> None:
    """Defaults may read the actor, and computed fields read the values as written."""
    ticket = Ticket(PROCESS, summary="Hello", size="large")
    assert ticket.state == ("draft",)
    assert ticket.ticket.fields == {"summary": "Hello", "size": "large", "requester": "alice", "cost": 5}
    assert (ticket.ticket.opener, ticket.ticket.revision) == ("alice", 1)


@pytest.mark.parametrize(
    ("values", "code", "fields"),
    [
        ({}, "missing_fields", ("summary",)),
        ({"summary": "   ", "nope": 1}, "invalid_fields", ("nope",)),
        ({"summary": "a" * 21}, "invalid_fields", ("summary",)),
        ({"summary": "x", "count": "3"}, "invalid_fields", ("count",)),
        ({"summary": "x", "count": 0}, "invalid_fields", ("count",)),
        ({"summary": "x", "count": True}, "invalid_fields", ("count",)),
        ({"summary": "x", "size": "huge"}, "invalid_fields", ("size",)),
        ({"summary": "x", "cost": 3}, "read_only_fields", ("cost",)),
        ({"summary": "x", "start": "2026-03-02T10:00:00"}, "invalid_fields", ("start",)),
        ({"summary": "x", "tags": "one"}, "invalid_fields", ("tags",)),
        (
            {"summary": "x", "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T09:59:59Z"},
            "invalid_fields",
            ("end",),
        ),
    ],
)
def test_opening_refuses_wrong_values(values: dict[str, Any], code: str, fields: tuple[str, ...]) -> None:
    """A ticket with a missing, unknown, computed or wrong value is not opened, and the fields are named."""
    check(Ticket(PROCESS, **values).refused, code, *fields)


def test_a_required_text_is_not_of_blanks_alone() -> None:
    """A blank value does not count as a value, neither at opening nor in an edit."""
    process = "fields: {a: {type: text, required: true}}\ninitial: one\n" + (
        "states: {one: {on: {end: over}}, over: {final: true}}"
    )
    opened, ticket = Ticket(process, a="  \u3000\u2003").refused, Ticket(process, a="x")
    edited = ticket.do(Edit(ticket.actor("alice"), {"a": " \n\u3000"}))
    assert [one and (one.code, one.fields) for one in (opened, edited)] == [("missing_fields", ("a",))] * 2


def test_a_default_sees_what_is_given_and_the_defaults_before_it() -> None:
    """A default may be an expression of fields that are given, and of defaults that precede it."""
    process = """\
fields:
  a: {type: text}
  b: {type: text, default: =ticket.a}
  c: {type: text, default: =ticket.b + '!'}
initial: one
states: {one: {on: {end: over}}, over: {final: true}}
"""
    assert Ticket(process, a="x").ticket.fields == {"a": "x", "b": "x", "c": "x!"}
    assert Ticket(process, a="x", b="y").ticket.fields["c"] == "y!"
    assert Ticket(process).ticket.fields == {}


def test_a_machine_is_nobody() -> None:
    """``=actor.id`` of a machine leaves a person field without a value."""
    ticket = Ticket(PROCESS, by="source:monitoring", summary="Disk full")
    assert "requester" not in ticket.ticket.fields


def test_times_are_kept_in_utc() -> None:
    """A datetime with any offset is stored as the same instant in UTC."""
    ticket = Ticket(PROCESS, summary="x", start="2026-03-02T10:00:00+01:00")
    assert ticket.ticket.fields["start"] == "2026-03-02T09:00:00Z"


def test_the_first_alternative_whose_guard_and_actor_hold_is_chosen() -> None:
    """Alternatives are tried in order, on the values before the event."""
    ticket = Ticket(PROCESS, summary="x", size="large")
    assert ticket.send("submit") is None
    assert ticket.state == ("big",)


def test_requires_sees_the_form() -> None:
    """Values of the event count as given; without them the event is refused, and the missing fields are named."""
    ticket = Ticket(PROCESS, summary="x")
    check(ticket.send("submit"), "missing_fields", "count")
    assert ticket.send("submit", count=3) is None
    assert (ticket.state, ticket.ticket.fields["count"], ticket.ticket.assignee) == (("open",), 3, "team:cab")


@pytest.mark.parametrize(
    ("name", "by", "values", "code", "fields"),
    [
        ("nonsense", "alice", {}, "unknown_event", ()),
        ("submit", "bob", {"count": 1}, "not_permitted", ()),
        ("submit", "alice", {"count": 11}, "invalid_fields", ("count",)),
        ("submit", "alice", {"count": 1, "size": "large"}, "invalid_fields", ("size",)),
        ("broken", "alice", {}, "guard_failed", ()),
        ("done", "bob", {}, "unknown_event", ()),
    ],
)
def test_a_refused_event_changes_nothing(
    name: str, by: str, values: dict[str, Any], code: str, fields: tuple[str, ...]
) -> None:
    """The refusal has its code and fields, and the snapshot is the same value as before."""
    ticket = Ticket(PROCESS, summary="x", count=1)
    before = ticket.ticket
    check(ticket.send(name, by, **values), code, *fields)
    assert ticket.ticket == before


def test_a_refusal_says_what_is_allowed() -> None:
    """A refusal lists the possible events for a person who sees the ticket, and lists nothing for anybody else."""
    ticket = Ticket(PROCESS, summary="x", count=1)
    assert check(ticket.send("nonsense"), "unknown_event").allowed == ("submit", "cancel")
    assert check(ticket.send("nonsense", by="erin"), "unknown_event").allowed == ()


def test_a_team_acts_as_assignee_and_claim_makes_it_one_person() -> None:
    """Any member of the assigned team may act; after a claim only the claimer may."""
    ticket = Ticket(PROCESS, summary="x", count=1)
    ticket.send("submit")
    check(ticket.do(Claim(ticket.actor("alice"))), "not_permitted")
    assert ticket.do(Claim(ticket.actor("bob"))) is None
    check(ticket.send("done", by="erin"), "not_permitted")
    assert ticket.send("done", by="bob") is None
    assert (ticket.state, ticket.ticket.fields["summary"]) == (("over",), "x!")


def test_what_is_refused_whatever_the_values_are() -> None:
    """The end, the event and the actor are checked before values, and wrong values alone are not refused there."""
    process = """\
fields: {a: {type: integer}}
may: {edit: [role:chair]}
initial: one
states: {one: {on: {end: {to: over, by: everyone, form: [a]}}}, over: {final: true}}
"""
    ticket = Ticket(process)

    def first(event: Event) -> str | None:
        refusal = refused_before_values(ticket.compiled, ticket.ticket, event, ticket.now)
        return refusal.code if refusal else None

    wrong = {"a": "x"}
    alice, dora = ticket.actor("alice"), ticket.actor("dora")
    assert (first(Edit(alice, wrong)), first(Edit(dora, wrong))) == ("not_permitted", None)
    assert (first(Send("stop", alice, wrong)), first(Send("end", alice, wrong))) == ("unknown_event", None)
    ticket.send("end")
    assert first(Edit(dora, wrong)) == "ended"


def test_the_end_wins_over_every_other_refusal() -> None:
    """An ended ticket takes comments, and refuses every other event with ``ended``."""
    ticket = Ticket(PROCESS, summary="x")
    assert ticket.send("cancel") is None
    assert (ticket.ticket.failed, ticket.ticket.ended_at) == (True, ticket.now)
    check(ticket.send("nonsense"), "ended")
    check(ticket.do(Edit(ticket.actor("alice"), {"count": 1})), "ended")
    assert ticket.do(Comment(ticket.actor("alice"), "Too late?")) is None
    assert ticket.said("comment") == [{"text": "Too late?"}]


def test_the_engine_sends_only_where_it_is_named() -> None:
    """``by`` must name ``engine``: it does for cancel, not for submit."""
    ticket = Ticket(PROCESS, summary="x", count=1)
    check(ticket.send("submit", by="engine"), "not_permitted")
    assert ticket.send("cancel", by="engine") is None


def test_an_edit_is_all_or_nothing() -> None:
    """With one refused field nothing is written; a person who may not edit is refused before the fields are checked."""
    ticket = Ticket(PROCESS, summary="x")
    alice, bob = ticket.actor("alice"), ticket.actor("bob")
    before = ticket.ticket
    check(ticket.do(Edit(alice, {"count": 2, "requester": "bob"})), "read_only_fields", "requester")
    check(ticket.do(Edit(alice, {"count": 2, "size": 7})), "invalid_fields", "size")
    check(ticket.do(Edit(alice, {"summary": None})), "missing_fields", "summary")
    check(ticket.do(Edit(bob, {"nope": 2})), "not_permitted")
    assert ticket.ticket == before
    assert ticket.do(Edit(alice, {"size": "large", "count": None})) is None
    assert ticket.ticket.fields["cost"] == 5


def test_a_limit_is_judged_on_the_values_after_the_write() -> None:
    """A start moved past its end is refused for the end; moving both is not refused."""
    ticket = Ticket(PROCESS, summary="x", start="2026-03-02T10:00:00Z", end="2026-03-02T11:00:00Z")
    alice = ticket.actor("alice")
    check(ticket.do(Edit(alice, {"start": "2026-03-02T12:00:00Z"})), "invalid_fields", "end")
    later = {"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T13:00:00Z"}
    assert ticket.do(Edit(alice, later)) is None


def test_facts_of_a_service_are_asked_for_once() -> None:
    """A written service becomes known; a service that the organization lacks is a visible problem, looked up once."""
    ticket = Ticket(PROCESS, summary="x", service="email")
    assert ticket.ticket.services["email"].owner == "carol"
    lost = Ticket(PROCESS, summary="x", service="gone")
    assert [problem.code for problem in lost.ticket.problems] == ["unknown_service"]
    assert lost.effects == []


COMMENTS = """\
fields: {caller: {type: person, default: =actor.id}}
initial: waiting
states:
  waiting:
    on:
      comment: {to: answered, by: caller, when: "event.comment != 'no'"}
      send_in: {to: answered, by: caller, form: [comment], requires: [comment]}
  answered: {on: {close: {to: closed, by: caller}}}
  closed: {final: true}
"""


def test_a_comment_is_an_event_that_is_never_refused() -> None:
    """A comment that no transition handles is only recorded."""
    ticket = Ticket(COMMENTS)
    assert ticket.do(Comment(ticket.actor("alice"), "no")) is None
    assert ticket.state == ("waiting",)
    assert ticket.do(Comment(ticket.actor("alice"), "yes")) is None
    assert ticket.state == ("answered",)
    assert [data["text"] for data in ticket.said("comment")] == ["no", "yes"]


def test_an_internal_comment_raises_no_event() -> None:
    """Internal comments are for the assignee and the service's team, and take no transition."""
    ticket = Ticket(COMMENTS)
    check(ticket.do(Comment(ticket.actor("alice"), "hush", internal=True)), "not_permitted")
    check(ticket.do(Comment(ticket.actor("dora"), "hello")), "not_permitted")
    check(ticket.do(Comment(ticket.actor("alice"), "   ")), "invalid_fields", "comment")


def test_a_comment_in_a_form_is_recorded_and_can_be_required() -> None:
    """``comment`` in a form is not a field: it goes to the timeline."""
    ticket = Ticket(COMMENTS)
    check(ticket.send("send_in"), "missing_fields", "comment")
    check(ticket.send("send_in", comment="  "), "missing_fields", "comment")
    assert ticket.send("send_in", comment="Here it is") is None
    assert ticket.said("comment") == [{"text": "Here it is"}]
    assert "comment" not in ticket.ticket.fields
