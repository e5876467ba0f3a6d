"""Scenarios with children, started tickets, sent events and events from outside."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import load
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from tests.unit.engine.outages import OUTAGES
from workflows.engine.model.automation import SendEvent, StartTicket
from workflows.engine.scenarios import Others, ScenarioResult, Setting, run_scenario, setting_of

OPENED = "given: {now: 2026-03-02T09:00:00+01:00, as: alice, fields: {summary: No mail}}\n"


@pytest.fixture(scope="module")
def organization() -> Organization:
    """The people and the services of the shipped organization."""
    return load((SHIPPED,)).organization


def play(organization: Organization, text: str) -> ScenarioResult:
    source = read_source(f"scenario: an outage\nprocess: outage\n{text}".encode(), "s.yaml")
    assert isinstance(source, Source), source
    scenario = Scenario.model_validate(source.data)
    process = OUTAGES["outage"]
    return run_scenario(scenario, setting_of(scenario, process, digest(process), organization, OUTAGES), source)


def failures(result: ScenarioResult) -> list[str]:
    return [str(failure) for failure in result.failures]


def test_a_child_is_started_with_a_made_up_key_and_ends_as_the_scenario_says(organization: Organization) -> None:
    """Keys count by prefix, and a state continues once when its child has ended."""
    result = play(
        organization,
        f"""{OPENED}steps:
  - expect: {{started: []}}
  - send: search
    with: {{since: 2026-03-02T08:00:00Z}}
  - expect:
      state: searching
      fields: {{cause: PRB-1}}
      started: [{{process: problem, key: PRB-1, link: cause, with: {{since: 2026-03-02T09:00:00+01:00}}}}]
  - expect: {{started: []}}
  - child: {{state: searching, ended: solved}}
  - expect: {{state: over, sent: [{{event: passed, to: "linked:outage"}}]}}
  - child: {{state: searching, ended: solved}}
    refused: {{code: ended}}
""",
    )
    assert failures(result) == []


def test_a_child_fails_by_its_own_process(organization: Organization) -> None:
    """A failed final state of the child's process fails the child, and the next visit starts another one."""
    result = play(
        organization,
        f"""{OPENED}steps:
  - send: search
  - child: {{state: searching, ended: dropped}}
  - expect: {{state: triage}}
  - send: search
  - expect: {{state: searching, started: [{{process: problem, key: PRB-2, fields: {{title: No mail}}}}]}}
""",
    )
    assert failures(result) == []


def test_the_end_of_a_linked_child_is_an_event_too(organization: Organization) -> None:
    """The ticket receives ``ended.<link>`` with the key and the last state of the ended child."""
    result = play(organization, f"{OPENED}steps:\n  - send: search\n  - child: {{state: searching, ended: dropped}}\n")
    assert failures(result) == []
    assert [entry.data["text"] for entry in result.timeline if entry.kind == "comment"] == ["PRB-1 is dropped"]


def test_a_child_of_a_process_that_is_not_known_fails_as_the_scenario_says(organization: Organization) -> None:
    """Workflows in Python have keys by their names, and the first open child ends."""
    result = play(
        organization,
        f"""{OPENED}steps:
  - send: ask
  - expect:
      started:
        - {{process: call, key: CALL-1, link: calls, with: {{about: No mail}}}}
        - {{workflow: survey, key: SURVEY-1}}
        - {{workflow: survey, key: SURVEY-2}}
  - child: {{state: asking, ended: refused, failed: true}}
  - expect: {{state: asking, sent: []}}
  - child: {{state: asking, ended: answered}}
  - expect:
      state: over
      sent:
        - {{event: thanks, to: "link:calls", with: {{n: 3}}}}
        - {{event: passed}}
""",
    )
    assert failures(result) == []


def test_children_that_a_state_leaves_behind_are_sent_cancel(organization: Organization) -> None:
    """A sent event is expected by the key of its receiver, or by the address in its step."""
    result = play(
        organization,
        f"""{OPENED}steps:
  - send: search
  - send: tell
  - expect: {{sent: [{{event: hurry, to: PRB-1}}]}}
  - send: tell
  - expect: {{sent: [{{event: hurry, to: children}}]}}
  - send: stop
  - expect: {{state: triage, sent: [{{event: cancel, to: PRB-1}}]}}
""",
    )
    assert failures(result) == []


