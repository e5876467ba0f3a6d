"""Approvals whose people leave, join and are away while the ticket waits for them (LANGUAGE, section 4, approval)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.tickets import HOUR, MONDAY, ORGANIZATION, Ticket
from workflows.engine.deadlines import next_deadline
from workflows.engine.explain import explain
from workflows.engine.model.availability import OrganizationChanged
from workflows.engine.model.effects import CheckPeople
from workflows.engine.model.events import Delegate
from workflows.engine.waiting.directory_answers import people_checked

DAY = 24 * HOUR
TUESDAY = MONDAY + 15 * HOUR
"""Midnight in Berlin."""
ON = "{approved: done, rejected: bad}"


def process(approval: str) -> str:
    return f"""\
fields:
  requester: {{type: person, default: =actor.id}}
  service: {{type: service}}
initial: ask
states:
  ask:
    approval: {approval}
    on: {ON}
  done: {{on: {{again: ask}}}}
  bad: {{on: {{again: ask}}}}
  over: {{final: true}}
"""


def away(person: str, to: str | None, start: str = "2026-03-03", text: str = ORGANIZATION) -> str:
    """The organization in which a person is out of office for the week of the tests."""
    delegate = f", delegate: {to}" if to else ""
    name = {"bob": "Bob Ruiz", "dora": "Dora Lind", "erin": "Erin Obi", "carol": "Carol Weiss"}[person]
    entry = f"out_of_office: [{{from: {start}, to: 2026-03-08{delegate}}}]"
    assert f"{{name: {name}" in text
    return text.replace(f"{{name: {name}", f"{{{entry}, name: {name}")


def cab(*members: str, text: str = ORGANIZATION) -> str:
    return text.replace("members: [bob, dora, erin]", f"members: [{', '.join(members)}]")


def without(person: str, text: str = ORGANIZATION) -> str:
    """The organization without a person whom it still names in places."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.strip().startswith(f"{person}:"))


def holders(ticket: Ticket) -> list[tuple[str, str | None, str | None]]:
    requests = ticket.ticket.approvals["ask"].requests
    return [(one.person, one.asked_for, one.why) for one in requests if one.vote is None]


def code(ticket: Ticket, person: str) -> str | None:
    refused = ticket.approve(person)
    return refused.code if refused else None


def test_a_request_moves_when_an_absence_begins() -> None:
    """At the first instant of an announced absence the request goes to the delegate, who alone is notified."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"), people=away("bob", "carol"))
    assert ticket.asked("ask") == ["bob", "dora", "erin"]
    assert next_deadline(ticket.ticket) == TUESDAY
    ticket.told()
    ticket.wait_until(TUESDAY - 1)
    assert ticket.asked("ask") == ["bob", "dora", "erin"]
    ticket.wait_until(TUESDAY)
    assert holders(ticket)[0] == ("carol", "bob", "out_of_office")
    assert ticket.told() == [(("person:carol",), "approval_requested")]
    assert ticket.said("delegated") == [{"state": "ask", "from": "bob", "to": "carol", "why": "out_of_office"}]
    assert code(ticket, "bob") == "not_an_approver"
    ticket.approve("carol")
    ticket.approve("dora")
    assert ticket.state == ("done",)


def test_a_request_stays_with_the_delegate_when_the_absence_is_over() -> None:
    """A returning approver does not get the request back: the delegate holds it, and can delegate it."""
    ticket = Ticket(process("{from: [person:bob]}"), people=away("bob", "carol"))
    ticket.wait(8 * DAY)
    ticket.among(ORGANIZATION)
    assert holders(ticket) == [("carol", "bob", "out_of_office")]
    assert ticket.do(Delegate(ticket.actor("carol"), "bob")) is None
    assert holders(ticket) == [("bob", None, None)]


@pytest.mark.parametrize(
    ("approval", "to"),
    [
        ("{from: [team:cab], need: all}", "dora"),
        ("{from: [team:cab], need: all, exclude: [person:carol]}", "carol"),
        ("{from: [team:cab], need: all}", None),
        ("{from: [team:cab], need: all}", "gone"),
    ],
    ids=["asked themselves", "excluded", "nobody", "unknown"],
)
def test_a_request_that_nobody_can_take_over_stays(approval: str, to: str | None) -> None:
    """A request whose delegate is an approver, excluded, unknown or missing stays, visibly and with an owner."""
    ticket = Ticket(process(approval), people=away("bob", to))
    ticket.told()
    ticket.wait_until(TUESDAY)
    assert ticket.asked("ask") == ["bob", "dora", "erin"]
    assert ticket.problems() == ["approvers_away"]
    assert ticket.told() == [(("person:alice",), "problem")]
    for person in ("bob", "dora", "erin"):
        assert code(ticket, person) is None
    assert ticket.state == ("done",)


def test_no_problem_is_shown_while_the_others_can_decide() -> None:
    """An absent approver without a delegate is no problem where enough other approvers are present."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"), people=away("bob", None))
    ticket.wait_until(TUESDAY)
    assert ticket.problems() == []


