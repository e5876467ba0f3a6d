"""The kind of an event: its name in expressions, causes and envelopes."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from definitions.people.directory import Actor
from tests.paths import ROOT
from tests.unit.engine.tickets import HOUR, MONDAY, Ticket
from workflows.engine.model.automation import Place
from workflows.engine.model.events import (
    Claim,
    ClaimTask,
    Comment,
    Delegate,
    Edit,
    Event,
    FromEngine,
    FromPeople,
    Known,
    Migrate,
    Ran,
    Refresh,
    Send,
    UpdateTask,
    Vote,
)

PROCESS = """\
may: {{edit: everyone}}
fields: {{note: {{type: text}}, seen: {{type: text}}, email: {{type: service}}}}
initial: all
states:
  all:
    parallel: true
    entry: [{{assign: team:desk}}]
    states:
      asking: {{initial: ask, states: {{ask: {{approval: {{from: [team:cab], need: all}}}}}}}}
      working:
        initial: work
        states: {{work: {{tasks: [{{id: do, title: Do it, assign: team:desk, form: [note], due: 1h}}]}}}}
      running:
        initial: run
        states: {{run: {{run: [{{call: {{action: a}}}}, {{call: {{action: b}}}}]}}}}
    always: [{{to: noted, when: "event.name == '{name}'"}}]
  noted: {{entry: [{{set: {{seen: =event.name}}}}], on: {{over: end}}}}
  end: {{final: true}}
service_levels:
  whole: {{title: All of it, target: 4h, during: [all]}}
"""
ALICE, BOB = Actor("alice", teams=("desk",)), Actor("bob", teams=("cab",))
PLACE = Place("run", 1, 0)

CASES: list[tuple[str, Event, str]] = [
    ("edit", Edit(ALICE, {"note": "x"}), "edit by alice"),
    ("comment", Comment(ALICE, "Thanks"), "comment by alice"),
    ("vote", Vote(BOB, "approve"), "vote by bob"),
    ("delegate", Delegate(BOB, "carol"), "delegate by bob"),
    ("claim", Claim(ALICE), "claim by alice"),
    ("task", UpdateTask(ALICE, "do", fields={"note": "x"}), "task do by alice"),
    ("claim_task", ClaimTask(ALICE, "do"), "claim_task do by alice"),
    ("run_result", Ran(PLACE, 1), "run_result"),
    ("services", Known({}), "services"),
    ("calendars", Refresh(), "calendars"),
]


@pytest.mark.parametrize(("name", "event", "cause"), CASES, ids=[case[0] for case in CASES])
def test_expressions_and_causes_name_an_event_by_its_kind(name: str, event: Event, cause: str) -> None:
    """``event.name`` is the kind of the handled event, and the resulting visit names it with its actor."""
    ticket = Ticket(PROCESS.format(name=name))
    assert ticket.do(event) is None
    assert (ticket.state, ticket.ticket.fields["seen"]) == (("noted",), name)
    assert ticket.ticket.visits["noted"].cause == cause


def test_a_deadline_is_named_so() -> None:
    """An event caused by the passing of time has the kind of a deadline."""
    ticket = Ticket(PROCESS.format(name="deadline"))
    ticket.wait(2 * HOUR)
    assert (ticket.state, ticket.ticket.visits["noted"].cause) == (("noted",), "deadline")
    assert ticket.ticket.visits["noted"].entered == MONDAY + HOUR


def test_a_service_level_names_the_task_that_moved_it() -> None:
    """A period of a service level keeps the kind of the event that began it, with the task and the actor."""
    pausing = PROCESS.format(name="never").replace("during: [all]", "during: [all], pause: \"ticket.note == 'x'\"")
    ticket = Ticket(pausing)
    ticket.do(UpdateTask(ALICE, "do", fields={"note": "x"}))
    run = ticket.ticket.clocks["whole"].run
    assert run is not None
    assert [one.cause for one in run.intervals] == ["open by alice", "task do by alice"]


def test_an_event_of_the_process_keeps_its_own_name() -> None:
    """A sent event has the name that the process gives it."""
    ticket = Ticket("initial: a\nstates: {a: {on: {claim_task: b}}, b: {on: {go: c}}, c: {final: true}}\n")
    ticket.do(Send("claim_task", ALICE))
    assert ticket.ticket.visits["b"].cause == "claim_task by alice"


def test_every_event_has_a_kind_of_its_own() -> None:
    """No two events share a kind, and no kind is the name of a Python class."""
    events: list[Any] = [*get_args(FromPeople), *get_args(FromEngine), Migrate]
    kinds = [event.kind for event in events]
    assert len(set(kinds)) == len(kinds)
    run_together = {event.__name__.lower() for event in events if sum(map(str.isupper, event.__name__)) > 1}
    assert run_together.isdisjoint(kinds)


def test_every_kind_is_documented() -> None:
    """The page of automation lists every value of ``event.name`` that no process defines, and no other value."""
    events: list[Any] = [*get_args(FromPeople), *get_args(FromEngine), Migrate]
    page = (ROOT / "docs" / "automation.md").read_text(encoding="utf-8").partition("## The name of an event")[2]
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(event.kind for event in events if event is not Send)
