"""Waiting blocks as such: each kind of the schema has its module, and their deadlines fire in one order."""

from __future__ import annotations

from definitions.schema.waiting import OUTCOMES
from tests.unit.engine.tickets import MONDAY, Ticket
from workflows.engine.explain import explain
from workflows.engine.migration.blocks import CARRIED
from workflows.engine.waiting import BLOCKS

DAY = 86_400
PROCESS = """
initial: both
states:
  both:
    parallel: true
    states:
      left:
        initial: ask
        states:
          ask:
            approval: {from: person:bob, within: 24h}
            on: {approved: told, rejected: told, expired: told}
          told: {final: true}
      right:
        initial: work
        states:
          work:
            tasks: [{id: dig, title: Dig, assign: person:carol, due: 24h}]
            on: {done: dug, failed: dug}
          dug: {final: true}
    after: [{for: 24h}]
    on: {done: over}
  over: {final: true}
service_levels:
  speed: {target: 24h, during: [both]}
"""


def test_every_kind_of_block_waits_and_is_carried() -> None:
    """Each block of the schema has a module among ``BLOCKS``, and its line in migrations."""
    assert len(BLOCKS) == len(OUTCOMES)
    assert CARRIED.keys() == OUTCOMES.keys()


def test_what_is_due_at_once_comes_in_the_order_of_the_language() -> None:
    """Clocks come before ``after``, ``after`` before reminders, and reminders of any block before expiry."""
    ticket = Ticket(PROCESS)
    told = len(ticket.audit)
    assert {one.at for one in explain(ticket.compiled, ticket.ticket, ticket.actor("alice"), MONDAY).coming} == {
        MONDAY + DAY
    }
    ticket.wait(DAY)
    said = [one.kind for one in ticket.audit[told:]]
    assert [kind for kind in said if kind in ("clock", "timer", "task", "decided")] == [
        "clock",
        "timer",
        "task",
        "decided",
    ]
