"""The assignee, the watchers and the people in fields of a ticket, while people leave and are away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.tickets import HOUR, ORGANIZATION, Ticket
from tests.unit.engine.waiting.test_leaving import TUESDAY, away, without
from workflows.engine.deadlines import next_deadline
from workflows.engine.explain import explain
from workflows.engine.model.effects import Notify
from workflows.engine.model.events import Claim
from workflows.engine.model.interpreter import LAZY_TIMER

PROCESS = """\
fields:
  requester: {type: person}
  helpers: {type: person, list: true}
  twice: {type: person, value: ticket.requester}
  service: {type: service}
may: {edit: everyone, see: everyone}
initial: open
states:
  open:
    entry: [{assign: team:cab}]
    on:
      take: {do: [{assign: =actor.id}]}
      give: {by: everyone, form: [assignee]}
      follow: {by: everyone, do: [{watch: =actor.id}]}
      ping: {by: everyone, do: [{notify: {to: assignee, message: Hello}}]}
      call: {by: everyone, do: [{notify: {to: requester, message: Hello}}]}
      empty: {by: everyone, do: [{notify: {to: team:empty, message: Hello}}]}
      close: {to: over, by: everyone}
  over: {final: true}
"""


def opened(**values: Any) -> Ticket:
    return Ticket(PROCESS, **values)


def assigned(ticket: Ticket) -> list[Any]:
    return ticket.said("assigned")


def test_a_ticket_of_somebody_who_left_goes_back_to_the_team_that_it_came_from() -> None:
    """A ticket that was claimed from a team returns to that team, which is notified, and the timeline says why."""
    ticket = opened()
    ticket.do(Claim(ticket.actor("bob")))
    ticket.told()
    ticket.among(without("bob"))
    assert ticket.ticket.assignee == "team:cab"
    assert assigned(ticket)[-1] == {"from": "bob", "to": "team:cab", "why": "left"}
    assert ticket.told() == [(("team:cab",), "ticket_assigned")]
    assert ticket.problems() == []


@pytest.mark.parametrize(
    ("person", "to"), [("bob", "team:cab"), ("carol", "person:dora")], ids=["a team", "no team, but a manager"]
)
def test_a_ticket_of_somebody_who_left_goes_to_their_team_or_manager(person: str, to: str) -> None:
    """A ticket that somebody was given goes to a team of that person, or else to the person's manager."""
    ticket = Ticket(PROCESS.replace("entry: [{assign: team:cab}]", "entry: []"))
    ticket.send("give", assignee=person)
    ticket.among(without(person))
    assert ticket.ticket.assignee == to


def test_somebody_who_took_a_ticket_has_a_team_too() -> None:
    """The facts of an actor who takes a ticket are enough: no question to the organization is needed."""
    ticket = Ticket(PROCESS.replace("entry: [{assign: team:cab}]", "entry: []"))
    before = ticket.ticket.revision
    ticket.send("take", by="erin")
    assert ticket.ticket.revision == before + 1
    ticket.among(without("erin"))
    assert ticket.ticket.assignee == "team:cab"


def test_a_ticket_that_nobody_can_take_over_shows_a_problem_with_an_owner() -> None:
    """Without a team or manager the ticket stays, visibly, and its owners are notified once."""
    ticket = Ticket(PROCESS.replace("entry: [{assign: team:cab}]", "entry: []"))
    ticket.send("give", assignee="dora")
    gone = without("dora", without("bob", without("erin")))
    ticket.told()
    ticket.among(gone)
    ticket.among(gone + "# again\n")
    assert (ticket.ticket.assignee, ticket.problems()) == ("person:dora", ["nobody_in_charge"])
    assert ticket.told() == [(("person:dora", "person:alice"), "problem")]


def test_a_ticket_of_an_empty_team_goes_to_the_team_of_its_service() -> None:
    """A team without people holds no ticket: the team of the ticket's service gets it."""
    ticket = opened(service="email")
    ticket.among(ORGANIZATION.replace("members: [bob, dora, erin]", "members: []"))
    assert ticket.ticket.assignee == "team:desk"


def test_a_delegate_stands_in_for_an_absent_assignee() -> None:
    """The delegate gets the ticket at the first instant of the absence, and gives it back only by leaving."""
    ticket = opened(people=away("bob", "carol"))
    ticket.do(Claim(ticket.actor("bob")))
    assert next_deadline(ticket.ticket) == TUESDAY
    told = explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), ticket.now).coming
    assert [one.what for one in told] == ["bob, assignee of the ticket, is out of office"]
    ticket.told()
    ticket.wait_until(TUESDAY - 1)
    assert ticket.ticket.assignee == "person:bob"
    ticket.wait_until(TUESDAY)
    assert ticket.ticket.assignee == "person:carol"
    assert assigned(ticket)[-1] == {"from": "bob", "to": "carol", "why": "out_of_office"}
    assert ticket.told() == [(("person:carol",), "ticket_assigned")]
    ticket.wait(10 * 24 * HOUR)
    ticket.among(ORGANIZATION)
    assert ticket.ticket.assignee == "person:carol"
    ticket.among(without("carol"))
    assert ticket.ticket.assignee == "person:bob"


