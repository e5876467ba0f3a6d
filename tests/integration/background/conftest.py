"""Tickets that wait for people, on the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.servers.families import Household, household
from tests.servers.temporal import client, task_queue, temporal_address

__all__ = ["client", "home", "task_queue", "temporal_address"]

ORGANIZATION = """\
organization: {name: Example}
people:
  alice: {name: Alice Ng, email: alice@example.com}
  bob: {name: Bob Ruiz, email: bob@example.com}
  carol: {name: Carol Weiss, email: carol@example.com}
  dora: {name: Dora Lind, email: dora@example.com}
teams: {cab: {members: [bob, dora]}}
may: {operate: person:carol}
"""
PROCESS = """\
process: inquiry
title: Inquiry
practice: change_enablement
prefix: INQ
initial: new
fields: {summary: {type: text, required: true}}
states:
  new:
    on:
      ask: {to: ask, by: everyone}
      work: {to: work, by: everyone}
      give: {by: everyone, form: [assignee]}
      close: {to: closed, by: everyone}
  ask:
    approval: {from: [team:cab], need: 2}
    on: {approved: closed, rejected: new}
  work:
    tasks: [{id: do, title: Do it, assign: person:bob}]
    on: {done: closed, failed: new}
  closed: {final: true}
triggers: [{on: alarm.raised, match: {}, send: work}]
"""


@pytest.fixture
async def home(client: Client, task_queue: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Tickets, records and a worker."""
    for name, text in (("organization/example.yaml", ORGANIZATION), ("processes/inquiry.yaml", PROCESS)):
        file = tmp_path / "definitions" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    async with household(client, task_queue, tmp_path, processes=tmp_path / "definitions") as started:
        yield started