def test_what_was_started_or_sent_otherwise_is_told(organization: Organization) -> None:
    """Names and addresses differ as lists; if they are equal, each unequal value is a difference."""
    result = play(
        organization,
        f"""{OPENED}steps:
  - send: search
  - send: tell
  - expect:
      started: [{{process: problem, link: cause, with: {{title: Mail}}}}]
      sent: [{{event: hurry, to: [PRB-1, PRB-2]}}, {{event: hurry, to: PRB-1}}]
""",
    )
    assert failures(result) == [
        "s.yaml:8:63 3rd step › expect › started › 1st › with › title\n  expected: Mail\n  found:    No mail",
        "s.yaml:9:13 3rd step › expect › sent\n  - expected\n  + found\n  - hurry to PRB-1, PRB-2\n    hurry to PRB-1",
    ]
    result = play(organization, f"{OPENED}steps:\n  - send: search\n  - expect: {{started: [{{process: outage}}]}}\n")
    assert failures(result) == [
        "s.yaml:6:23 2nd step › expect › started\n  expected: outage\n  found:    problem PRB-1 as cause"
    ]


TRIGGERED = """given:
  now: 2026-03-02T09:00:00+01:00
  trigger: {type: monitor.firing, data: {severity: critical, id: 7, text: No mail, service: email}}
"""


def test_a_trigger_opens_the_ticket_and_holds_off_a_second_one(organization: Organization) -> None:
    """The event's type names its source; a key is taken while its ticket is open, and free afterwards."""
    again = "trigger: {type: monitor.firing, data: {severity: critical, id: 7, text: No mail, service: email}}"
    result = play(
        organization,
        f"""{TRIGGERED}steps:
  - expect: {{state: triage, fields: {{summary: No mail, service: email}}, allowed: [search, ask, recovered, storm]}}
  - {again}
  - trigger: {{type: monitor.firing, data: {{severity: low, id: 8}}}}
  - trigger: {{type: monitor.seen}}
  - expect: {{started: [{{process: outage, with: {{summary: Seen}}}}]}}
  - trigger: {{type: monitor.resolved, data: {{id: 8, at: 2026-03-02T10:00:00Z}}}}
  - expect: {{state: triage}}
  - trigger: {{type: monitor.resolved, data: {{id: 7, at: soon}}}}
    refused: {{code: invalid_fields, fields: [since]}}
  - trigger: {{type: monitor.resolved, data: {{id: 7, at: 2026-03-02T10:00:00Z}}}}
  - expect: {{state: over, fields: {{since: 2026-03-02T10:00:00Z}}, started: []}}
  - {again}
  - expect: {{started: [{{process: outage, with: {{summary: No mail}}}}]}}
""",
    )
    assert failures(result) == []
    assert result.timeline[0].actor == "source:monitor"


def test_an_event_for_all_tickets_with_a_value_reaches_those(organization: Organization) -> None:
    """``match`` compares the fields, whoever opened the ticket; ``as`` names another source."""
    result = play(
        organization,
        f"""{TRIGGERED}steps:
  - trigger: {{type: monitor.weather, data: {{service: directory}}}}
  - trigger: {{type: monitor.weather, data: {{service: email}}}}
    as: source:radar
  - send: recovered
  - trigger: {{type: monitor.weather, data: {{service: email}}}}
""",
    )
    assert failures(result) == []
    assert [entry.actor for entry in result.timeline if entry.data.get("name") == "storm"] == ["source:radar"]


def test_an_event_that_starts_nothing_opens_nothing(organization: Organization) -> None:
    """An opening by trigger is refused if no trigger starts a ticket, which a scenario may expect."""
    given = "given:\n  now: 2026-03-02T09:00:00+01:00\n  trigger: {type: monitor.firing, data: {severity: low}}\n"
    refused = "  refused: {code: guard_failed, reason: no trigger starts a ticket for this 'monitor.firing'}\n"
    assert failures(play(organization, given + refused)) == []
    assert failures(play(organization, given)) == [
        "s.yaml:4:3 given\n  refused: guard_failed: no trigger starts a ticket for this 'monitor.firing'"
    ]


