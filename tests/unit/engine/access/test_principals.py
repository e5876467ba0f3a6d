"""Principals of every form on a ticket, and the defaults of ``may`` (LANGUAGE, sections 2 and 3)."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.people.bound import parse_bound
from tests.unit.engine.tickets import Ticket
from workflows.engine.access.permissions import may_see
from workflows.engine.access.principals import acts_as
from workflows.engine.access.viewers import viewers
from workflows.engine.draft.view import Handled, View
from workflows.engine.model.effects import Notify
from workflows.engine.model.events import Claim, Comment, Edit
from workflows.engine.model.result import Refusal

EVERYBODY = ("alice", "bob", "carol", "dora", "erin")


def code(refused: Refusal | None) -> str | None:
    return refused.code if refused else None


def process(by: str) -> str:
    return f"""\
fields:
  requester: {{type: person}}
  helpers: {{type: person, list: true}}
  group: {{type: team}}
  groups: {{type: team, list: true}}
  service: {{type: service}}
  services: {{type: service, list: true}}
  words: {{type: text, list: true}}
initial: a
states:
  a:
    entry: [{{assign: team:cab}}, {{watch: person:erin}}, {{watch: team:desk}}]
    on: {{go: {{to: b, by: {by}}}}}
  b: {{final: true}}
"""


FIELDS: dict[str, Any] = {
    "requester": "bob",
    "helpers": ["carol", "erin"],
    "group": "desk",
    "groups": ["desk", "cab"],
    "service": "email",
    "services": ["email"],
    "words": ["dora"],
}


@pytest.mark.parametrize(
    ("by", "people"),
    [
        ("person:alice", {"alice"}),
        ("team:cab", {"bob", "dora", "erin"}),
        ("team:empty", set()),
        ("role:chair", {"dora"}),
        ("requester", {"bob"}),
        ("helpers", {"carol", "erin"}),
        ("group", {"alice"}),
        ("groups", {"alice", "bob", "dora", "erin"}),
        ("opener", {"carol"}),
        ("assignee", {"bob", "dora", "erin"}),
        ("watchers", {"alice", "erin"}),
        ("service.owner", {"carol"}),
        ("service.team", {"alice"}),
        ("services.owner", {"carol"}),
        ("manager_of(requester)", {"carol"}),
        ("manager_of(person:carol)", {"dora"}),
        ("manager_of(team:cab)", {"carol", "dora"}),
        ("manager_of(role:officer)", {"carol"}),
        ("manager_of(service.owner)", {"dora"}),
        ("manager_of(service.team)", {"carol"}),
        ("manager_of(helpers)", {"dora"}),
        ("manager_of(everyone)", {"carol", "dora"}),
        ("everyone", set(EVERYBODY)),
        ("engine", set()),
        ('"=ticket.requester"', {"bob"}),
        ('"=ticket.words"', {"dora"}),
        ("\"=ticket.requester == 'bob' ? 'role:chair' : 'team:cab'\"", {"dora"}),
        ("[person:alice, role:chair]", {"alice", "dora"}),
    ],
)
def test_a_principal_means_these_people(by: str, people: set[str]) -> None:
    """Each written form of ``by`` permits exactly these people."""
    found = set()
    for person in EVERYBODY:
        ticket = Ticket(process(by), by="carol", **FIELDS)
        if code(ticket.send("go", by=person)) is None:
            found.add(person)
    assert found == people


def test_a_principal_of_a_step_may_be_the_element() -> None:
    """Under ``each`` a principal may be an expression of the element: for watching, notifying and assigning."""
    steps = """\
fields: {helpers: {type: person, list: true}}
initial: one
states:
  one:
    on:
      go:
        do:
          - {watch: =each, each: ticket.helpers}
          - {notify: {to: [=each], message: hi}, each: ticket.helpers}
          - {assign: =each, each: ticket.helpers, when: each == 'bob'}
      end: over
  over: {final: true}
