"""Children of a state on the pure core (LANGUAGE, section 4, child): started, counted, canceled or detached."""

from __future__ import annotations

import pytest

from tests.unit.engine.tickets import Ticket
from workflows.engine.model.automation import Parent, Place, SendEvent, StartTicket, TellEnd
from workflows.engine.model.events import ChildEnded, NotTaken, Started

FIELDS = """\
fields:
  sites: {type: text, list: true}
  caused_by: {type: ticket}
  parts: {type: ticket, list: true}
"""


def process(child: str, on: str = "{done: ready, failed: broken, stop: ready}") -> str:
    return f"""\
{FIELDS}
initial: split
states:
  split: {{child: {child}, on: {on}}}
  ready: {{on: {{again: split}}}}
  broken: {{on: {{again: split}}}}
"""


EACH = "{process: rollout, each: ticket.sites, with: {site: =each, all: =ticket.sites}, link: parts%s}"
SITES = ["a", "b", "c"]


def start(ticket: Ticket, keys: bool = True) -> list[StartTicket]:
    """Answers every start with a key."""
    wanted = ticket.wanted(StartTicket)
    for number, one in enumerate(wanted, 1):
        if keys:
            ticket.do(Started(one.id, f"ROL-{number}", one.link, one.place))
    return wanted


def end(ticket: Ticket, index: int, failed: bool = False, visit: int = 1) -> None:
    state = "failed" if failed else "closed"
    ticket.do(ChildEnded(Place("split", visit, index), f"ROL-{index + 1}", state, failed))


def test_one_child_with_its_values_and_link() -> None:
    """``with`` is evaluated, the link field holds the child's key, and the child's end is the outcome."""
    ticket = Ticket(process("{process: problem, with: {summary: ='Of ' + ticket.key}, link: caused_by}"))
    (wanted,) = ticket.wanted(StartTicket)
    assert (wanted.id, wanted.process, wanted.fields) == ("SMP-1:split:1:child0", "problem", {"summary": "Of SMP-1"})
    ticket.do(Started(wanted.id, "PRB-1", wanted.link, wanted.place))
    assert ticket.ticket.fields["caused_by"] == "PRB-1"
    ticket.do(ChildEnded(Place("split", 1, 0), "PRB-1", "closed", False))
    assert ticket.state == ("ready",)


def test_one_child_for_each_element() -> None:
    """``each`` is the element in ``with``; a list of links holds each key once."""
    ticket = Ticket(process(EACH % ""), sites=SITES)
    wanted = start(ticket)
    assert [one.fields for one in wanted] == [{"site": site, "all": SITES} for site in SITES]
    ticket.do(Started(wanted[0].id, "ROL-1", wanted[0].link, wanted[0].place))
    assert ticket.ticket.fields["parts"] == ["ROL-1", "ROL-2", "ROL-3"]
    assert [child.key for child in ticket.ticket.families["split"].children] == ["ROL-1", "ROL-2", "ROL-3"]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_links_stand_in_the_order_of_the_elements(order: tuple[int, ...]) -> None:
    """A list of links has the order of ``each``, whichever start is answered first, behind the links that it held."""
    ticket = Ticket(process(EACH % ""), sites=SITES, parts=["OLD-1"])
    wanted = ticket.wanted(StartTicket)
    for index in order:
        ticket.do(Started(wanted[index].id, f"ROL-{index + 1}", wanted[index].link, wanted[index].place))
    assert ticket.ticket.fields["parts"] == ["OLD-1", "ROL-1", "ROL-2", "ROL-3"]


@pytest.mark.parametrize(
    ("need", "ends", "state"),
    [
        ("", [False, False, False], "ready"),
        ("", [False, True], "broken"),
        (", need: any", [True, False], "ready"),
        (", need: any", [True, True], "split"),
        (", need: any", [True, True, True], "broken"),
        (", need: 2", [False, True, False], "ready"),
        (", need: 2", [True, False], "split"),
        (", need: 2", [True, True], "broken"),
        (", need: 4", [], "broken"),
    ],
)
def test_decided_as_soon_as_it_is_certain(need: str, ends: list[bool], state: str) -> None:
    """``all`` (the default), ``any`` or a number of children must end well; an unreachable number has failed."""
    ticket = Ticket(process(EACH % need), sites=SITES)
    start(ticket)
    for index, failed in enumerate(ends):
        end(ticket, index, failed)
    assert ticket.state == (state,)