def test_a_delegate_who_has_voted_does_not_vote_again() -> None:
    """An absent approver's request does not move to a person who has voted: nobody votes twice."""
    ticket = Ticket(process("{from: [team:cab], need: 3}"), people=away("bob", "dora"))
    ticket.approve("dora")
    ticket.wait_until(TUESDAY)
    assert ticket.asked("ask") == ["bob", "erin"]
    assert code(ticket, "dora") == "already_voted"


def test_two_who_stand_in_for_each_other_end_in_one_step() -> None:
    """In a loop of delegates each request moves one step at most, and each person holds one request."""
    text = away("bob", "carol", text=away("carol", "bob"))
    ticket = Ticket(process("{from: [person:bob]}"), people=text)
    ticket.wait_until(TUESDAY)
    assert holders(ticket) == [("carol", "bob", "out_of_office")]
    both = Ticket(process("{from: [person:bob, person:carol], need: all}"), people=text)
    both.wait_until(TUESDAY)
    assert both.asked("ask") == ["bob", "carol"]
    assert both.problems() == ["approvers_away"]


def test_the_veto_goes_the_way_of_the_request() -> None:
    """The delegate of an absent veto holder holds the veto, in one request with the delegate's own if there is one."""
    ticket = Ticket(
        process("{from: [person:carol, person:dora], need: 2, veto: [role:officer]}"), people=away("bob", "dora")
    )
    ticket.wait_until(TUESDAY)
    assert ticket.asked("ask") == ["carol", "dora"]
    ticket.reject("dora")
    assert ticket.ticket.approvals["ask"].reason == "vetoed"


def test_an_absence_that_is_entered_while_it_waits_moves_the_request() -> None:
    """A current absence that is entered after the request counts as soon as the organization has changed."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.among(away("erin", "carol", start="2026-03-01"))
    assert holders(ticket) == [("bob", None, None), ("dora", None, None), ("carol", "erin", "out_of_office")]


def test_who_leaves_loses_the_request_and_the_number_stays() -> None:
    """A departing member's request is withdrawn with a notice; the need stays, and no other person gets a request."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.told()
    ticket.among(cab("dora", "erin", "alice"))
    assert (ticket.asked("ask"), ticket.told()) == (["dora", "erin"], [(("person:bob",), "approval_withdrawn")])
    assert ticket.said("withdrawn") == [{"state": "ask", "people": ["bob"], "why": "left"}]
    assert code(ticket, "bob") == "not_an_approver"
    assert code(ticket, "alice") == "not_an_approver"
    ticket.approve("dora")
    assert ticket.state == ("ask",)
    ticket.approve("erin")
    assert ticket.state == ("done",)


def test_a_vote_of_one_who_leaves_stands() -> None:
    """The vote of an approver who leaves after voting stands."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.approve("bob")
    ticket.among(cab("dora", "erin", text=without("bob")))
    ticket.approve("dora")
    assert ticket.state == ("done",)


def test_a_person_who_is_gone_is_treated_as_one_who_left_and_told_nothing() -> None:
    """A person who no longer exists loses the request and gets no notice."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.told()
    ticket.among(without("bob"))
    assert (ticket.asked("ask"), ticket.told()) == (["dora", "erin"], [])


