"""Tickets that wake or start each other come to an end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from definitions.people.directory import ENGINE
from tests.unit.engine.tickets import Ticket
from workflows.engine.model.automation import Automate, Place, SendEvent, StartTicket
from workflows.engine.model.bounds import HOPS_PAUSE, MOST_HOPS
from workflows.engine.model.events import ChildEnded, Open, Send
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Step
from workflows.engine.step import step

TEXT = """
fields: {twin: {type: ticket}}
initial: open
states:
  open:
    on:
      news: {by: [everyone, engine], do: [{send: {event: news, to: "link:twin"}}]}
      more: {by: [everyone, engine], do: [{start: {process: sample}}]}
      call: {by: [everyone, engine], do: [{http: {url: https://example.com}}]}
      own:  {by: everyone, do: [{send: {event: news, to: "=[ticket.key, 'SMP-7']"}}]}
      wait: {to: waiting, by: [everyone, engine]}
      part: {to: divided, by: [everyone, engine]}
      over: {to: over, by: everyone}
  waiting: {after: [{for: 30s, to: woken}]}
  woken: {entry: [{send: {event: news, to: "link:twin"}}], on: {again: {to: later, by: [everyone, engine]}}}
  later: {after: [{for: 1h, to: woken}]}
  divided: {child: {process: sample}, on: {done: woken, failed: broken}}
  broken: {final: failed}
  over: {final: true}
"""
EFFECTS: dict[str, Any] = {"news": SendEvent, "more": StartTicket, "call": Automate}


def sent(ticket: Ticket, name: str, hops: int) -> None:
    """An event that another ticket has sent as the ``hops``-th link of a chain."""
    assert ticket.do(Send(name, ENGINE, sender="SMP-2", hops=hops)) is None


@pytest.mark.parametrize("name", EFFECTS)
def test_a_chain_is_counted_and_ends(name: str) -> None:
    """What an event causes is one link further, and the link after the last is a problem instead."""
    ticket = Ticket(TEXT, twin="SMP-2")
    ticket.send(name)
    sent(ticket, name, 7)
    sent(ticket, name, MOST_HOPS - 1)
    effects = ticket.wanted(EFFECTS[name])
    assert [effect.hops for effect in effects] == [1, 8, MOST_HOPS]
    sent(ticket, name, MOST_HOPS)
    assert ticket.wanted(EFFECTS[name]) == []
    assert ticket.problems() == ["too_many_hops"]
    assert f"at most {MOST_HOPS}" in ticket.ticket.problems[0].text


def test_two_tickets_that_wake_each_other_come_to_rest() -> None:
    """An event that goes back and forth between twins is sent fifty times, and one of them shows the problem."""
    twins = [Ticket(TEXT, twin="SMP-2") for _ in range(2)]
    twins[0].send("news")
    links = 0
    while effects := twins[links % 2].wanted(SendEvent):
        links += 1
        sent(twins[links % 2], "news", effects[0].hops)
    assert links == MOST_HOPS
    assert [twin.problems() for twin in twins] == [["too_many_hops"], []]


def test_a_new_ticket_continues_the_chain() -> None:
    """A ticket that a chain has opened counts from there, and a person begins a new chain."""
    ticket = Ticket(TEXT)
    opened = step(ticket.compiled, None, Open("SMP-3", ENGINE, {"twin": "SMP-2"}, hops=MOST_HOPS), ticket.now)
    assert isinstance(opened, Step)
    assert opened.snapshot.hops == MOST_HOPS
    ticket.snapshot = opened.snapshot
    ticket.send("news")
    assert [effect.hops for effect in ticket.wanted(SendEvent)] == [1]


def test_a_pause_begins_a_new_chain() -> None:
    """What happens by itself within a minute continues the chain; after a longer wait it begins a new one."""
    assert 30 < HOPS_PAUSE < 3_600
    ticket = Ticket(TEXT, twin="SMP-2")
    sent(ticket, "wait", 7)
    ticket.wait(30)
    sent(ticket, "again", 9)
    ticket.wait(3_600)
    assert [effect.hops for effect in ticket.wanted(SendEvent)] == [8, 1]


def test_children_at_the_end_of_a_chain_are_not_started() -> None:
    """The state of children that a chain can't start any more has failed; the end of a child continues its chain."""
    ticket = Ticket(TEXT, twin="SMP-2")
    sent(ticket, "part", MOST_HOPS)
    assert ticket.state == ("broken",)
    assert ticket.wanted(StartTicket) == []
    ticket = Ticket(TEXT, twin="SMP-2")
    ticket.send("part")
    assert [effect.hops for effect in ticket.wanted(StartTicket)] == [1]
    ticket.do(ChildEnded(Place("divided", 1, 0), "SMP-9", "over", False, hops=5))
    assert [effect.hops for effect in ticket.wanted(SendEvent)] == [6]


def test_a_ticket_sends_nothing_to_itself() -> None:
    """Its own key among several gets nothing, with a problem, and the other tickets get the event."""
    ticket = Ticket(TEXT)
    assert ticket.send("own") is None
    assert [effect.to for effect in ticket.wanted(SendEvent)] == [("SMP-7",)]
    assert ticket.problems() == ["step_failed"]
    assert "use raise" in ticket.ticket.problems[0].text


def test_an_older_run_counts_nothing() -> None:
    """A run of an older interpreter replays a chain of any length as it ran."""
    ticket = Ticket(TEXT, twin="SMP-2")
    ticket.compiled = replace(ticket.compiled, interpreter=LAZY_TIMER)
    sent(ticket, "news", MOST_HOPS + 1)
    assert [effect.hops for effect in ticket.wanted(SendEvent)] == [0]
    assert ticket.ticket.hops == 0
