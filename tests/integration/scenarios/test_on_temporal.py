"""Shipped scenarios on a real Temporal server in skipped time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from api.scenarios.on_temporal import run_on_temporal, skipping_server
from definitions.digest import digest
from definitions.loading.folders import SHIPPED
from definitions.loading.loader import Loaded, load
from definitions.schema.scenario import Scenario
from definitions.text.source import Source, read_source
from tests.paths import EXAMPLES
from tests.servers.families import definitions as reaching
from tests.unit.engine.deployments import scenario_of
from tests.unit.engine.outages import OUTAGES
from workflows.engine.scenarios import run_scenario, setting_of

MIGRATING = EXAMPLES / "migration"
FILES = sorted(path.stem for path in (SHIPPED / "scenarios").glob("*.yaml"))


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    """The definitions that ship with the product."""
    return load((SHIPPED,)).or_raise()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time, for all scenarios in turn."""
    async with skipping_server() as environment:
        yield environment


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", FILES)
async def test_a_scenario_gives_the_same_on_the_server_as_on_the_core(
    name: str, shipped: Loaded, server: WorkflowEnvironment
) -> None:
    """The ticket, its timeline and its notifications are the same, to the second."""
    file = shipped.scenarios[f"scenarios/{name}.yaml"]
    process = shipped.processes[file.scenario.process]
    others = {name: one.process for name, one in shipped.processes.items()}
    setting = setting_of(file.scenario, process.process, process.digest, shipped.organization, others)
    on_core = run_scenario(file.scenario, setting, file.source)
    on_server = await run_on_temporal(file.scenario, setting, shipped.templates, server, file.source)
    assert [str(failure) for failure in on_server.failures] == []
    assert on_server == on_core


FAILING = """scenario: nobody is out of office
process: change
given:
  now: 2026-08-05T09:00:00+02:00
  as: alice
  fields:
    summary: Swap core switch
    service: email
    impact: high
    planned_start: 2026-08-15T20:00:00+02:00
    planned_end: 2026-08-15T22:00:00+02:00
    backout_plan: Put the old one back
steps:
  - send: submit
  - send: assessed
    as: carol
  - approve: {as: carol}
  - wait: 1w
  - expect: {state: authorize, open_approvals: [bob, dora, erin], notified: []}
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_a_scenario_fails_on_the_server_as_on_the_core(shipped: Loaded, server: WorkflowEnvironment) -> None:
    """The same failures, at the same places, in the same words."""
    source = read_source(FAILING.encode(), "s.yaml")
    assert isinstance(source, Source)
    scenario = Scenario.model_validate(source.data)
    process = shipped.processes["change"]
    setting = setting_of(scenario, process.process, process.digest, shipped.organization)
    on_server = await run_on_temporal(scenario, setting, shipped.templates, server, source)
    assert [str(failure) for failure in on_server.failures] == [
        "s.yaml:19:21 5th step › expect › state\n  expected: authorize\n  found:    draft",
        "s.yaml:19:77 5th step › expect › notified\n"
        "  - expected\n  + found\n"
        "  + carol: template change_to_assess\n"
        "  + carol: approval_requested\n"
        "  + dora: approval_requested\n"
        "  + erin: approval_requested\n"
        "  + dora: reminder\n"
        "  + erin: reminder\n"
        "  + dora: reminder\n"
        "  + erin: reminder\n"
        "  + dora: approval_withdrawn\n"
        "  + erin: approval_withdrawn\n"
        "  + dora: approval_requested\n"
        "  + carol: template decision_at_risk\n"
        "  + dora: approval_withdrawn",
        "s.yaml:19:48 5th step › expect › open_approvals\n  - expected\n  + found\n  - bob\n  - dora\n  - erin",
    ]
    assert on_server == run_scenario(scenario, setting, source)


BEYOND = """scenario: an outage with all that goes beyond it
process: outage
given:
  now: 2026-03-02T09:00:00+01:00
  trigger: {type: monitor.firing, data: {severity: critical, id: 7, text: No mail, service: email}}