def test_a_group_that_becomes_empty_is_a_problem_and_no_decision() -> None:
    """Leaving neither approves nor rejects: the ticket waits visibly, notifies its owner, and asks a new member."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.approve("bob")
    ticket.told()
    ticket.among(cab())
    assert (ticket.state, ticket.problems()) == (("ask",), ["not_enough_approvers"])
    assert ((("person:alice",), "problem")) in ticket.told()
    (waiting,) = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now).approvals
    assert (waiting.required, waiting.lacking, waiting.open) == (2, 1, ())
    ticket.among(cab("alice", "carol"))
    assert holders(ticket) == [("alice", None, "joined"), ("carol", None, "joined")]
    ticket.approve("carol")
    assert ticket.state == ("done",)


def test_who_joins_takes_a_vacant_place_where_too_few_are_left() -> None:
    """When the owner of a service changes, the new owner becomes the approver in place of the old owner."""
    ticket = Ticket(process("{from: [service.owner]}"), service="email")
    assert ticket.asked("ask") == ["carol"]
    ticket.among(ORGANIZATION.replace("owner: carol", "owner: dora"))
    assert holders(ticket) == [("dora", None, "joined")]
    assert ticket.said("asked")[-1] == {"state": "ask", "people": ["dora"], "required": 1, "why": "joined"}


def test_a_vote_that_leaves_too_few_asks_who_has_joined() -> None:
    """A rejection makes a vacant place count: a member who has joined meanwhile gets a request then."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.among(cab("dora", "erin", "alice"))
    ticket.reject("dora")
    assert (ticket.state, ticket.asked("ask")) == (("ask",), ["erin", "alice"])
    ticket.reject("erin")
    assert ticket.state == ("bad",)


def test_a_vacant_place_is_no_rejection() -> None:
    """With one rejection and one departure, two of three needed, the stage is undecided until votes alone decide."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.reject("bob")
    ticket.among(cab("bob", "dora"))
    assert (ticket.state, ticket.problems()) == (("ask",), ["not_enough_approvers"])
    ticket.approve("dora")
    assert ticket.state == ("ask",)


def test_a_stand_in_who_is_gone_gives_the_request_back() -> None:
    """An absent approver's request returns to them when the delegate leaves the organization."""
    ticket = Ticket(process("{from: [team:cab], need: all}"))
    ticket.do(Delegate(ticket.actor("bob"), "carol"))
    ticket.told()
    ticket.among(without("carol"))
    assert holders(ticket)[0] == ("bob", None, None)
    assert ticket.told() == [(("person:bob",), "approval_requested")]
    assert ticket.said("delegated")[-1]["why"] == "given_back"


def test_a_request_handed_on_by_hand_goes_with_whom_it_was_meant_for() -> None:
    """When the approver who delegated a request leaves the group, nobody holds the request any more."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.do(Delegate(ticket.actor("bob"), "carol"))
    ticket.among(cab("dora", "erin"))
    assert ticket.asked("ask") == ["dora", "erin"]
    assert code(ticket, "carol") == "not_an_approver"


def test_a_request_handed_on_by_hand_stays_when_an_absence_begins() -> None:
    """A request that its approver delegated by choice is not taken over by the delegate of their absence."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"), people=away("bob", "carol"))
    ticket.do(Delegate(ticket.actor("bob"), "alice"))
    ticket.wait_until(TUESDAY)
    assert holders(ticket)[0] == ("alice", "bob", "delegated")


def test_a_veto_whose_holder_leaves_is_passed_on() -> None:
    """The veto is never lost: when its last holder has gone, the current members of the role hold it."""
    ticket = Ticket(process("{from: [person:carol], veto: [role:officer]}"))
    assert ticket.asked("ask") == ["carol", "bob"]
    ticket.among(ORGANIZATION.replace("officer: [bob]", "officer: [erin, dora]"))
    assert ticket.asked("ask") == ["carol", "erin", "dora"]
    ticket.reject("erin")
    assert ticket.ticket.approvals["ask"].reason == "vetoed"


def test_an_approver_who_leaves_the_group_keeps_their_veto() -> None:
    """A person who has left the group but still has the veto's role gets a request for the veto alone."""
    ticket = Ticket(process("{from: [team:cab], need: 2, veto: [role:officer]}"))
    ticket.among(cab("dora", "erin"))
    (bob,) = [one for one in ticket.ticket.approvals["ask"].requests if one.person == "bob"]
    assert bob.veto_only
    ticket.reject("bob")
    assert ticket.ticket.approvals["ask"].reason == "vetoed"


