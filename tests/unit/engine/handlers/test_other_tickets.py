"""Events and answers from other tickets, on the pure core (LANGUAGE, sections 4 and 5)."""

from __future__ import annotations

from definitions.people.directory import ENGINE
from tests.unit.engine.tickets import Ticket
from workflows.engine.model.automation import Automate, HttpRequest, SendEvent, StartTicket
from workflows.engine.model.events import Send, Started
from workflows.engine.model.result import Refusal

TOLD = """\
fields:
  heard: {type: text}
  problem: {type: ticket}
initial: open
states:
  open:
    on:
      told: {by: engine, when: "event.ticket == 'PRB-7'", set: {heard: =event.ticket}}
      ended.problem: {to: closed, set: {heard: "=event.ticket + ' ' + event.state"}}
  closed: {final: true}
"""


def test_the_sender_is_known_to_guards_and_values() -> None:
    """``event.ticket`` is the sender of the event; the timeline names it."""
    ticket = Ticket(TOLD)
    assert ticket.do(Send("told", ENGINE, sender="PRB-7")) is None
    assert ticket.ticket.fields["heard"] == "PRB-7"
    assert ticket.said("event") == [{"name": "told", "ticket": "PRB-7"}]


def test_another_sender_is_another_value() -> None:
    """A guard on the sender refuses every other sender."""
    refused = Ticket(TOLD).do(Send("told", ENGINE, sender="PRB-8"))
    assert isinstance(refused, Refusal)
    assert refused.code == "guard_failed"


def test_nobody_claims_to_be_a_ticket_by_a_form() -> None:
    """A value called ``ticket`` is not a field of a form, and makes nobody the sender."""
    refused = Ticket(TOLD).do(Send("told", ENGINE, {"ticket": "PRB-7"}))
    assert isinstance(refused, Refusal)
    assert refused.code == "guard_failed"


def test_the_end_of_a_linked_ticket_needs_no_by() -> None:
    """The engine's own events take a transition whatever ``by`` names; ``event.state`` is the other ticket's end."""
    ticket = Ticket(TOLD)
    assert ticket.do(Send("ended.problem", ENGINE, sender="PRB-7", sender_state="resolved")) is None
    assert (ticket.state, ticket.ticket.fields["heard"]) == (("closed",), "PRB-7 resolved")


def test_nobody_else_sends_the_end_of_a_ticket() -> None:
    """From a person ``ended.x`` is an unknown event, also from a person who sees everything."""
    refused = Ticket(TOLD).send("ended.problem")
    assert refused is not None
    assert refused.code == "unknown_event"


SENT = """\
fields:
  token: {type: text}
initial: open
states:
  open:
    entry:
      - {http: {url: "https://example.com/", headers: {Authorization: "Bearer secret:TOKEN", X-Key: =ticket.key}}}
      - {when: "ticket.token != null", http: {url: "https://example.com/", headers: {X-Token: =ticket.token}}}
"""


def test_a_secret_is_named_by_the_process() -> None:
    """A secret in a header leaves the core as it is written: its value is inserted when the request is made."""
    (wanted,) = Ticket(SENT).wanted(Automate)
    assert isinstance(wanted.what, HttpRequest)
    assert wanted.what.headers == {"Authorization": "Bearer secret:TOKEN", "X-Key": "SMP-1"}


def test_a_secret_is_never_named_by_a_field() -> None:
    """The name of a secret in a field is a problem on the ticket, and no request is sent."""
    ticket = Ticket(SENT, token="secret:TOKEN")
    assert len(ticket.wanted(Automate)) == 1
    assert ticket.problems() == ["step_failed"]


FAMILY = """\
initial: split
states:
  split: {child: {process: part}, on: {done: away, failed: away, leave: away}}
  away: {on: {back: split}}
"""


def test_a_child_that_is_started_for_a_visit_that_is_over_is_canceled() -> None:
    """A start that is answered after its state was left and entered again leaves no orphaned child."""
    ticket = Ticket(FAMILY)
    (first,) = ticket.wanted(StartTicket)
    ticket.send("leave")
    ticket.send("back")
    (second,) = ticket.wanted(StartTicket)
    ticket.do(Started(first.id, "PRT-1", first.link, first.place))
    ticket.do(Started(second.id, "PRT-2", second.link, second.place))
    assert [(one.to, one.event) for one in ticket.wanted(SendEvent)] == [(("PRT-1",), "cancel")]
