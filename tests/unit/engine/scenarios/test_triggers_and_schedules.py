"""Triggers and schedules in scenarios: as a server carries them out."""

from __future__ import annotations

import pytest

from definitions.digest import digest
from definitions.schema.organization import Organization
from definitions.schema.process import Process
from definitions.schema.scenario import Scenario
from tests.unit.engine.tickets import read
from workflows.engine.scenarios import ScenarioResult, run_scenario, setting_of

ORGANIZATION = """\
organization: {name: Example, time_zone: Europe/Berlin}
people: {alice: {name: Alice Ng}}
services: {email: {title: E-mail}, directory: {title: Directory}}
"""
PROCESS = """\
process: alert
title: Alert
practice: monitoring_and_event_management
prefix: ALT
initial: new
fields:
  summary: {type: text, required: true}
  service: {type: service}
  tags:    {type: text, list: true}
  seen:    {type: integer, default: 0}
states:
  new:
    on:
      again: {by: everyone, set: {seen: =ticket.seen + 1}}
      close: {to: closed, by: everyone}
  closed: {final: true}
triggers:
  - {on: monitor.firing, key: =event.data.id, start: {summary: =event.data.id}}
  - {on: monitor.firing, key: =event.data.id, send: again}
  - {on: monitor.swept, match: {tags: []}, send: again}
  - {on: monitor.gone, match: {seen: 0}, send: again}
  - {on: monitor.gone, match: {seen: 0}, send: again}
schedules:
  - {cron: "30 2 * * *", start: {summary: Nightly}}
  - {cron: "0 9 1 * *", each: services, start: {summary: Monthly, service: =each}}
"""


def played(text: str) -> ScenarioResult:
    process = Process.model_validate(read(PROCESS))
    scenario = Scenario.model_validate(read(text))
    organization = Organization.model_validate(read(ORGANIZATION))
    return run_scenario(scenario, setting_of(scenario, process, digest(process), organization))


def failures(text: str) -> list[str]:
    return [one.message for one in played(text).failures]


HEAD = "scenario: it works\nprocess: alert\n"
FIRING = HEAD + "given: {now: 2027-03-01T09:00:00+01:00, trigger: {type: monitor.firing, data: {id: a}}}\nsteps:\n"


def test_an_event_does_not_go_to_the_ticket_that_it_has_just_opened() -> None:
    """One event opens the ticket by its first trigger; its second trigger reaches the tickets that were open before."""
    steps = "  - expect: {fields: {seen: 0}}\n  - trigger: {type: monitor.firing, data: {id: a}}\n"
    assert failures(f"{FIRING}{steps}  - expect: {{fields: {{seen: 1}}, started: []}}\n") == []


def test_the_receivers_of_an_event_are_those_of_its_arrival() -> None:
    """A trigger does not change whom a later trigger of the same event reaches."""
    steps = "  - trigger: {type: monitor.gone}\n  - expect: {fields: {seen: 2}}\n"
    assert failures(FIRING + steps) == []


def test_a_match_with_an_empty_list_finds_a_ticket_without_elements() -> None:
    """An unset list, and a list that was written empty, match an empty list."""
    steps = (
        "  - trigger: {type: monitor.swept}\n  - edit: {tags: []}\n    as: alice\n  - trigger: {type: monitor.swept}\n"
        "  - edit: {tags: [x]}\n    as: alice\n  - trigger: {type: monitor.swept}\n  - expect: {fields: {seen: 2}}\n"
    )
    assert failures(FIRING + steps) == []


def test_a_schedule_opens_the_ticket_of_a_scenario() -> None:
    """The ticket has the fields of the schedule, and its opener is the schedule."""
    result = played(
        HEAD + "given: {now: 2027-03-01T09:00:00+01:00, schedule: {number: 2, each: directory}}\n"
        "steps:\n  - expect: {fields: {summary: Monthly, service: directory}}\n"
    )
    assert [one.message for one in result.failures] == []
    assert result.snapshot is not None
    assert result.snapshot.opener == "schedule"


def test_a_schedule_fires_while_a_ticket_waits() -> None:
    """A firing opens other tickets, one for each service where the schedule asks for it."""
    steps = (
        "  - until: 2027-03-28T03:30:00+02:00\n  - schedule: {}\n  - expect: {started: [{process: alert}]}\n"
        "  - until: 2027-04-01T09:00:00+02:00\n  - schedule: {number: 2}\n"
        "  - expect: {started: [{process: alert, with: {service: email}}, "
        "{process: alert, with: {service: directory}}]}\n"
    )
    assert failures(FIRING + steps) == []


@pytest.mark.parametrize(
    ("given", "steps", "failure"),
    [
        (
            "schedule: {}",
            "",
            "'30 2 * * *' does not fire at 2027-03-28T01:00:00Z in Europe/Berlin: "
            "it fires next at 2027-03-28T01:30:00Z",
        ),
        ("schedule: {number: 3}", "", "there is no schedule 3: the process has 2 schedules"),
        ("schedule: {number: 2, each: web}", "", "there is no service 'web'"),
        ("schedule: {each: email}", "", "schedule 1 has no 'each': leave it out"),
        (
            "as: alice, fields: {summary: x}",
            "steps: [{schedule: {number: 2}}]\n",
            "'0 9 1 * *' does not fire at 2027-03-28T01:00:00Z in Europe/Berlin: it fires next at 2027-04-01T07:00:00Z",
        ),
    ],
)
def test_a_schedule_that_does_not_fire_fails_the_scenario(given: str, steps: str, failure: str) -> None:
    """The failure names the schedule, the moment in its zone, and the next firing."""
    assert failures(f"{HEAD}given: {{now: 2027-03-28T03:00:00+02:00, {given}}}\n{steps}") == [failure]
