"""What a reader sees of a ticket: fields, comments and guards by the rules of its process (LANGUAGE, section 2)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from activities.records.reading import TimelineEntry
from api.definition_store.store import DefinitionStore
from api.tickets import views
from api.tickets.visibility import Visibility
from definitions.loading.folders import SHIPPED
from tests.unit.engine.tickets import HEAD, Ticket
from workflows.engine.explain import explain

PROCESS = """\
fields:
  salary: {type: integer, default: 7, see: [person:dora]}
  desk: {type: text, default: left, see: [opener]}
may: {see: [everyone], internal: [person:bob]}
initial: new
states:
  new:
    on:
      raise: {to: over, when: ticket.salary > 9 && ticket.desk != 'x', by: everyone}
      close: {to: over, by: everyone, form: [comment], requires: [comment], title: Close it, confirm: Sure?}
  over: {final: true}
"""


@pytest.fixture
def visibility(tmp_path: Path) -> Visibility:
    shutil.copytree(SHIPPED / "organization", tmp_path / "organization")
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "sample.yaml").write_text(HEAD + PROCESS)
    return Visibility(DefinitionStore((tmp_path,)))


def test_fields_are_hidden_from_those_whom_see_does_not_name(visibility: Visibility) -> None:
    """A field with ``see`` is shown to the people it names; may.internal states who reads internal comments."""
    ticket = Ticket(PROCESS)
    hidden = {one: visibility.hidden(ticket.actor(one), ticket.ticket) for one in ("alice", "bob", "dora")}
    assert hidden == {"alice": ("salary",), "bob": ("salary", "desk"), "dora": ("desk",)}
    assert [one for one in hidden if visibility.sees_internal(ticket.actor(one), ticket.ticket)] == ["bob"]


def test_the_timeline_is_silent_on_hidden_fields() -> None:
    """A person who may not see a field does not see in the timeline what was written to it either."""
    data = {"changes": {"salary": [7, 9], "desk": ["left", "right"]}}
    entry = TimelineEntry(1, 2, 1, 0, "edited", "dora", internal=False, data=data, hash="")
    assert views.timeline_entry(entry, ("salary",)).data == {"changes": {"desk": ["left", "right"]}}


def test_guards_are_explained_without_hidden_fields() -> None:
    """A guard is shown to everybody who sees the ticket; the values that it read from hidden fields are not."""
    ticket = Ticket(PROCESS)
    told = views.explanation(explain(ticket.compiled, ticket.ticket, ticket.actor("bob"), ticket.now), ("salary",))
    assert (told.choices[0].guard_holds, told.choices[0].values) == (False, {"ticket.desk": "left"})


def test_allowed_events_carry_what_a_form_needs() -> None:
    """An allowed event comes with its title, its question, its form and the values that are still missing."""
    ticket = Ticket(PROCESS)
    allowed = views.allowed(explain(ticket.compiled, ticket.ticket, ticket.actor("bob"), ticket.now))
    assert allowed.model_dump() == {
        "events": ["close"],
        "items": [
            {"event": "close", "title": "Close it", "confirm": "Sure?", "form": ["comment"], "lacks": ["comment"]},
        ],
    }
