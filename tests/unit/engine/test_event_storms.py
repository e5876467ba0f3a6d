"""The tree of events that one event causes comes to an end, however many tickets each of them reaches."""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import replace
from functools import lru_cache

import pytest

from definitions.people.directory import ENGINE
from tests.unit.engine.tickets import Ticket
from workflows.engine.model.automation import SendEvent, StartTicket
from workflows.engine.model.bounds import CHAIN_REMEMBERED, HOPS_PAUSE, MOST_CHAINS, MOST_OF_A_CHAIN
from workflows.engine.model.chain_count import ChainCount
from workflows.engine.model.events import Event, NotTaken, Send
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Refusal

TEXT = """
fields: {others: {type: ticket, list: true}, twin: {type: ticket}}
initial: open
states:
  open:
    on:
      poke: {by: [everyone, engine], do: [{comment: poked}, {send: {event: poke, to: "link:others"}}]}
      tell: {by: [everyone, engine], do: [{send: {event: news, to: "link:others"}}]}
      news: {by: [everyone, engine], do: [{send: {event: answer, to: "link:others"}}]}
      answer: {by: [everyone, engine]}
      more: {by: [everyone, engine], do: [{start: {process: sample}}]}
      wait: {to: waiting, by: [everyone, engine]}
      ended.twin: {}
  waiting: {after: [{for: 30s, to: woken}]}
  woken: {entry: [{send: {event: poke, to: "link:others"}}]}
"""


@lru_cache
def opened() -> Ticket:
    return Ticket(TEXT)


def ticket(key: str, *others: str, interpreter: int | None = None) -> Ticket:
    """A ticket that was opened under this key; the definition is compiled once."""
    made = copy(opened())
    made.snapshot = replace(made.ticket, key=key, fields={"others": list(others)})
    made.effects, made.audit = [], []
    if interpreter is not None:
        made.compiled = replace(made.compiled, interpreter=interpreter)
    return made


class Desk:
    """Several tickets on the core, whose events reach each other in the order in which they are sent."""

    def __init__(self, *tickets: Ticket) -> None:
        self.tickets = {one.ticket.key: one for one in tickets}
        self.delivered = 0
        self.refused: list[Refusal] = []

    def play(self, key: str, name: str, most: int) -> None:
        """Sends an event by a person, and then every event that follows from it, at most ``most``."""
        assert self.tickets[key].send(name) is None
        sent = deque(self._sent_by(key))
        while sent:
            assert self.delivered < most
            to, event = sent.popleft()
            self.delivered += 1
            if (refused := self.tickets[to].do(event)) is not None:
                self.refused.append(refused)
                self.tickets[event.sender or ""].do(NotTaken(to, event.name, f"{refused.code}: {refused.reason}"))
            sent += self._sent_by(to)

    def _sent_by(self, key: str) -> list[tuple[str, Send]]:
        return [
            (to, Send(one.event, ENGINE, one.fields, sender=key, hops=one.hops, chain=one.chain))
            for one in self.tickets[key].wanted(SendEvent)
            for to in one.to
            if to != key
        ]


def of_chain(name: str = "answer", chain: str = "SMP-9:4") -> Send:
    """An event that another ticket has sent in a chain."""
    return Send(name, ENGINE, sender="SMP-9", hops=1, chain=chain)


def test_three_tickets_that_wake_each_other_come_to_rest() -> None:
    """Each takes as many events of the chain as its bound allows, refuses the others, and the senders show it once."""
    desk = Desk(ticket("SMP-1", "SMP-2", "SMP-3"), ticket("SMP-2", "SMP-1", "SMP-3"), ticket("SMP-3", "SMP-1", "SMP-2"))
    desk.play("SMP-1", "poke", 2 * (3 * MOST_OF_A_CHAIN + 1))
    taken = [len(one.said("event")) for one in desk.tickets.values()]
    assert taken == [MOST_OF_A_CHAIN + 1, MOST_OF_A_CHAIN, MOST_OF_A_CHAIN]
    assert {refused.code for refused in desk.refused} == {"too_many_hops"}
    for one in desk.tickets.values():
        assert one.problems() == ["too_many_hops"] * 2  # one for each receiver
        assert f"at most {MOST_OF_A_CHAIN}" in one.ticket.problems[0].text
        assert "SMP-1:2" in one.ticket.problems[0].text
        assert one.send("answer") is None


