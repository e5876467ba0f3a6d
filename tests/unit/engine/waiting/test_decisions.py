"""What a decision decides: one request of its sender, which it names wherever another could be meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.tickets import HOUR, Ticket
from workflows.engine.model.effects import Notify
from workflows.engine.model.events import Delegate, Edit, Vote
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Refusal

REGIONS = """\
initial: both
states:
  both:
    parallel: true
    states:
      money:
        initial: price
        states:
          price: {title: The price, approval: {from: [person:dora]}, on: {approved: paid, rejected: refused}}
          paid: {}
          refused: {}
      risk:
        initial: danger
        states:
          danger: {title: The danger, approval: {from: [person:dora]}, on: {approved: safe, rejected: unsafe}}
          safe: {}
          unsafe: {}
    on: {stop: over}
  over: {final: true}
"""
STAGES = """\
fields: {plan: {type: text}}
may: {edit: [opener]}
initial: ask
states:
  ask:
    title: The change
    approval:
      stages: [{id: line, from: [person:dora]}, {id: board, from: [person:dora]}]
      reset_on: [plan]
    on: {approved: done, rejected: bad}
  done: {on: {again: ask}}
  bad: {on: {again: ask}}
  over: {final: true}
"""
STATES = """\
initial: line
states:
  line: {approval: {from: [person:dora]}, on: {approved: board, rejected: bad}}
  board: {approval: {from: [person:dora]}, on: {approved: done, rejected: bad}}
  done: {}
  bad: {}
  over: {final: true}