@pytest.mark.parametrize("need", ["", ", need: any"])
def test_nothing_to_wait_for_is_done_at_once(need: str) -> None:
    """An empty list has no child to wait for."""
    ticket = Ticket(process(EACH % need))
    assert (ticket.state, ticket.wanted(StartTicket)) == (("ready",), [])


def test_an_expression_that_fails_fails_the_state() -> None:
    """Children whose list can't be evaluated are ``failed``, with a visible problem."""
    ticket = Ticket(process('{process: rollout, each: "[ticket.sites[7]]"}'), sites=SITES)
    assert (ticket.state, ticket.problems()) == (("broken",), ["child_failed"])


def test_a_start_that_fails_counts_as_a_failed_child() -> None:
    """A child that gets no key has failed, with a visible reason."""
    ticket = Ticket(process(EACH % ", need: 2"), sites=SITES)
    wanted = start(ticket, keys=False)
    ticket.do(Started(wanted[0].id, None, None, wanted[0].place, "no such process"))
    assert (ticket.state, [one.text for one in ticket.ticket.problems]) == (("split",), ["no such process"])
    ticket.do(Started(wanted[1].id, None, None, wanted[1].place, "no such process"))
    assert ticket.state == ("broken",)


def test_an_end_counts_once_and_an_end_may_come_before_its_start() -> None:
    """A repeated end counts once; a child that ended before its start was answered is known all the same."""
    ticket = Ticket(process(EACH % ", need: 2"), sites=SITES)
    wanted = start(ticket, keys=False)
    end(ticket, 0)
    end(ticket, 0)
    assert ticket.state == ("split",)
    ticket.do(Started(wanted[0].id, "ROL-1", wanted[0].link, wanted[0].place))
    assert ticket.ticket.families["split"].children[0].failed is False
    end(ticket, 0, failed=True)
    end(ticket, 1)
    assert ticket.state == ("ready",)


def test_answers_that_fit_nothing_are_left_alone() -> None:
    """A child of another visit, or of no state of this process, moves nothing."""
    ticket = Ticket(process(EACH % ""), sites=SITES)
    wanted = start(ticket)
    before = ticket.ticket.families
    for place in (Place("split", 1, 7), Place("split", 9, 0), Place("ready", 1, 0)):
        ticket.do(ChildEnded(place, "ROL-9", "closed", False))
        ticket.do(Started("x", "ROL-9", None, place))
        ticket.do(NotTaken("ROL-9", "cancel", "no", place))
    assert (ticket.ticket.families, ticket.state, len(wanted)) == (before, ("split",), 3)


def test_leaving_cancels_the_children_that_are_open() -> None:
    """``on_exit: cancel`` sends ``cancel`` to running children, once; a child that refuses is detached, on record."""
    ticket = Ticket(process(EACH % ""), sites=SITES)
    start(ticket)
    end(ticket, 0)
    ticket.send("stop")
    sent = ticket.wanted(SendEvent)
    assert [(one.to, one.event, one.cancel_of) for one in sent] == [
        (("ROL-2",), "cancel", Place("split", 1, 1)),
        (("ROL-3",), "cancel", Place("split", 1, 2)),
    ]
    ticket.do(NotTaken("ROL-2", "cancel", "not possible now", Place("split", 1, 1)))
    assert [one.detached for one in ticket.ticket.families["split"].children] == [False, True, False]
    assert {"state": "split", "ticket": "ROL-2", "detached": True, "reason": "not possible now"} in ticket.said("child")