def test_who_is_asked_for_a_veto_alone_counts_after_joining() -> None:
    """A veto holder who takes a vacant place has one request, which counts."""
    ticket = Ticket(process("{from: [service.owner], veto: [role:officer]}"), service="email")
    ticket.among(ORGANIZATION.replace("owner: carol", "owner: bob"))
    assert ticket.asked("ask") == ["bob"]
    ticket.approve("bob")
    assert ticket.state == ("done",)


def test_who_is_excluded_now_loses_the_request() -> None:
    """A wider exclusion applies to open requests."""
    ticket = Ticket(process("{from: [team:cab], need: 2, exclude: [role:chair]}"))
    assert ticket.asked("ask") == ["bob", "erin"]
    ticket.among(ORGANIZATION.replace("chair: [dora]", "chair: [erin]"))
    assert ticket.asked("ask") == ["bob"]
    assert ticket.ticket.approvals["ask"].excluded == ("dora", "erin")
    assert ticket.problems() == ["not_enough_approvers"]


def test_a_group_is_looked_at_once_for_each_organization() -> None:
    """The same organization again, or one by which approvers were already looked up, triggers no lookup."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"))
    ticket.answers = False
    ticket.do(OrganizationChanged(ticket.directory.digest))
    assert ticket.wanted(CheckPeople) == []
    ticket.answers = True
    ticket.among(cab("dora", "erin"))
    ticket.answers = False
    ticket.do(OrganizationChanged(ticket.directory.digest))
    assert ticket.wanted(CheckPeople) == []


def test_an_older_answer_comes_too_late() -> None:
    """Of two lookups the newer counts, in whatever order the answers arrive."""
    ticket = Ticket(process("{from: [team:cab], need: all}"))
    ticket.answers = False
    before = ticket.directory
    ticket.do(OrganizationChanged("one"))
    ticket.do(OrganizationChanged("another"))
    first, second = ticket.wanted(CheckPeople)
    ticket.answers = True
    ticket.among(cab("dora", "erin"))
    ticket.do(people_checked(ticket.directory, second, ticket.now))
    ticket.do(people_checked(before, first, ticket.now))
    assert ticket.asked("ask") == ["dora", "erin"]


def test_an_answer_to_a_stage_that_is_over_changes_no_request() -> None:
    """A lookup for one stage does not affect the next stage."""
    text = process("{stages: [{from: [team:cab]}, {from: [person:carol, person:alice], need: 2}]}")
    ticket = Ticket(text)
    ticket.answers = False
    ticket.do(OrganizationChanged("another"))
    (question,) = ticket.wanted(CheckPeople)
    ticket.answers = True
    ticket.approve("bob")
    ticket.do(people_checked(ticket.directory, question, ticket.now))
    assert ticket.asked("ask") == ["carol", "alice"]


def test_a_ticket_that_waits_for_nobody_does_nothing() -> None:
    """A change of the organization does not affect a ticket that waits for no person."""
    ticket = Ticket(process("{from: [team:cab]}"))
    ticket.approve("bob")
    revision = ticket.ticket.revision
    ticket.among(cab())
    assert ticket.ticket.revision == revision


def test_a_group_is_looked_up_as_it_was_asked_of() -> None:
    """A later write of a field changes no request: the approvers were notified when the approval was requested."""
    text = process("{from: [requester], need: any}").replace("over: {final", "x: {final")
    ticket = Ticket(text + "may: {edit: [everyone]}\n", requester="bob")
    from workflows.engine.model.events import Edit

    ticket.do(Edit(ticket.actor("alice"), {"requester": "erin"}))
    ticket.among(cab("dora"))
    assert ticket.asked("ask") == ["bob"]


def test_explain_says_why_a_request_moved_and_what_comes() -> None:
    """``explain`` shows who stands in for whom and why, and whose absence is coming."""
    ticket = Ticket(process("{from: [team:cab], need: 2}"), people=away("bob", "carol"))
    told: Any = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now)
    assert [(one.at, one.what) for one in told.coming] == [(TUESDAY, "bob is out of office; carol stands in")]
    ticket.wait_until(TUESDAY)
    (waiting,) = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now).approvals
    assert [(one.person, one.asked_for, one.why) for one in waiting.moved] == [("carol", "bob", "out_of_office")]
