"""A view of a ticket: mypy refuses every write below, and would report an ignore that is not needed."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.draft.draft import Draft
from workflows.engine.draft.view import Handled, View

PROCESS = """
fields: {risk: {type: text}}
initial: new
states:
  new: {on: {go: {to: done, by: everyone}}, after: [{for: 1h, to: done}]}
  done: {final: true}
"""


def test_nothing_is_written_through_a_view() -> None:
    """The holder of a view can change neither the view nor the ticket that it shows."""
    ticket = Ticket(PROCESS, risk="low").ticket
    sealed = replace(ticket, fields=MappingProxyType(dict(ticket.fields)), visits=MappingProxyType(dict(ticket.visits)))
    view = View(Ticket(PROCESS).compiled, sealed, Handled(""), MONDAY)
    with pytest.raises(AttributeError):
        view.fields = {}  # type: ignore[misc]
    with pytest.raises(AttributeError):
        view.handled = Handled("go")  # type: ignore[misc]
    with pytest.raises(AttributeError):
        view.note = "x"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        view.fields["risk"] = "high"  # type: ignore[index]
    with pytest.raises(TypeError):
        del view.visits["new"]  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        view.timers.clear()  # type: ignore[attr-defined]
    assert (view.fields, view.active_in_order) == ({"risk": "low"}, ("new",))


def test_a_view_shares_what_it_shows() -> None:
    """Making a view copies nothing, and its moment is never before the snapshot's."""
    found = Ticket(PROCESS, risk="low")
    view = View(found.compiled, found.ticket, Handled(""), MONDAY - HOUR)
    assert view.fields is found.ticket.fields
    assert view.timers is found.ticket.timers
    assert view.now == found.ticket.at


def test_a_draft_is_a_view_of_the_ticket_as_it_is_now() -> None:
    """A view of a draft shows what the step has written, and the snapshot stays unchanged."""
    found = Ticket(PROCESS, risk="low")
    draft = Draft(found.compiled, found.ticket, Handled(""), MONDAY)
    view: View = draft
    draft.fields["risk"] = "high"
    draft.timers.clear()
    draft.assignee = "person:bob"
    assert (view.fields["risk"], view.timers, view.assignee) == ("high", [], "person:bob")
    assert (view.before.fields["risk"], len(view.before.timers), view.before.assignee) == ("low", 1, None)