"""


def decide(ticket: Ticket, **what: Any) -> Refusal | None:
    return ticket.do(Vote(ticket.actor("dora"), "approve", **what))


def test_a_decision_names_its_state_where_the_approver_has_two_open_requests() -> None:
    """With two open requests a decision without a state is refused, and the refusal lists the states."""
    ticket = Ticket(REGIONS)
    refused = decide(ticket)
    assert refused is not None
    assert (refused.code, refused.fields) == ("ambiguous", ("state",))
    assert refused.reason == "dora has 2 open approval requests on SMP-1: name the state, 'price' or 'danger'"
    assert decide(ticket, state="danger") is None
    assert ticket.state == ("price", "safe")


def test_a_request_is_handed_over_by_its_state_where_its_holder_has_two() -> None:
    """With two open requests a delegation without a state is refused."""
    ticket = Ticket(REGIONS)
    refused = ticket.do(Delegate(ticket.actor("dora"), "erin"))
    assert refused is not None
    assert refused.code == "ambiguous"
    assert ticket.do(Delegate(ticket.actor("dora"), "erin", "danger")) is None
    assert (ticket.asked("price"), ticket.asked("danger")) == (["dora"], ["erin"])


@pytest.mark.parametrize(
    ("process", "field", "named"),
    [(STAGES, "stage", {"state": "ask", "stage": "board"}), (STATES, "state", {"state": "board"})],
    ids=["the next stage", "the next state"],
)
def test_a_second_press_never_decides_the_next_request(process: str, field: str, named: dict[str, str]) -> None:
    """An approver names a request that their own vote has opened: a press too many decides nothing."""
    ticket = Ticket(process)
    assert decide(ticket) is None
    refused = decide(ticket)
    assert refused is not None
    assert (refused.code, refused.fields) == ("already_voted", (field,))
    assert f"name the {field} {named[field]!r}" in refused.reason
    assert ticket.state != ("done",)
    assert decide(ticket, **named) is None
    assert ticket.state == ("done",)


def test_the_same_state_named_twice_never_decides_the_next_stage() -> None:
    """A state alone does not tell one stage of it from the next."""
    ticket = Ticket(STAGES)
    assert decide(ticket, state="ask") is None
    refused = decide(ticket, state="ask")
    assert refused is not None
    assert (refused.code, refused.fields) == ("already_voted", ("stage",))


def test_a_request_that_opens_later_needs_no_name() -> None:
    """An approver who voted on the ticket some time before need not name their only open request."""
    ticket = Ticket(STATES.replace("approved: board", "approved: pause") + "  pause: {after: [{for: 1h, to: board}]}\n")
    assert decide(ticket) is None
    ticket.wait(HOUR)
    assert decide(ticket) is None
    assert ticket.state == ("done",)


def test_a_stage_is_named_by_its_id_or_its_number() -> None:
    """The stage of a decision is the id that the process gives it, or its number; 0 is the first."""
    ticket = Ticket(STAGES)
    assert decide(ticket, stage=0) is None
    assert decide(ticket, state="ask", stage="board") is None
    assert ticket.state == ("done",)


@pytest.mark.parametrize(
    "what",
    [{"visit": 2}, {"visit": 1, "round": 1}, {"stage": "board"}, {"stage": 1}, {"state": "ask", "visit": 0}],
)
def test_a_decision_on_another_request_than_the_open_one_is_stale(what: dict[str, Any]) -> None:
    """A decision that names another visit, round or stage is refused as stale, and changes nothing."""
    ticket = Ticket(STAGES)
    before = ticket.ticket
    refused = decide(ticket, **what)
    assert refused is not None
    assert refused.code == "stale"
    assert "visit 1, round 0, stage 'line'" in refused.reason
    assert ticket.ticket == before


def test_a_decision_that_was_read_before_a_reset_is_stale() -> None:
    """A decision that names the round before a reset does not count in the round after it."""
    ticket = Ticket(STAGES)
    ticket.do(Edit(ticket.actor("alice"), {"plan": "another"}))
    refused = decide(ticket, state="ask", visit=1, round=0)
    assert refused is not None
    assert refused.code == "stale"
    assert decide(ticket, state="ask", visit=1, round=1) is None


def test_a_decision_on_a_visit_that_is_over_is_stale() -> None:
    """A decision that names its visit is stale when the approval is over, and when the state was entered again."""
    ticket = Ticket(STAGES)
    assert ticket.do(Vote(ticket.actor("dora"), "reject", "no", "ask", visit=1)) is None
    over = decide(ticket, state="ask", visit=1)
    ticket.send("again")
    old = decide(ticket, state="ask", visit=1)
    assert over is not None
    assert old is not None
    assert (over.code, old.code) == ("stale", "stale")
    assert decide(ticket, state="ask", visit=2) is None


def test_the_timeline_tells_what_was_decided() -> None:
    """The entry of a vote has the visit, the round and the stage of the request."""
    ticket = Ticket(STAGES)
    decide(ticket)
    decide(ticket, state="ask", stage="board")
    assert ticket.said("vote") == [
        {"state": "ask", "decision": "approve", "visit": 1, "round": 0, "stage": "line"},
        {"state": "ask", "decision": "approve", "visit": 1, "round": 0, "stage": "board"},
    ]


def test_notices_tell_requests_apart() -> None:
    """A notice about a request has the title of its state, and the stage, visit and round."""
    notices = [one for one in Ticket(REGIONS).effects if isinstance(one, Notify)]
    assert [one.context["title"] for one in notices] == ["The price", "The danger"]
    ticket = Ticket(STAGES)
    decide(ticket)
    stages = [(one.context["stage"], one.context["visit"], one.context["round"]) for one in ticket.wanted(Notify)]
    assert stages == [("line", 1, 0), ("board", 1, 0)]


def test_older_runs_decide_the_first_request_that_is_open() -> None:
    """A run of an older interpreter takes a decision without a state for the first open request, as it did before."""
    ticket = Ticket(REGIONS, interpreter=LAZY_TIMER)
    assert decide(ticket) is None
    assert ticket.state == ("paid", "danger")
    assert ticket.said("vote") == [{"state": "price", "decision": "approve"}]
    staged = Ticket(STAGES, interpreter=LAZY_TIMER)
    assert (decide(staged), decide(staged)) == (None, None)
    assert staged.state == ("done",)