def test_an_assignee_who_is_away_already_has_a_stand_in_at_once() -> None:
    """A ticket that is given to somebody who is out of office goes to the delegate."""
    ticket = opened(people=away("bob", "carol", start="2026-03-01"))
    ticket.send("give", assignee="bob")
    assert ticket.ticket.assignee == "person:carol"


def test_an_absence_that_is_entered_later_is_seen() -> None:
    """An absence that is entered while the ticket is open moves the ticket as soon as the files are read."""
    ticket = opened()
    ticket.do(Claim(ticket.actor("bob")))
    ticket.among(away("bob", "carol"))
    assert next_deadline(ticket.ticket) == TUESDAY
    ticket.among(away("bob", "erin", start="2026-03-02"))
    assert ticket.ticket.assignee == "person:erin"


def test_an_absent_assignee_without_a_delegate_is_a_problem_with_an_owner() -> None:
    """Nobody stands in: the ticket stays, and its owners are notified."""
    ticket = opened(people=away("bob", None))
    ticket.do(Claim(ticket.actor("bob")))
    ticket.told()
    ticket.wait_until(TUESDAY)
    assert (ticket.ticket.assignee, ticket.problems()) == ("person:bob", ["assignee_away"])
    assert ticket.told() == [(("person:bob", "person:alice"), "problem")]


def test_a_watcher_who_left_watches_no_more() -> None:
    """Somebody who has left is removed from the watchers, and the timeline says so."""
    ticket = opened()
    ticket.send("follow", by="bob")
    ticket.send("follow", by="dora")
    ticket.among(without("bob"))
    assert ticket.ticket.watchers == ("person:dora",)
    assert ticket.said("unwatched") == [{"people": ["bob"], "why": "left"}]


def test_a_field_that_names_somebody_who_left_is_a_problem_with_an_owner() -> None:
    """Each written field that names somebody who has left is reported once, and keeps its value."""
    ticket = opened(requester="bob", helpers=["erin", "bob"])
    ticket.told()
    ticket.among(without("bob"))
    ticket.among(without("bob") + "# again\n")
    texts = [problem.text for problem in ticket.ticket.problems]
    assert ticket.problems() == ["person_left", "person_left"]
    assert texts[0] == "requester names bob, and the organization no longer has this person"
    assert [text.split()[0] for text in texts] == ["requester", "helpers"]
    assert [why for _, why in ticket.told()] == ["problem", "problem"]
    assert ticket.ticket.fields["requester"] == "bob"


def test_a_change_that_concerns_nobody_on_the_ticket_is_no_step() -> None:
    """A ticket whose people are all there is left alone when the organization changes."""
    ticket = opened(requester="carol")
    ticket.do(Claim(ticket.actor("bob")))
    before = ticket.ticket
    ticket.among(without("erin"))
    assert ticket.ticket is before


def test_an_ended_ticket_is_left_alone() -> None:
    """A ticket that has ended keeps its assignee, whoever leaves."""
    ticket = opened(requester="bob")
    ticket.do(Claim(ticket.actor("bob")))
    ticket.send("close")
    before = ticket.ticket
    ticket.among(without("bob"))
    assert ticket.ticket is before


def test_older_runs_do_not_check_the_assignee() -> None:
    """A run of an older interpreter takes the steps that it took before."""
    ticket = opened(requester="bob", people=away("bob", "carol"), interpreter=LAZY_TIMER)
    ticket.do(Claim(ticket.actor("bob")))
    assert next_deadline(ticket.ticket) is None
    before = ticket.ticket
    ticket.among(without("bob"))
    assert ticket.ticket is before
    assert (before.named, before.holding) == ((), None)


def notices(ticket: Ticket) -> list[Notify]:
    return [one for one in ticket.wanted(Notify) if one.message == "Hello"]


def test_a_notice_to_nobody_has_owners() -> None:
    """Every notice carries who gets it if nobody else does: process owner, owner of the service, opener."""
    ticket = opened(service="email")
    ticket.send("call")
    (notice,) = notices(ticket)
    assert notice.to == ()
    assert notice.otherwise == ("role:process_owner", "owner:email", "person:alice")
    assert ticket.problems() == ["nobody_to_tell"]


def test_a_notice_to_nobody_is_dropped_in_older_runs() -> None:
    """A run of an older interpreter shows the problem alone, as before."""
    ticket = opened(interpreter=LAZY_TIMER)
    ticket.send("call")
    assert (notices(ticket), ticket.problems()) == ([], ["nobody_to_tell"])
