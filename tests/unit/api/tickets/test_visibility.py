"""What a reader sees of a ticket: fields, comments and guards by the rules of its process (LANGUAGE, section 2)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activities.records.outbox import Notification
from activities.records.reading import TimelineEntry
from api.definition_store.store import DefinitionStore
from api.tickets import views
from api.tickets.visibility import Sight, Visibility
from definitions.loading.folders import SHIPPED
from definitions.people.directory import Actor
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
    seen = {
        one: visibility.sight(ticket.actor(one), ticket.ticket, ticket.compiled) for one in ("alice", "bob", "dora")
    }
    assert {one: sorted(sight.fields) for one, sight in seen.items()} == {
        "alice": ["desk"],
        "bob": [],
        "dora": ["salary"],
    }
    assert [one for one, sight in seen.items() if sight.internal] == ["bob"]
    assert not any(sight.complete for sight in seen.values())


def test_the_definition_that_a_ticket_carries_decides(visibility: Visibility) -> None:
    """A field that the present definition lacks, or shows to everybody, is shown as the ticket's own one says."""
    own = PROCESS.replace("salary: {", "offer: {type: integer, default: 8, see: [person:dora]}\n  salary: {")
    ticket = Ticket(own)
    assert sorted(visibility.sight(ticket.actor("dora"), ticket.ticket, ticket.compiled).fields) == ["offer", "salary"]
    assert sorted(visibility.sight(ticket.actor("alice"), ticket.ticket, ticket.compiled).fields) == ["desk"]
    open_ = Ticket(PROCESS.replace(", see: [person:dora]", ""))
    assert sorted(visibility.sight(open_.actor("bob"), open_.ticket, open_.compiled).fields) == ["salary"]


def test_what_can_not_be_decided_is_hidden(visibility: Visibility) -> None:
    """Without the ticket's own definition, fields that the present one lacks are hidden; without any, every field."""
    ticket = Ticket(PROCESS.replace("salary: {", "offer: {type: integer, default: 8}\n  salary: {"))
    sight = visibility.sight(ticket.actor("dora"), ticket.ticket, None)
    assert (sorted(sight.fields), sight.complete) == (["salary"], False)
    gone = visibility.sight(ticket.actor("dora"), replace(ticket.ticket, process="gone"), None)
    assert (gone.fields, gone.internal, gone.complete) == (frozenset(), False, False)


def entry(kind: str, data: dict[str, Any]) -> TimelineEntry:
    return TimelineEntry(1, 2, 1, 0, kind, "dora", internal=False, data=data, hash="")


NARROW = Sight(frozenset({"desk"}), hidden=(424242,), complete=False)
"""The sight of a reader from whom the salary is hidden."""


def test_the_timeline_is_silent_on_hidden_fields() -> None:
    """A person who may not see a field does not see in the timeline what was written to it either."""
    data = {"changes": {"salary": [7, 9], "desk": ["left", "right"], "assignee": [None, "bob"], "offer": [1, 2]}}
    assert views.timeline_entry(entry("edited", data), NARROW).data == {
        "changes": {"desk": ["left", "right"], "assignee": [None, "bob"]}
    }


def test_problems_and_reasons_are_untold_where_they_may_tell_a_hidden_field() -> None:
    """The texts of problems and of other systems' reasons are for those from whom no field is hidden."""
    problem = {"code": "step_failed", "text": "set: offer is beyond its maximum, 424242"}
    away = {"code": "records_away", "text": "record: the database is locked"}
    ended = {"state": "deploy", "ended": "done", "by_hand": {"build": 424242}}
    failed = {"state": "deploy", "ended": "failed", "reason": "no host 424242"}
    whole = Sight(frozenset({"desk", "salary"}))
    for kind, data, shown in (
        ("problem", problem, problem | {"text": views.UNTOLD}),
        ("problem", away, away),
        ("run", ended, ended | {"by_hand": {}}),
        ("run", failed, failed | {"reason": views.UNTOLD}),
    ):
        assert views.timeline_entry(entry(kind, data), NARROW).data == shown
        assert views.timeline_entry(entry(kind, data), whole).data == data


def test_refusals_are_told_without_hidden_values() -> None:
    """A refusal tells neither the value of a hidden field nor a limit to a person who may not see every field."""
    text = "offer is beyond its maximum, 17; name takes one of 424242"
    assert NARROW.told(text) == "offer is beyond its maximum; name takes one of …"
    assert Sight(frozenset()).told(text) == text


def test_a_notification_is_read_by_its_recipient_alone() -> None:
    """Other viewers of the ticket see to whom a notification went, and neither its subject nor its body."""
    text = "The offer is 424242"
    row = Notification("1", "SMP-1", 1, 1, "e", "bob", None, "step", None, None, "Hello", text, 0, "outbox")
    assert views.notification(row, Actor("bob")).body == "The offer is 424242"
    other = views.notification(row, Actor("alice"))
    assert (other.person, other.subject, other.body) == ("bob", None, None)


def test_a_hidden_summary_is_no_title() -> None:
    """The title of a ticket is its key for a reader who may not see the summary."""
    ticket = Ticket("fields: {summary: {type: text, default: Secret}}\ninitial: new\nstates: {new: {}}\n").ticket
    titles = [
        views.detail(ticket, sight, digest="d", state=("new",)).title
        for sight in (Sight(frozenset({"summary"})), Sight(frozenset(), hidden=("Secret",), complete=False))
    ]
    assert titles == ["Secret", ticket.key]


def test_guards_are_explained_without_hidden_fields() -> None:
    """A guard is shown to everybody who sees the ticket; the values that it read from hidden fields are not."""
    ticket = Ticket(PROCESS)
    told = views.explanation(explain(ticket.compiled, ticket.ticket, ticket.actor("bob"), ticket.now), NARROW)
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
