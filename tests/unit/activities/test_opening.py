"""The one way to open a ticket: tried on the core, numbered only when it is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from activities.opening import open_ticket
from activities.records.migrate import migrate
from activities.records.store import Records
from activities.world import World
from definitions.loading.loader import load
from definitions.people.directory import Actor, ServiceFacts
from tests.servers.worlds import NOW, ORGANIZATION, batch, ticket, world
from workflows.contracts import OpenRequest
from workflows.engine.model.automation import Parent
from workflows.engine.model.events import Send
from workflows.engine.model.result import Refusal
from workflows.engine.opening_trial import OpeningTrial

PROCESS = """\
process: errand
title: Errand
practice: service_request_management
prefix: ERR
fields:
  summary: {type: text, required: true}
  service: {type: service, default: email}
  helper: {type: person}
may: {open: [person:alice]}
initial: new
states:
  new:
    on:
      hand_over: {to: handed, by: person:alice, form: [helper]}
    after: [{for: 0s, to: waiting}]
  waiting:
    on:
      hand_over: {to: handed, by: person:alice, form: [helper]}
  handed: {final: true}
"""
ALICE, BOB = Actor("alice"), Actor("bob")


@pytest.fixture
def errands(tmp_path: Path) -> World:
    """An organization with one process."""
    folder = tmp_path / "definitions"
    (folder / "processes").mkdir(parents=True)
    (folder / "processes" / "errand.yaml").write_text(PROCESS)
    (folder / "organization").mkdir()
    (folder / "organization" / "all.yaml").write_text(str(ORGANIZATION))
    return World(world().organization, {}, load((folder,)).or_raise().processes)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """An empty store."""
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrate(url)
    store = Records(url)
    yield store
    store.close()


def tried(errands: World, actor: Actor = ALICE, **more: Any) -> OpeningTrial | Refusal:
    fields = {"summary": "Help", **more.pop("fields", {})}
    return errands.openable("errand", NOW).try_out(actor, fields, NOW, **more)


def test_a_trial_has_all_that_the_ticket_starts_with(errands: World) -> None:
    """The opening has the facts of services, including defaults, and the organization in which it is opened."""
    trial = tried(errands)
    assert isinstance(trial, OpeningTrial)
    assert trial.opening.services == {"email": ServiceFacts("E-mail", "carol", "service_desk", "office")}
    assert trial.opening.organization == errands.directory.digest
    assert trial.opening.at == NOW
    assert trial.pinned == errands.pinned("errand", NOW)
    assert trial.numbered("ERR-7").key == "ERR-7"


def test_what_is_due_at_once_has_fired(errands: World) -> None:
    """The trial of a ticket fires everything that is due at the moment of its opening."""
    trial = tried(errands)
    assert isinstance(trial, OpeningTrial)
    assert trial.snapshot.configuration == ("waiting",)
    opened = trial.opened("ERR-7", NOW)
    assert not isinstance(opened, Refusal)
    assert (opened.key, opened.configuration) == ("ERR-7", ("waiting",))


def test_values_that_name_nobody_are_refused(errands: World) -> None:
    """A person, team or service that the organization does not have is refused with its field."""
    assert tried(errands, fields={"helper": "zed"}) == Refusal(
        "invalid_fields", "helper: there is no person 'zed'", ("helper",)
    )


def test_who_may_not_open_is_refused_unless_the_process_opens_it(errands: World) -> None:
    """``may.open`` is judged for people, not for the triggers and schedules of the process itself."""
    refused = tried(errands, BOB)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_permitted"
    assert isinstance(tried(errands, BOB, declared=True), OpeningTrial)


@pytest.mark.parametrize(
    ("actor", "helper", "code"),
    [(ALICE, "bob", None), (ALICE, "zed", "invalid_fields"), (BOB, "zed", "not_permitted")],
)
def test_the_first_event_is_tried_out_too(errands: World, actor: Actor, helper: str, code: str | None) -> None:
    """A first event is refused as it would be later; a refusal that does not depend on values comes first."""
    trial = tried(errands, actor, declared=True, first=Send("hand_over", actor, {"helper": helper}))
    assert (trial.code if isinstance(trial, Refusal) else None) == code


def test_a_refused_opening_uses_no_number(errands: World, records: Records) -> None:
    """The requesting ticket gets the code and reason of every refusal, and the next opening gets the first number."""
    refused = open_ticket(errands, records, OpenRequest("1", "errand", {"helper": "zed"}, "schedule"), NOW)
    assert (refused.key, refused.problem) == (None, "invalid_fields: helper: there is no person 'zed'")
    lacking = open_ticket(errands, records, OpenRequest("2", "errand", {}, "schedule"), NOW)
    assert lacking.problem == "missing_fields: Errand: summary is missing"
    opened = open_ticket(errands, records, OpenRequest("3", "errand", {"summary": "Help"}, "schedule"), NOW)
    assert (opened.key, opened.already) == ("ERR-1", False)
    again = open_ticket(errands, records, OpenRequest("3", "errand", {"summary": "Help"}, "schedule"), NOW)
    assert (again.key, again.already, again.opening) == ("ERR-1", True, opened.opening)


def test_a_ticket_opens_at_the_time_of_the_ticket_that_asks(errands: World, records: Records) -> None:
    """The clock of the asking ticket counts, not the worker's."""
    request = OpenRequest("3", "errand", {"summary": "Help"}, "schedule", at=NOW - 60)
    opened = open_ticket(errands, records, request, NOW)
    assert opened.opening is not None
    assert opened.opening.at == NOW - 60


LETTER = """\
process: letter
title: Letter
practice: service_request_management
prefix: LET
fields: {note: {type: text}, about: {type: ticket}}
may: {see: [opener]}
initial: new
states: {new: {on: {close: over}}, over: {final: true}}
"""


def test_a_ticket_passes_on_no_key_that_stands_in_a_text(errands: World, records: Records, tmp_path: Path) -> None:
    """A key from a parent's text links a new ticket only if the parent's opener may see it; hidden reads as absent."""
    (tmp_path / "definitions" / "processes" / "letter.yaml").write_text(LETTER)
    own = World(errands.organization, {}, load((tmp_path / "definitions",)).or_raise().processes)

    def kept(key: str, opener: str, **fields: str) -> None:
        snapshot = ticket(key, opener=opener, process="letter", fields=fields)
        records.record(batch(snapshot, process="letter", see=(f"person:{opener}",)), {})

    def opened(parent: str, key: str) -> str | None:
        request = OpenRequest(f"{parent}>{key}", "letter", {"about": key}, f"ticket:{parent}", Parent(parent))
        return open_ticket(own, records, request, NOW).problem

    kept("LET-1", "bob")
    kept("LET-2", "alice")
    kept("LET-3", "alice", note="about LET-1, LET-2 and LET-77")
    kept("LET-4", "alice", note="LET-1", about="LET-1")
    assert opened("LET-3", "LET-1") == "invalid_fields: about: there is no ticket 'LET-1'"
    assert opened("LET-3", "LET-77") == "invalid_fields: about: there is no ticket 'LET-77'"
    assert opened("LET-3", "LET-2") is None
    assert opened("LET-4", "LET-1") is None