"""
    ticket = Ticket(steps, helpers=["bob", "erin"])
    ticket.send("go")
    assert ticket.ticket.watchers == ("person:bob", "person:erin")
    assert [to for to, _ in ticket.told()] == [("person:bob",), ("person:erin",)]
    assert (ticket.ticket.assignee, ticket.problems()) == ("person:bob", [])


@pytest.mark.parametrize("by", ["requester", "group", "service.owner", "assignee", "manager_of(requester)"])
def test_a_principal_without_a_value_is_nobody(by: str) -> None:
    """An unset field permits nobody, and is not a failure."""
    text = process(by).replace("{assign: team:cab}, ", "")
    ticket = Ticket(text, by="carol")
    assert {code(ticket.send("go", by=person)) for person in EVERYBODY} == {"not_permitted"}


def test_the_engine_acts_where_it_is_named() -> None:
    """``engine`` in ``by`` is the engine, and never a person; ``everyone`` means people."""
    assert code(Ticket(process("engine"), by="carol").send("go", by="engine")) is None
    assert code(Ticket(process("everyone"), by="carol").send("go", by="engine")) == "not_permitted"


def test_a_machine_that_opened_a_ticket_is_its_opener() -> None:
    """``opener`` is the ticket's opener, even a source or another ticket, which is no person and gets no notice."""
    text = process("opener").replace("{assign: team:cab}, ", "{notify: {to: opener, message: hello}}, ")
    ticket = Ticket(text, by="source:monitoring")
    (notice,) = ticket.wanted(Notify)
    assert (notice.to, notice.otherwise) == ((), ("role:process_owner",))
    assert code(ticket.send("go", by="source:other")) == "not_permitted"
    assert code(ticket.send("go", by="source:monitoring")) is None


def test_an_expression_of_by_that_fails_refuses_the_event() -> None:
    """A failing ``by`` is a failing guard, with its reason."""
    ticket = Ticket(process('"=ticket.words[7]"'), by="carol", **FIELDS)
    refused = ticket.send("go", by="dora")
    assert refused is not None
    assert (refused.code, refused.allowed) == ("guard_failed", ())


def may(rules: str = "{}") -> str:
    return f"""\
fields:
  requester: {{type: person}}
  group: {{type: team}}
  service: {{type: service}}
  note: {{type: text}}
  secret: {{type: text, edit: [role:chair]}}
  early: {{type: text, editable: [a]}}
  tagged: {{type: text, editable: [tag:open]}}
  never: {{type: text, editable: []}}
  sum: {{type: integer, value: 1 + 1}}
may: {rules}
initial: a
states:
  a: {{on: {{go: b, chair: {{by: role:chair}}}}}}
  b: {{tags: [open], on: {{back: {{to: a, by: person:alice}}}}}}
"""


def test_who_sees_a_ticket_by_default() -> None:
    """By default a ticket is seen by its opener, people, teams, assignee, watchers, and all whom the process names."""
    text = may().replace("  a: {", "  a: {entry: [{watch: person:erin}], ")
    ticket = Ticket(text, by="alice", requester="bob")
    seen = {person for person in EVERYBODY if code(ticket.do(Comment(ticket.actor(person), "hi"))) is None}
    assert seen == {"alice", "bob", "dora", "erin"}
    named = Ticket(text.replace("{watch: person:erin}", "{assign: role:officer}"), by="dora", group="desk")
    assert {one for one in EVERYBODY if code(named.do(Comment(named.actor(one), "hi"))) is None} == {
        "alice",
        "bob",
        "dora",
    }


def test_may_see_limits_who_sees() -> None:
    """With ``see`` only those, the opener and the approvers see it; a default ``by`` and ``comment`` follow it."""
    ticket = Ticket(may("{see: [team:desk]}"), by="carol", requester="bob")
    assert code(ticket.do(Comment(ticket.actor("bob"), "hi"))) == "not_permitted"
    assert code(ticket.send("go", by="dora")) == "not_permitted"
    assert code(ticket.send("go", by="alice")) is None


def test_may_open_limits_people_and_not_processes() -> None:
    """``open`` is not checked for tickets that a process starts."""
    text = may("{open: [team:desk]}")
    assert Ticket(text, by="alice").refused is None
    assert code(Ticket(text, by="bob").refused) == "not_permitted"
    assert Ticket(text, by="ticket:CHG-1").refused is None


