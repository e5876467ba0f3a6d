"""``done`` of structure: a compound or parallel state's own, never mistaken for its child's."""

from __future__ import annotations

from tests.unit.tickets import Ticket

PARALLEL = """\
initial: both
states:
  both:
    parallel: true
    on: {done: over}
    states:
      left:
        initial: l1
        states:
          l1: {on: {go_left: {to: l2, by: everyone}}}
          l2: {final: true}
      right:
        initial: r1
        states:
          r1: {on: {go_right: {to: r2, by: everyone}}}
          r2: {final: true}
  over: {final: true}
"""


def test_a_parallel_state_is_done_when_all_its_regions_are() -> None:
    """The first region's ``done`` does not end the state around it (SCXML's done.state.<id> names its state)."""
    ticket = Ticket(PARALLEL)
    assert ticket.send("go_left") is None
    assert ticket.state == ("l2", "r1")
    assert ticket.send("go_right") is None
    assert ticket.state == ("over",)


def test_an_outcome_of_a_waiting_block_still_reaches_its_ancestors() -> None:
    """``approved`` of an inner state may be handled by the state around it."""
    ticket = Ticket("""\
initial: outer
states:
  outer:
    initial: inner
    on: {approved: over, rejected: over}
    states:
      inner: {approval: {from: team:empty}}
  over: {final: true}
""")
    assert ticket.state == ("over",)
