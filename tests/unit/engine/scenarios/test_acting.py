"""What people can do over HTTP, a scenario can do: each event with all that it may carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from definitions.digest import digest
from definitions.loading.validation import validate
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from tests.unit.engine.tickets import organization, read
from workflows.engine.scenarios import ScenarioResult, run_scenario, setting_of

PROCESS = Process.model_validate(
    read("""\
process: fair
title: Fair
practice: service_request_management
prefix: FAI
fields:
  place: {type: text}
  told: {type: text}
initial: prepare
states:
  prepare:
    entry: [{assign: role:officer}]
    tasks:
      - {id: room, title: Find a room, assign: team:cab, form: [place], checklist: [booked, Paid in full]}
    on:
      follow: {by: everyone, do: [{watch: =actor.id}]}
      unfollow: {by: everyone, do: [{unwatch: =actor.id}]}
      hear: {by: everyone, set: {told: =event.data.words}}
      done: decide
      failed: over
  decide:
    parallel: true
    states:
      money:
        states:
          budget: {approval: {from: [person:bob, person:dora], need: all}, on: {approved: funded, rejected: funded}}
          funded: {final: true}
        initial: budget
      law:
        states:
          contract: {approval: {from: [person:bob, person:erin], need: all}, on: {approved: signed, rejected: signed}}
          signed: {final: true}
        initial: contract
    on: {done: over}
  over: {final: true}
