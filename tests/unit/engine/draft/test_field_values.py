"""Values of fields that could hold up every other ticket."""

from __future__ import annotations

import pytest

from definitions.schema.process import FieldSpec
from tests.unit.engine.tickets import Ticket
from workflows.engine.draft.field_values import WrongValue, read_value
from workflows.engine.model.events import Edit
from workflows.engine.model.interpreter import LAZY_TIMER

HOST = FieldSpec(type="text", pattern="([a-z0-9]+-?)+[.]example[.]com")
TEXT = """
fields:
  host: {type: text, pattern: "([a-z0-9]+-?)+[.]example[.]com"}
may: {edit: everyone}
initial: open
states:
  open: {on: {close: closed}}
  closed: {final: true}
"""


def test_a_pattern_is_matched_in_linear_time() -> None:
    """An opening and an edit with 5,000 letters that almost match are refused, and the ticket takes the next value."""
    assert (refused := Ticket(TEXT, host="a" * 5_000).refused)
    assert refused.code == "invalid_fields"
    ticket = Ticket(TEXT)
    assert (refused := ticket.do(Edit(ticket.actor("alice"), {"host": "a" * 5_000})))
    assert refused.code == "invalid_fields"
    assert ticket.do(Edit(ticket.actor("alice"), {"host": "web-01.example.com"})) is None


def test_a_pattern_of_an_older_definition_has_a_bound() -> None:
    """An expression with lookaround refuses a long text with the way out; a run that began earlier still takes it."""
    older = FieldSpec(type="text", pattern="(?!000)[0-9]+")
    assert read_value(older, "123") == "123"
    with pytest.raises(WrongValue, match="migrate the ticket"):
        read_value(older, "1" * 50)
    assert read_value(older, "1" * 50, LAZY_TIMER) == "1" * 50