def test_a_trigger_that_can_not_be_decided_is_refused_with_its_reason(organization: Organization) -> None:
    """An event without the key that its trigger needs is refused."""
    result = play(organization, f"{OPENED}steps:\n  - trigger: {{type: monitor.resolved, data: {{id: true}}}}\n")
    assert failures(result) == [
        "s.yaml:5:14 1st step › trigger\n  refused: guard_failed: key: takes text or a whole number, not true"
    ]


def test_a_ticket_that_another_ticket_starts_knows_its_parent(organization: Organization) -> None:
    """``as: ticket:<key>`` opens the ticket as a child of another ticket."""
    result = play(
        organization, OPENED.replace("as: alice", "as: 'ticket:INC-3'") + "steps:\n  - expect: {state: triage}\n"
    )
    assert failures(result) == []
    assert result.snapshot is not None and result.snapshot.parent is not None
    assert result.snapshot.parent.key == "INC-3"


def test_names_that_lead_nowhere_are_told(organization: Organization) -> None:
    """States without children, unknown final states of a child and types without a trigger are dangling references."""
    result = play(
        organization,
        f"""{OPENED}steps:
  - child: {{state: serching, ended: solved}}
  - child: {{state: searching, ended: solvd}}
  - child: {{state: searching, ended: solved, failed: true}}
  - trigger: {{type: monitor.fring}}
  - expect: {{started: [{{process: problm}}]}}
  - migrate: {{to: other.yaml}}
""",
    )
    assert failures(result) == [
        "s.yaml:5:20 1st step › child › state\n  no state 'serching' waits for children; did you mean 'searching'?",
        "s.yaml:6:38 2nd step › child › ended\n  a ticket of 'problem' does not end in 'solvd'; did you mean 'solved'?",
        "s.yaml:7:54 3rd step › child › failed\n  a ticket of 'problem' that ends in 'solved' has not failed",
        "s.yaml:8:21 4th step › trigger › type\n"
        "  no trigger of the process takes 'monitor.fring'; did you mean 'monitor.firing'?",
        "s.yaml:9:34 5th step › expect › started › 1st › process\n"
        "  there is no process 'problm'; did you mean 'problem'?",
        "s.yaml:10:19 6th step › migrate › to\n"
        "  there is no file 'other.yaml' with a process, beside the scenario or in the definitions",
    ]


def test_what_is_wanted_again_is_the_same(organization: Organization) -> None:
    """A repeated start has the same key, and a repeated event is recorded once."""
    others = Others(Setting(OUTAGES["outage"], "", organization, 0, OUTAGES))
    start, other = (StartTicket(identity, "problem", None, {}) for identity in ("a", "b"))
    keys = [others.start(one, "OUT-1", 0).key for one in (start, start, other)]
    assert keys == ["PRB-1", "PRB-1", "PRB-2"]
    assert len(others.started) == 2
    for _ in range(2):
        others.send(SendEvent("c", ("PRB-1",), "hurry"))
    assert len(others.sent) == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title": 3}, "invalid_fields: title takes text"),
        ({"color": "red"}, "invalid_fields: color is not a field of this process"),
        ({"holder": "zed"}, "invalid_fields: holder: there is no person 'zed'"),
        ({}, "missing_fields: Problem: title is missing"),
    ],
)
def test_an_opening_that_the_other_process_refuses_starts_nothing(
    organization: Organization, fields: dict[str, Any], problem: str
) -> None:
    """A start in a scenario is refused for the reasons for which a server refuses it, and uses no key."""
    wanted = Process.model_validate({
        "process": "problem", "title": "Problem", "practice": "problem_management", "prefix": "PRB",
        "fields": {"title": {"type": "text", "required": True}, "holder": {"type": "person"}},
        "initial": "open", "states": {"open": {"on": {"close": "closed"}}, "closed": {"final": True}},
    })  # fmt: skip
    others = Others(Setting(OUTAGES["outage"], "", organization, 0, {"problem": wanted}))
    given = {"title": "No mail", **fields} if fields else {}
    refused = others.start(StartTicket("a", "problem", None, given), "OUT-1", 0)
    assert (refused.key, refused.problem) == (None, problem)
    assert others.started == []
    taken = others.start(StartTicket("b", "problem", None, {"title": "No mail"}), "OUT-1", 0)
    assert taken.key == "PRB-1"
