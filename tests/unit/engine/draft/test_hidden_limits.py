"""Limits and computed fields whose values come from a field that not everybody may see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.engine.tickets import Ticket
from workflows.engine.model.events import Edit
from workflows.engine.model.interpreter import LAZY_TIMER

PROCESS = """\
fields:
  budget: {type: integer, default: 424242, see: [person:dora]}
  offer: {type: integer, max: =ticket.budget, min: 10}
  share: {type: integer, default: 1}
  each_one: {type: integer, value: ticket.budget / ticket.share}
may: {edit: everyone}
initial: new
states: {new: {on: {stop: {by: everyone}}}}
"""


@pytest.mark.parametrize(
    ("offer", "reason"), [(999999, "offer is beyond its maximum"), (9, "offer is before its minimum")]
)
def test_a_limit_from_a_hidden_field_is_not_told(offer: int, reason: str) -> None:
    """A refusal does not tell a limit that reads a field which not everybody may see."""
    ticket = Ticket(PROCESS)
    refused = ticket.do(Edit(ticket.actor("alice"), {"offer": offer}))
    assert refused is not None
    assert refused.reason == reason


def test_a_limit_that_everybody_may_see_is_told() -> None:
    """A refusal tells a limit that reads no hidden field, and an older run tells every limit."""
    ticket = Ticket(PROCESS.replace(", see: [person:dora]", ""))
    for told in (ticket, Ticket(PROCESS)):
        told.compiled = told.compiled if told is ticket else replace(told.compiled, interpreter=LAZY_TIMER)
        refused = told.do(Edit(told.actor("alice"), {"offer": 999999}))
        assert refused is not None
        assert refused.reason == "offer is beyond its maximum, 424242"


def test_why_a_hidden_value_can_not_be_computed_is_not_told() -> None:
    """The problem of a computed field that reads a hidden field does not say what went wrong with which value."""
    ticket = Ticket(PROCESS)
    assert ticket.do(Edit(ticket.actor("alice"), {"share": 0})) is None
    assert [one.text for one in ticket.ticket.problems] == ["each_one: a value is hidden"]
