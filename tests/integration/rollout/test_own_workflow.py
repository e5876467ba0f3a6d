"""The examples of the documentation, run as written there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.actions.registry import load_actions
from tests.integration.rollout.conftest import DEFINITIONS
from tests.paths import DOCS
from tests.servers.families import Household, household
from workflows.registry import load_workflows

PAGE = DOCS / "rollout.md"
PROCESS = """\
process: exercise
title: Exercise
practice: service_continuity_management
prefix: EXE
fields:
  summary: {type: text, required: true}
  minutes: {type: integer, default: 0}
initial: ready
states:
  ready: {on: {go: {to: exercising, by: everyone}}}
  exercising:
    child: {workflow: drill, with: {minutes: =ticket.minutes}}
    on: {done: held, failed: broken_off, leave: {to: broken_off, by: everyone}}
  held: {final: true}
  broken_off: {on: {close: {to: held, by: everyone}}}
"""


def example(number: int) -> str:
    """The number-th Python module of the page."""
    found: list[str] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return found[number]


@pytest.fixture
async def exercises(
    client: Client, task_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Household]:
    (tmp_path / "drills.py").write_text(example(1))
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "exercise.yaml").write_text(PROCESS)
    (tmp_path / "organization").symlink_to(DEFINITIONS / "organization")
    monkeypatch.syspath_prepend(tmp_path)
    async with household(
        client, task_queue, tmp_path, processes=tmp_path, python=load_workflows(["drills"])
    ) as started:
        yield started


async def test_an_own_workflow_ends_its_state(exercises: Household) -> None:
    """A ticket starts a workflow of the organization, and continues when the workflow reports its end."""
    ticket = await exercises.start("exercise")
    await ticket.send("go")
    assert (await ticket.ended()).states == ("held",)


async def test_an_own_workflow_is_canceled(exercises: Household) -> None:
    """Leaving the state notifies the organization's workflow."""
    ticket = await exercises.start("exercise", minutes=600)
    await ticket.send("go")
    snapshot = await exercises.until(ticket, lambda now: now.families["exercising"].children[0].key is not None)
    child = exercises.ticket(str(snapshot.families["exercising"].children[0].key))
    await ticket.send("leave")
    await child.workflow.result()
    await exercises.until(ticket, lambda now: now.families["exercising"].children[0].state == "broken_off")


def test_the_example_brings_the_actions_of_a_rollout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module for deployments has the three actions that a rollout names by default."""
    (tmp_path / "deployments.py").write_text(example(0))
    monkeypatch.syspath_prepend(tmp_path)
    assert {"deploy", "check_health", "roll_back"} <= load_actions(["deployments"]).keys()