steps:
  - send: search
    as: alice
  - send: tell
    as: alice
  - expect:
      state: searching
      started: [{process: problem, key: PRB-1, with: {title: No mail}}]
      sent: [{event: hurry, to: PRB-1}]
  - child: {state: searching, ended: dropped}
  - expect: {state: triage, fields: {cause: PRB-1}}
  - trigger: {type: monitor.seen}
  - expect: {started: [{process: outage}]}
  - send: ask
    as: alice
  - expect: {started: [{process: call, key: CALL-1}, {workflow: survey}, {workflow: survey, key: SURVEY-2}]}
  - wait: 1d
  - child: {state: asking, ended: answered}
  - expect: {state: over, sent: [{event: cancel, to: SURVEY-2}, {event: thanks, to: CALL-1}, {event: passed}]}
  - child: {state: asking, ended: answered}
    refused: {code: ended}
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_other_tickets_are_made_up_on_the_server_too(shipped: Loaded, server: WorkflowEnvironment) -> None:
    """Started tickets have the same keys, sent events are kept in the same order, children end with the same word."""
    source = read_source(BEYOND.encode(), "s.yaml")
    assert isinstance(source, Source)
    scenario = Scenario.model_validate(source.data)
    process = OUTAGES["outage"]
    setting = setting_of(scenario, process, digest(process), shipped.organization, OUTAGES)
    on_core = run_scenario(scenario, setting, source)
    assert [str(failure) for failure in on_core.failures] == []
    assert await run_on_temporal(scenario, setting, shipped.templates, server, source) == on_core


FOR_EACH = """scenario: an errand that is run for everyone on a list
process: errand
given: {now: 2026-03-02T09:00:00+01:00, as: alice, fields: {summary: Go and see, hows: [answer, hang]}}
steps:
  - send: all
  - expect: {state: all}
  - complete_run: {state: all, done: {found: [{text: one}, {text: two}]}}
  - expect: {state: finished, fields: {answer: "one, two"}}
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_a_run_for_each_is_the_same_on_the_server(shipped: Loaded, server: WorkflowEnvironment) -> None:
    """A step of a run with ``each`` waits on the server as on the core, and is completed in its place."""
    source = read_source(FOR_EACH.encode(), "s.yaml")
    assert isinstance(source, Source)
    scenario, process = Scenario.model_validate(source.data), reaching().processes["errand"].process
    setting = setting_of(scenario, process, digest(process), shipped.organization)
    on_core = run_scenario(scenario, setting, source)
    assert [str(failure) for failure in on_core.failures] == []
    assert await run_on_temporal(scenario, setting, shipped.templates, server, source) == on_core


@pytest.mark.asyncio(loop_scope="module")
async def test_callbacks_come_and_do_not_come_on_the_server_too(server: WorkflowEnvironment) -> None:
    """A callback on time, one that reports a failure, one that never comes and one that is too late are the same."""
    scenario, setting, source = scenario_of()
    on_core = run_scenario(scenario, setting, source)
    assert [str(failure) for failure in on_core.failures] == []
    assert await run_on_temporal(scenario, setting, {}, server, source) == on_core


@pytest.mark.asyncio(loop_scope="module")
async def test_a_migration_gives_the_same_on_the_server_as_on_the_core(server: WorkflowEnvironment) -> None:
    """The ticket continues under the other definition with the same timeline and the same notifications."""
    loaded = load((MIGRATING,)).or_raise()
    file, process = loaded.scenarios["scenarios/moved.yaml"], loaded.processes["door"]
    led_to = {to: one.process for to, one in file.destinations.items()}
    setting = setting_of(file.scenario, process.process, process.digest, loaded.organization, destinations=led_to)
    on_core = run_scenario(file.scenario, setting, file.source)
    assert [str(failure) for failure in on_core.failures] == []
    assert await run_on_temporal(file.scenario, setting, loaded.templates, server, file.source) == on_core
