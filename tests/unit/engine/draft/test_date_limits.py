"""Limits of dates that are other dates (LANGUAGE, section 2, Fields; section 3: a date is its first instant)."""

from __future__ import annotations

import pytest

from tests.unit.engine.tickets import Ticket
from workflows.engine.model.events import Edit

TEXT = """
fields:
  starts: {type: date, default: 2026-04-01}
  ends:   {type: date, min: =ticket.starts, max: "=ticket.starts + duration('365d')"}
may: {edit: everyone}
initial: open
states:
  open: {on: {close: closed}}
  closed: {final: true}
"""


@pytest.mark.parametrize(
    ("ends", "code"),
    [("2026-03-31", "invalid_fields"), ("2026-04-01", None), ("2027-04-01", None), ("2027-04-02", "invalid_fields")],
)
def test_a_date_is_held_against_another(ends: str, code: str | None) -> None:
    """The first and the last allowed day are allowed, whatever the offset of the organization's zone."""
    ticket = Ticket(TEXT)
    refused = ticket.do(Edit(ticket.actor("alice"), {"ends": ends}))
    assert (refused.code if refused else None) == code
