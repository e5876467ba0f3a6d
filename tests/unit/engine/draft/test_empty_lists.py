"""Empty lists: kept as they are written, and read like lists that were never written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.tickets import Ticket
from workflows.engine.compiled import compile_process
from workflows.engine.model.events import Edit
from workflows.engine.model.interpreter import LAZY_TIMER
from workflows.engine.model.result import Refusal

PROCESS = """
fields:
  tags: {type: text, list: true}
  more: {type: text, list: true}
  note: {type: text}
  count: {type: integer, value: size(ticket.tags)}
initial: new
states:
  new:
    on:
      go: {to: done, when: "%s", form: [more], by: everyone}
      need: {to: done, requires: [tags], by: everyone}
  done: {final: true}
"""


def edit(ticket: Ticket, **values: Any) -> Refusal | None:
    """An edit by the person who opened the ticket."""
    return ticket.do(Edit(ticket.actor("alice"), values))


OF_EMPTY = [
    "size(ticket.tags) == 0",
    "ticket.tags == []",
    "!('prod' in ticket.tags)",
    "ticket.tags.all(one, one == 'prod')",
    "!ticket.tags.exists(one, one == 'prod')",
    "ticket.tags == null",
    "!(ticket.tags != null)",
    "null == ticket.tags + ticket.more",
    "size(event.more) == 0 && event.more == null",
]


@pytest.mark.parametrize("guard", OF_EMPTY)
@pytest.mark.parametrize("values", [{}, {"tags": []}, {"tags": None}, {"tags": ["a"], "then": []}])
def test_a_guard_holds_over_an_empty_list_however_it_came_to_be(guard: str, values: dict[str, Any]) -> None:
    """A list that was never written, written empty, or cleared later is an empty list in every expression."""
    then = values.get("then")
    ticket = Ticket(PROCESS % guard, **{name: value for name, value in values.items() if name != "then"})
    if then is not None:
        assert edit(ticket, tags=then) is None
    assert ticket.send("go") is None
    assert ticket.state == ("done",)


@pytest.mark.parametrize("guard", [*OF_EMPTY[:8], "size(event.more) == 0"])
def test_the_same_guard_fails_over_a_list_with_an_element(guard: str) -> None:
    """None of these guards holds where there is an element."""
    ticket = Ticket(PROCESS % guard, tags=["prod", "test"])
    refused = ticket.send("go", more=["prod"])
    assert refused is not None
    assert refused.code == "guard_failed"


def test_an_empty_list_is_kept_and_is_no_value() -> None:
    """The ticket holds the empty list, its computed fields see no elements, and ``requires`` still asks for one."""
    ticket = Ticket(PROCESS % "true", tags=[])
    assert ticket.ticket.fields == {"tags": [], "count": 0}
    assert edit(ticket, tags=["a"]) is None
    assert edit(ticket, tags=[]) is None
    assert ticket.ticket.fields["tags"] == []
    refused = ticket.send("need")
    assert refused is not None
    assert (refused.code, refused.fields) == ("missing_fields", ("tags",))
    assert edit(ticket, tags=None) is None
    assert "tags" not in ticket.ticket.fields


def test_a_required_list_needs_an_element() -> None:
    """A required list can be neither opened nor left without an element."""
    text = PROCESS.replace("tags: {type: text,", "tags: {type: text, required: true,") % "true"
    refused = Ticket(text, tags=[]).refused
    assert refused is not None
    assert refused.code == "missing_fields"
    refused = edit(Ticket(text, tags=["a"]), tags=[])
    assert refused is not None
    assert refused.code == "missing_fields"


def test_an_empty_text_still_clears_its_field() -> None:
    """Text has no empty value: it is the absence of text."""
    ticket = Ticket(PROCESS % "ticket.note == null", note="x")
    assert edit(ticket, note="") is None
    assert "note" not in ticket.ticket.fields
    assert ticket.send("go") is None


def test_a_default_reads_a_given_empty_list() -> None:
    """The default of a field sees the empty list with which the ticket is opened."""
    text = PROCESS.replace(
        "note: {type: text}", "note: {type: text, default: \"=size(ticket.tags) == 0 ? 'none' : 'some'\"}"
    )
    assert Ticket(text % "true", tags=[]).ticket.fields["note"] == "none"
    assert Ticket(text % "true").ticket.fields["note"] == "none"
    assert Ticket(text % "true", tags=["a"]).ticket.fields["note"] == "some"


def test_a_run_of_an_older_interpreter_keeps_its_nulls() -> None:
    """Under the older rule an empty list becomes null, and a guard over it is null: a replay takes the same steps."""
    ticket = Ticket(PROCESS % "size(ticket.tags) == 0", tags=["a"])
    old = compile_process(
        ticket.compiled.process,
        ticket.compiled.digest,
        ticket.compiled.calendars,
        ticket.compiled.calendar,
        interpreter=LAZY_TIMER,
    )
    ticket.compiled = old
    assert edit(ticket, tags=[]) is None
    assert "tags" not in ticket.ticket.fields
    refused = ticket.send("go")
    assert refused is not None
    assert refused.code == "guard_failed"