def test_a_broadcast_to_five_hundred_and_their_answers_are_taken() -> None:
    """A ticket may reach as many tickets as one step can, and each of them may answer."""
    keys = [f"SMP-{number}" for number in range(2, MOST_OF_A_CHAIN + 2)]
    desk = Desk(ticket("SMP-1", *keys), *(ticket(key, "SMP-1") for key in keys))
    desk.play("SMP-1", "tell", 2 * MOST_OF_A_CHAIN)
    assert desk.delivered == 2 * MOST_OF_A_CHAIN
    assert desk.refused == []
    assert desk.tickets["SMP-1"].problems() == []


def test_each_chain_is_counted_by_itself() -> None:
    """A chain beyond its bound is refused, and the event of a person or of another chain is taken."""
    made = ticket("SMP-1")
    assert [made.do(of_chain()) for _ in range(MOST_OF_A_CHAIN)] == [None] * MOST_OF_A_CHAIN
    refused = made.do(of_chain())
    assert refused is not None
    assert refused.code == "too_many_hops"
    assert made.do(of_chain(chain="SMP-9:5")) is None
    assert made.send("answer") is None


def test_a_chain_is_forgotten_after_a_pause() -> None:
    """A chain of which the ticket has taken nothing for an hour is counted anew."""
    made = ticket("SMP-1")
    for _ in range(MOST_OF_A_CHAIN):
        made.do(of_chain())
    made.wait(CHAIN_REMEMBERED - 1)
    assert made.do(of_chain()) is not None
    made.wait(1)
    assert made.do(of_chain()) is None
    assert [one.taken for one in made.ticket.chains] == [1]


def test_many_chains_at_once_come_to_an_end() -> None:
    """More chains than the ticket counts do not make each other forgotten."""
    made = ticket("SMP-1")
    chains = [f"SMP-9:{number}" for number in range(MOST_CHAINS + 1)]
    far = tuple(ChainCount(chain, MOST_OF_A_CHAIN - 2, made.now) for chain in chains[1:])
    made.snapshot = replace(made.ticket, chains=far)
    rounds = 0
    while None in [made.do(of_chain(chain=chain)) for chain in chains]:
        rounds += 1
        assert rounds <= 2 * MOST_CHAINS
    assert len(made.ticket.chains) == MOST_CHAINS


def test_a_refused_event_is_not_counted() -> None:
    """An event that the process refuses is none of those that the ticket has taken."""
    made = ticket("SMP-1")
    assert made.do(of_chain("nothing")) is not None
    assert made.ticket.chains == ()


@pytest.mark.parametrize(
    "event",
    [
        Send("answer", ENGINE, sender="SMP-9"),
        Send("answer", ENGINE, sender="SMP-9", hops=3),
        Send("ended.twin", ENGINE, sender="SMP-9", sender_state="closed", hops=3, chain="SMP-9:4"),
        NotTaken("SMP-2", "poke", "not_permitted: no"),
    ],
)
def test_ends_answers_and_events_without_a_chain_are_not_counted(event: Event) -> None:
    """The end of a linked ticket happens once, and an event of no chain begins one."""
    made = ticket("SMP-1")
    assert made.do(event) is None
    assert made.ticket.chains == ()


def test_a_chain_is_named_by_its_beginning() -> None:
    """Effects carry the ticket and the revision that began the chain, and pass on the chain of an event."""
    made = ticket("SMP-1", "SMP-2")
    made.send("poke")
    made.do(of_chain("poke"))
    made.do(of_chain("more"))
    assert [one.chain for one in made.wanted(SendEvent)] == ["SMP-1:2", "SMP-9:4"]
    assert [one.chain for one in made.wanted(StartTicket)] == ["SMP-9:4"]


def test_what_follows_by_itself_continues_the_chain() -> None:
    """A timer within a minute belongs to the chain that led to the wait."""
    assert HOPS_PAUSE > 30
    made = ticket("SMP-1", "SMP-2")
    made.do(of_chain("wait"))
    made.wait(30)
    assert [one.chain for one in made.wanted(SendEvent)] == ["SMP-9:4"]


def test_a_step_that_causes_nothing_outside_keeps_no_chain() -> None:
    """The snapshot of a ticket that no other ticket has reached has no chain."""
    made = ticket("SMP-1")
    made.send("answer")
    assert (made.ticket.chain, made.ticket.chains) == ("", ())


def test_an_older_run_counts_no_events() -> None:
    """A run of an older interpreter replays a storm as it ran."""
    made = ticket("SMP-1", "SMP-2", interpreter=LAZY_TIMER)
    for _ in range(MOST_OF_A_CHAIN + 1):
        assert made.do(of_chain("poke")) is None
    assert {one.chain for one in made.wanted(SendEvent)} == {""}
    assert (made.ticket.chain, made.ticket.chains) == ("", ())
