"""Links to other tickets: the form of a key, and keys that a step works out while nobody acts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.engine.tickets import HOUR, Ticket
from workflows.engine.draft.links import has_open_ends
from workflows.engine.model.automation import SendEvent
from workflows.engine.model.events import Edit
from workflows.engine.model.interpreter import LAZY_TIMER

PROCESS = """\
fields:
  note: {type: text}
  about: {type: ticket, list: true}
  cause: {type: ticket}
initial: new
states:
  new:
    on:
      name: {form: [about]}
      copy: {do: [{set: {cause: =ticket.note}}]}
      hail: {do: [{send: {event: hello, to: "=[ticket.note]"}}]}
    after:
      - for: 1h
        to: waiting
        do: [{set: {cause: =ticket.note}}]
  waiting:
    entry: [{send: {event: hello, to: "=ticket.note"}, when: ticket.note != null}]
    after: [{for: 1h, to: over, do: [{set: {cause: "=ticket.about[0]"}}]}]
  over: {final: true}
"""


@pytest.mark.parametrize("key", ["nonsense", "../../x", "INC-0", "inc-1", "INC-1٣", "INC-1x"])
def test_a_malformed_key_is_no_value(key: str) -> None:
    """A field of type ticket refuses a text without the form of a key, in an edit and in the form of an event."""
    ticket = Ticket(PROCESS)
    for refused in (ticket.do(Edit(ticket.actor("alice"), {"about": [key]})), ticket.send("name", about=[key])):
        assert refused is not None
        assert refused.code == "invalid_fields"
        assert (refused.reason, refused.fields) == ("about takes the key of a ticket, such as INC-7", ("about",))


def test_a_run_that_began_before_takes_what_it_took() -> None:
    """A ticket under an older version of the interpreter still takes a text that is no key, since it replays."""
    ticket = Ticket(PROCESS)
    ticket.compiled = replace(ticket.compiled, interpreter=LAZY_TIMER)
    assert ticket.send("name", about=["nonsense"]) is None
    ticket.do(Edit(ticket.actor("alice"), {"note": "INC-19"}))
    ticket.wait(HOUR)
    assert ticket.ticket.fields["cause"] == "INC-19"


def test_a_text_names_no_ticket_where_nobody_acts() -> None:
    """A timer links and reaches no ticket whose key is only a text: a problem says so, without the text."""
    ticket = Ticket(PROCESS)
    ticket.do(Edit(ticket.actor("alice"), {"note": "INC-19"}))
    ticket.wait(HOUR)
    assert "cause" not in ticket.ticket.fields
    assert ticket.wanted(SendEvent) == []
    assert ticket.problems() == ["step_failed", "step_failed"]
    assert not any("INC-19" in one.text for one in ticket.ticket.problems)


def test_a_link_may_be_copied_where_nobody_acts() -> None:
    """A timer copies a key that the ticket links already."""
    ticket = Ticket(PROCESS)
    ticket.send("name", about=["INC-19"])
    ticket.wait(2 * HOUR)
    assert (ticket.ticket.fields["cause"], ticket.problems()) == ("INC-19", [])


def test_a_text_may_be_linked_by_the_event_of_a_person() -> None:
    """Where a person acts, the core links what the process works out: the edge looks at that person's rights."""
    ticket = Ticket(PROCESS)
    ticket.do(Edit(ticket.actor("alice"), {"note": "INC-19"}))
    assert ticket.send("copy") is None
    assert ticket.send("hail") is None
    assert (ticket.ticket.fields["cause"], [one.to for one in ticket.wanted(SendEvent)]) == ("INC-19", [("INC-19",)])


@pytest.mark.parametrize(
    ("written", "open_"),
    [("=ticket.note", True), ("=event.comment", True), ("=event.ticket", False), ("=ticket.about[0]", False)],
)
def test_open_ends_are_found_in_the_definition(written: str, open_: bool) -> None:
    """A definition has an open end where a link comes from anything but links."""
    text = PROCESS.replace("{set: {cause: =ticket.note}}", f"{{set: {{cause: '{written}'}}}}")
    text = text.replace('"=[ticket.note]"', '"link:about"').replace('"=ticket.note"', '"link:about"')
    assert has_open_ends(Ticket(text).compiled) is open_