def test_who_may_edit_by_default_is_who_may_send_an_event_now() -> None:
    """The default follows the state: in ``b`` only alice has an event to send."""
    ticket = Ticket(may(), by="bob")
    assert code(ticket.do(Edit(ticket.actor("bob"), {"note": "x"}))) is None
    ticket.send("go", by="bob")
    assert code(ticket.do(Edit(ticket.actor("bob"), {"note": "y"}))) == "not_permitted"
    assert code(ticket.do(Edit(ticket.actor("alice"), {"note": "y"}))) is None


def test_where_and_by_whom_a_field_may_be_edited() -> None:
    """``editable`` names states and tags, ``[]`` is nobody; ``edit`` of a field narrows it; no computed field is."""
    ticket = Ticket(may("{edit: [everyone]}"), by="alice")

    def tried(field: str, by: str = "alice") -> str | None:
        return code(ticket.do(Edit(ticket.actor(by), {field: "x"})))

    assert [tried(one) for one in ("early", "tagged", "never", "sum")] == [None, *["read_only_fields"] * 3]
    ticket.send("go")
    assert [tried(one) for one in ("early", "tagged")] == ["read_only_fields", None]
    assert (tried("secret"), tried("secret", "dora")) == ("read_only_fields", None)


def test_internal_comments_are_for_the_assignee_and_the_team_of_the_service() -> None:
    """By default internal comments have these readers; with ``internal`` the readers that it names."""
    text = may().replace("  a: {", "  a: {entry: [{assign: role:officer}], ")
    ticket = Ticket(text, by="carol", service="email")
    able = {one for one in EVERYBODY if code(ticket.do(Comment(ticket.actor(one), "hush", internal=True))) is None}
    assert able == {"alice", "bob"}
    named = Ticket(may("{internal: [role:chair]}"), by="carol", service="email")
    assert {one for one in EVERYBODY if code(named.do(Comment(named.actor(one), "x", internal=True))) is None} == {
        "dora"
    }


@pytest.mark.parametrize(
    "value", ["everyone", "manager_of(role:chair)", "owner:email", "engine:x", "team:", ["bob"], 7]
)
def test_an_assignee_is_one_person_team_or_role(value: object) -> None:
    """A form can't assign a ticket to everybody, or to something that is none of the three."""
    text = may().replace("on: {go: b", "on: {go: {to: b, form: [assignee]}")
    ticket = Ticket(text)
    assert code(ticket.send("go", assignee=value)) == "invalid_fields"
    assert code(ticket.send("go", assignee="team:cab")) is None
    assert ticket.ticket.assignee == "team:cab"
    assert code(ticket.do(Claim(ticket.actor("alice")))) == "not_permitted"
    assert code(ticket.do(Claim(ticket.actor("erin")))) is None
    assert ticket.ticket.assignee == "person:erin"


def test_an_opener_does_not_choose_the_assignee() -> None:
    """The process alone assigns the ticket: the assignee is not a field of opening."""
    refused = Ticket(may(), assignee="alice").refused
    assert refused is not None
    assert (refused.code, refused.fields) == ("read_only_fields", ("assignee",))


@pytest.mark.parametrize("rules", ["{}", "{see: [team:desk, service.owner, manager_of(requester)]}"])
def test_viewers_are_those_who_may_see(rules: str) -> None:
    """The list that searches use and the check that the core makes agree on every person."""
    inside = "entry: [{assign: person:dora}, {watch: team:cab}], tasks: [{id: t, title: T, assign: person:erin}]"
    text = may(rules).replace("  b: {", f"  b: {{{inside}, ")
    for requester in EVERYBODY:
        ticket = Ticket(text, by="alice", requester=requester, group="empty", service="email")
        ticket.send("go")
        view = View(ticket.compiled, ticket.ticket, Handled(""), ticket.now)
        listed = {one for bound in viewers(ticket.compiled, ticket.ticket) for one in people_of(ticket, view, bound)}
        assert listed == {one for one in EVERYBODY if may_see(view, ticket.actor(one))}


def people_of(ticket: Ticket, view: View, bound: str) -> set[str]:
    parse_bound(bound)
    return {one for one in EVERYBODY if acts_as(view, ticket.actor(one), bound)}