""")
)


def played(*steps: Mapping[str, Any]) -> ScenarioResult:
    given = {"now": "2026-03-02T09:00:00+01:00", "as": "alice"}
    scenario = Scenario.model_validate({"scenario": "s", "process": "fair", "given": given, "steps": steps})
    return run_scenario(scenario, setting_of(scenario, PROCESS, digest(PROCESS), organization()))


def messages(*steps: Mapping[str, Any]) -> list[str]:
    return [f"{failure.crumb}: {failure.message}" for failure in played(*steps).failures]


TO_DECIDE = {"task": {"as": "bob", "id": "room", "done": True, "checked": ["booked", "Paid in full"]}}


def test_a_task_of_a_team_is_claimed_by_one_of_its_members() -> None:
    """A claim that names a task makes the claimant its holder; nobody else ends it then."""
    steps = (
        {"claim": {"as": "alice", "task": "room"}, "refused": {"code": "not_permitted"}},
        {"claim": {"as": "bob", "task": "room"}},
        {"claim": {"as": "dora", "task": "room"}, "refused": {"code": "not_permitted"}},
        {"task": {"as": "dora", "id": "room", "checked": ["Paid in full"]}, "refused": {"code": "not_permitted"}},
        {"expect": {"assignee": "role:officer"}},
        TO_DECIDE,
        {"claim": {"as": "bob", "task": "room"}, "refused": {"code": "not_open"}},
    )
    assert messages(*steps) == []
    (room,) = (task for board in played(*steps[:2]).snapshot.tasks.values() for task in board)  # type: ignore[union-attr]
    assert room.assignee == "person:bob"


def test_a_scenario_expects_watchers() -> None:
    """``expect: {watchers: …}`` compares the whole list, in the order in which they were added."""
    follow = ({"send": "follow", "as": "bob"}, {"send": "follow", "as": "dora"})
    assert messages(*follow, {"expect": {"watchers": ["bob", "dora"]}}) == []
    assert messages(*follow, {"send": "unfollow", "as": "bob"}, {"expect": {"watchers": ["dora"]}}) == []
    (wrong,) = messages(*follow, {"expect": {"watchers": ["dora"]}})
    assert "bob" in wrong


def test_a_claim_without_a_task_is_of_the_ticket() -> None:
    """``claim: {as: bob}`` makes bob the assignee of the ticket, and leaves its tasks alone."""
    result = played({"claim": {"as": "bob"}}, {"expect": {"assignee": "bob"}})
    assert [str(failure) for failure in result.failures] == []
    assert result.snapshot is not None
    assert [task.assignee for task in result.snapshot.tasks["prepare"]] == ["team:cab"]


def test_items_are_ticked_and_the_form_filled_in_before_the_task_ends() -> None:
    """A task may be written to without an end, as over HTTP; what is ticked stays ticked."""
    steps = (
        {"task": {"as": "bob", "id": "room", "checked": ["booked"]}},
        {"task": {"as": "bob", "id": "room"}, "with": {"place": "Loft"}},
        {"expect": {"state": "prepare", "open_tasks": ["room"], "fields": {"place": "Loft"}}},
        {"task": {"as": "bob", "id": "room", "done": True},
         "refused": {"code": "missing_fields", "fields": ["Paid in full"]}},
        {"task": {"as": "bob", "id": "room", "done": True, "checked": ["Paid in full"], "comment": "It is dear"}},
        {"expect": {"state": ["budget", "contract"]}},
    )  # fmt: skip
    assert messages(*steps) == []
    (room,) = played(*steps).snapshot.tasks["prepare"]  # type: ignore[union-attr]
    assert room.comment == "It is dear"


def test_an_event_may_carry_data_beside_its_form() -> None:
    """``data`` is ``event.data``, as in the body of a request."""
    assert messages(
        {"send": "hear", "data": {"words": "soon"}, "as": "erin"}, {"expect": {"fields": {"told": "soon"}}}
    ) == []  # fmt: skip


def test_of_several_open_approvals_one_is_named() -> None:
    """``state`` says which request is answered or handed on; without it the first one that is held."""
    steps = (
        TO_DECIDE,
        {"delegate": {"as": "bob", "to": "carol", "state": "contract"}},
        {"expect": {"open_approvals": ["bob", "dora", "carol", "erin"]}},
        {"approve": {"as": "carol", "state": "budget"}, "refused": {"code": "not_an_approver"}},
        {"reject": {"as": "carol", "state": "contract", "comment": "Not this year"}},
        {"expect": {"state": ["budget", "signed"]}},
    )
    assert messages(*steps) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"claim": {"as": "bob", "task": "rom"}},
         "1st step › claim › task: there is no task 'rom'; did you mean 'room'?"),
        ({"task": {"as": "bob", "id": "roon", "done": True}},
         "1st step › task › id: there is no task 'roon'; did you mean 'room'?"),
        ({"approve": {"as": "bob", "state": "budgets"}},
         "1st step › approve › state: no state 'budgets' waits for an approval; did you mean 'budget'?"),
        ({"reject": {"as": "bob", "state": "over"}},
         "1st step › reject › state: no state 'over' waits for an approval"),
        ({"delegate": {"as": "bob", "to": "dora", "state": "contracts"}},
         "1st step › delegate › state: no state 'contracts' waits for an approval; did you mean 'contract'?"),
        ({"approve": {"as": "bob", "stage": "board"}},
         "1st step › approve › stage: there is no stage 'board'"),
        ({"complete_run": {"state": "prepare", "done": {}}},
         "1st step › complete_run › state: no state 'prepare' runs automation"),
    ],
)  # fmt: skip
def test_an_unknown_task_or_state_is_reported_at_its_place(step: Mapping[str, Any], said: str) -> None:
    """A name that leads nowhere fails the scenario where it stands, with the name that was meant."""
    assert messages(step) == [said]


def test_an_unknown_task_may_be_what_a_refusal_is_about() -> None:
    """A step that must be refused may name a task that there is not."""
    assert messages({"claim": {"as": "bob", "task": "hall"}, "refused": {"code": "not_open"}}) == []


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            "task: {as: bob, id: room}",
            "a task needs one of 'done', 'failed', 'checked', 'comment' and 'with'",
        ),
        ("task: {id: room, done: true, failed: true}", "a task ends with either 'done' or 'failed', not with both"),
        (
            "task: {id: room, failed: Too dear, comment: It is}",
            "needs either a reason of 'failed' or a comment, not both",
        ),
        ("{edit: {place: x}, data: {a: 1}}", "'data' may stand only beside 'send'"),
    ],
)
def test_a_step_that_can_t_be_meant_is_an_error(step: str, said: str) -> None:
    """The text of the error says what the step lacks, or has too much."""
    text = f"scenario: s\nprocess: fair\ngiven: {{now: 2026-03-02T09:00:00+01:00, as: alice}}\nsteps:\n  - {step}\n"
    source = read_source(text.encode(), "s.yaml")
    assert isinstance(source, Source), source
    _, problems = validate(source, Scenario)
    assert [problem.message for problem in problems] == [said]
