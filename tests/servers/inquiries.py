"""The process ``inquiry``: tickets that wait for votes or tasks of people, and their records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.servers.families import Household
from tests.servers.tickets import TicketHandle
from tests.servers.worlds import entries
from workflows.contracts import RecordBatch, RecordedStep

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


def write_definitions(folder: Path) -> Path:
    """Writes the organization and its process; returns the folder of the definitions."""
    for name, text in (("organization/example.yaml", ORGANIZATION), ("processes/inquiry.yaml", PROCESS)):
        file = folder / "definitions" / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
    return folder / "definitions"


async def ahead(home: Household) -> TicketHandle:
    """A ticket whose record is a step ahead of its history, as after the death of a worker between the two writes."""
    ticket = await home.start("inquiry")
    await home.until_recorded(ticket)
    snapshot = (await ticket.view()).snapshot
    (seen,) = home.records.unsettled(2**40, "", 10)
    begun, length, at = seen.workflow_task.split(".")
    lost = RecordBatch(
        process="inquiry",
        digest="d1",
        snapshot=replace(snapshot, revision=2, configuration=("closed",), ended_at=snapshot.at),
        state=("closed",),
        see=("person:alice",),
        steps=(RecordedStep(2, entries("lost")),),
        workflow_task=f"{begun}.{length}.{int(at) + 1:020d}",
    )
    home.records.record(lost, {})
    return ticket