def test_a_child_that_started_while_its_state_was_left_is_canceled_too() -> None:
    """A child whose state was entered again before its start was answered is not forgotten either."""
    ticket = Ticket(process("{process: rollout}"))
    (first,) = start(ticket, keys=False)
    ticket.send("stop")
    assert ticket.wanted(SendEvent) == []
    ticket.send("again")
    (second,) = start(ticket, keys=False)
    ticket.do(Started(first.id, "ROL-1", None, first.place))
    assert [(one.to, one.event) for one in ticket.wanted(SendEvent)] == [(("ROL-1",), "cancel")]
    ticket.do(Started(second.id, "ROL-2", None, second.place))
    assert ticket.wanted(SendEvent) == []
    ticket.send("stop")
    assert [(one.to, one.event) for one in ticket.wanted(SendEvent)] == [(("ROL-2",), "cancel")]


def test_detached_children_go_on() -> None:
    """``on_exit: detach`` sends nothing, and the end of a detached child moves nothing."""
    ticket = Ticket(process("{process: rollout, on_exit: detach}"))
    start(ticket)
    ticket.send("stop")
    assert ticket.wanted(SendEvent) == []
    end(ticket, 0)
    assert (ticket.state, ticket.ticket.families["split"].children[0].detached) == (("ready",), True)


def test_a_child_may_say_why_it_has_failed() -> None:
    """The reason is a problem on the parent, with the child's name; a child that is done reports none."""
    ticket = Ticket(process("{process: rollout, need: any, each: ticket.sites}"), sites=SITES)
    start(ticket)
    ticket.do(ChildEnded(Place("split", 1, 0), "ROL-1", "rolled_back", True, "the web shop is slow"))
    ticket.do(ChildEnded(Place("split", 1, 1), "ROL-2", "completed", False, "all is well"))
    told = [(problem.code, problem.text, problem.state) for problem in ticket.ticket.problems]
    assert told == [("child_failed", "ROL-1: the web shop is slow", "split")]


def test_guards_read_the_children() -> None:
    """``child.<state>`` is a list of key, state and failed, in the order of ``each``."""
    on = "{done: [{to: broken, when: 'child.split.exists(c, c.failed)'}, {to: ready}], failed: broken}"
    ticket = Ticket(process(EACH % ", need: any", on), sites=SITES)
    start(ticket)
    end(ticket, 2, failed=True)
    end(ticket, 0)
    assert ticket.state == ("broken",)


def test_a_ticket_with_a_parent_tells_it_its_end_and_sends_to_it() -> None:
    """``to: parent`` and ``to: children`` reach tickets by key; a child reports its end with the waiting place."""
    text = """\
initial: a
states:
  a: {on: {go: {to: b, do: [{send: {event: hello, to: parent}}]}}}
  b: {final: failed}
"""
    ticket = Ticket(text, by="ticket:CHG-1", parent=Parent("CHG-1", Place("split", 1, 0)))
    ticket.send("go", by="ticket:CHG-1")
    assert [(one.to, one.event) for one in ticket.wanted(SendEvent)] == [(("CHG-1",), "hello")]
    (told,) = ticket.wanted(TellEnd)
    assert (told.state, told.failed, told.parent) == ("b", True, Parent("CHG-1", Place("split", 1, 0)))


START = """\
fields: {related: {type: ticket, list: true}, first: {type: ticket}}
initial: a
states:
  a:
    entry:
      - {start: {process: problem, link: related}}
      - {start: {process: problem, link: first}}
    on: {go: {do: [{send: {event: look, to: "link:related"}}, {send: {event: up, to: parent}}]}}
"""


def test_started_tickets_fill_link_fields_and_are_sent_to() -> None:
    """``link:x`` selects the tickets that this one links to; no recipient is a problem; a key is linked once."""
    ticket = Ticket(START)
    one, other = ticket.wanted(StartTicket)
    for answer in (Started(one.id, "PRB-1", one.link), Started(one.id, "PRB-1", one.link)):
        ticket.do(answer)
    ticket.do(Started(other.id, "PRB-2", other.link))
    assert ticket.ticket.fields == {"related": ["PRB-1"], "first": "PRB-2"}
    ticket.send("go")
    assert [(sent.to, sent.event) for sent in ticket.wanted(SendEvent)] == [(("PRB-1",), "look")]
    assert ticket.problems() == ["nobody_to_send_to"]
