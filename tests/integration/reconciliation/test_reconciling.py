"""Older records beside a newer Temporal server: compared with the histories, and repaired from them."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import Executable, delete, select, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.notifications.routes import Routes
from activities.notifications.writing import notifications_of
from activities.records.appending import Addition
from activities.records.database import Database
from activities.records.migrate import migrate
from activities.records.tables import approvals, audit, macrosteps, metadata, ticket_states, tickets
from api.reconciliation.divergences import Divergence
from api.reconciliation.reconciling import Mode, Reconciliation
from definitions.people.directory import Actor
from tests.servers.families import Household, household
from tests.servers.inquiries import ahead, write_definitions
from tests.servers.mail import Mailbox
from tests.servers.tickets import TicketHandle
from tests.servers.worlds import entries
from workflows.contracts import RecordedStep
from workflows.engine.model.events import Comment, Send, Vote
from workflows.engine.model.snapshot import Snapshot
from workflows.ticket.messages import Carried, Carries, TicketInput
from workflows.ticket.names import CARRIES

ALICE, BOB, DORA = Actor("alice"), Actor("bob"), Actor("dora")
_snapshots = TypeAdapter(Snapshot)
OF_WRITING = ("written_at", "created_at")


async def found(home: Household, mode: Mode, *keys: str, keep: bool = True) -> list[Divergence]:
    """The divergences that a command finds."""
    routes = Routes(home.settings)
    reconciliation = Reconciliation(
        home.client,
        home.records,
        home.task_queue,
        lambda batch: notifications_of(home.world, routes, batch, batch.snapshot.at),
        mode=mode,
        keep=keep,
    )
    return [one async for one in (reconciliation.of(keys) if keys else reconciliation.all())]


def file(home: Household) -> Path:
    return Path(home.settings.records_url.removeprefix("sqlite:///"))


def copy(source: Path, target: Path) -> None:
    """Copies a database as a backup does, even over a database in use."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def everything(home: Household) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that are filled from a ticket's history."""
    database = Database(home.settings.records_url)
    found = {}
    with database.read() as connection:
        for table in metadata.sorted_tables:
            if table.name not in ("starts", "written"):
                columns = [column for column in table.c if column.name not in OF_WRITING]
                found[table.name] = sorted(map(repr, connection.execute(select(*columns))))
    database.close()
    return found  # type: ignore[return-value]


async def asked(home: Household, summary: str) -> TicketHandle:
    """A ticket that waits for two votes and has one of them."""
    ticket = await home.start("inquiry", summary=summary)
    await ticket.event(Send("ask", ALICE), "ask")
    await home.until(ticket, lambda one: bool(one.approvals["ask"].requests))
    await ticket.event(Vote(BOB, "approve", "Fine"), "bob")
    await home.until_recorded(ticket)
    return ticket


async def go_on(home: Household, ticket: TicketHandle) -> None:
    """Events after the backup: a ticket ends, and two tickets are opened that the backup does not know."""
    await ticket.event(Vote(DORA, "approve"), "dora")
    await ticket.ended()
    await asked(home, "new")
    last = await home.start("inquiry", summary="newest")
    await last.event(Comment(ALICE, "Hello"), "comment")
    await home.until_recorded(last)


async def test_what_older_records_lack_is_written_again(home: Household, tmp_path: Path) -> None:
    """After a restore of older records, ``reconcile`` writes every missing row again, and no row twice."""
    await home.work()
    ticket = await asked(home, "first")
    copy(file(home), tmp_path / "backup")
    await go_on(home, ticket)
    before = everything(home)
    assert await found(home, "verify") == []
    copy(tmp_path / "backup", file(home))
    told = await found(home, "verify")
    assert [one.thing for one in told] == ["INQ", ticket.key, *(f"INQ-{number(ticket) + n}" for n in (1, 2))]
    assert [one.repaired for one in await found(home, "reconcile", keep=False)] == [False] * 4
    assert await found(home, "verify") == told
    repaired = await found(home, "reconcile")
    assert [str(one) for one in repaired] == [
        f"INQ: the last number given out is {number(ticket)}, but INQ-{number(ticket) + 2} exists; "
        f"raised to {number(ticket) + 2}",
        f"{ticket.key}: the records lack revision 5; written again",
        f"INQ-{number(ticket) + 1}: the ticket is not on record, but its history has revisions 1–4; written again",
        f"INQ-{number(ticket) + 2}: the ticket is not on record, but its history has revisions 1–2; written again",
    ]
    assert await found(home, "verify") == []
    assert everything(home) == before
    assert await found(home, "reconcile") == []
    assert everything(home) == before


def number(ticket: TicketHandle) -> int:
    return int(ticket.key.rpartition("-")[2])


async def test_records_are_written_into_an_empty_store(home: Household, tmp_path: Path) -> None:
    """If all records are lost, ``reconcile`` writes all of them from the histories."""
    await home.work()
    ticket = await asked(home, "first")
    await go_on(home, ticket)
    before = everything(home)
    empty = tmp_path / "empty"
    migrate(f"sqlite:///{empty}")
    copy(empty, file(home))
    assert all(one.repaired for one in await found(home, "reconcile"))
    assert await found(home, "verify") == []
    after = everything(home)
    numbers = before.pop("counters"), after.pop("counters")
    assert set(numbers[1]) <= set(numbers[0]), "prefixes without tickets begin anew"
    assert after == before


async def test_a_hole_is_filled_in_its_place(home: Household, tmp_path: Path) -> None:
    """If a ticket continued on older records, the missing steps get their places in the order, under one chain."""
    await home.work()
    ticket = await asked(home, "first")
    copy(file(home), tmp_path / "backup")
    for text in ("one", "two"):
        await ticket.event(Comment(ALICE, text), text)
    await home.until_recorded(ticket)
    between = everything(home)["audit"]
    copy(tmp_path / "backup", file(home))
    await ticket.event(Comment(ALICE, "three"), "three")
    await home.until_recorded(ticket)
    assert comments(home, ticket) == ["three"]
    (told,) = await found(home, "verify", ticket.key)
    assert told.found == "the records lack revisions 5–6"
    assert [one.done for one in await found(home, "reconcile", ticket.key)] == ["written again"]
    assert comments(home, ticket) == ["one", "two", "three"]
    assert home.records.verify_chain(ticket.key).holds
    assert set(between) < set(everything(home)["audit"]), "lost steps keep their entries and hashes"
    assert await found(home, "verify", ticket.key) == []
    answers = home.records.answers_under("one")
    assert [(one.ticket, one.answer["revision"]) for one in answers] == [(ticket.key, 5)]


def comments(home: Household, ticket: TicketHandle) -> list[str]:
    return [str(one["text"]) for one in home.told(ticket.key, "comment")]


async def test_what_only_the_records_hold_stays(home: Household, tmp_path: Path) -> None:
    """A comment after the end of a ticket stays when some or all steps before it are written again."""
    await home.work()
    ticket = await asked(home, "first")
    copy(file(home), tmp_path / "backup")
    await ticket.event(Vote(DORA, "approve"), "dora")
    await ticket.ended()
    ended = home.records.get(ticket.key)
    assert ended is not None
    copy(tmp_path / "backup", file(home))
    await found(home, "reconcile", ticket.key)
    after = replace(_snapshots.validate_python(ended.view), revision=6)
    said = RecordedStep(6, entries("Thank you"))
    home.records.append(ticket.key, "key", "hash", lambda _, __: Addition(after, said, {}))
    before = everything(home)
    change(home, delete(macrosteps).where(macrosteps.c.revision == 4), delete(audit).where(audit.c.revision == 4))
    assert await found(home, "verify", ticket.key) != []
    await found(home, "rebuild", ticket.key)
    assert comments(home, ticket) == ["Thank you"]
    assert everything(home) == before
    assert await found(home, "verify", ticket.key) == []


def change(home: Household, *statements: Executable) -> None:
    """Damages the records."""
    database = Database(home.settings.records_url)
    with database.write() as connection:
        for statement in statements:
            connection.execute(statement)
    database.close()


ALTERED = update(audit).where(audit.c.kind == "vote").values(data={"decision": "reject"})
OTHER = update(macrosteps).where(macrosteps.c.revision == 2).values(content="0" * 64)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (ALTERED, "the hash chain of the timeline is broken at entry 7"),
        (OTHER, "the records and the history differ in revision 2"),
    ],
)
async def test_what_was_altered_is_left_to_a_person(home: Household, damage: Executable, words: str) -> None:
    """A changed entry is evidence: only ``rebuild`` replaces it."""
    await home.work()
    ticket = await asked(home, "first")
    before = everything(home)
    change(home, damage)
    damaged = everything(home)
    for mode in ("verify", "reconcile"):
        (told,) = await found(home, "verify" if mode == "verify" else "reconcile", ticket.key)
        assert (told.found, told.repaired) == (words, False)
        assert "stanchion records rebuild" in told.done
    assert everything(home) == damaged
    assert [one.repaired for one in await found(home, "rebuild", ticket.key)] == [True]
    assert everything(home) == before


async def test_rows_of_lists_follow_the_ticket(home: Household) -> None:
    """Rows of lists that differ from the history are found and written again."""
    await home.work()
    ticket = await asked(home, "first")
    before = everything(home)
    change(home, delete(approvals), delete(ticket_states), update(tickets).values(assignee="bob"))
    (told,) = await found(home, "verify", ticket.key)
    assert told.found == "rows outside the timeline differ from the history"
    await found(home, "reconcile", ticket.key)
    assert everything(home) == before


async def test_a_later_run_of_a_ticket(home: Household, tmp_path: Path) -> None:
    """A ticket with several runs is compared over all runs; revisions that Temporal no longer keeps are named."""
    await home.work()
    ticket = await home.start("inquiry", history_bound=12)
    for number in range(6):
        await ticket.event(Comment(ALICE, f"{number}"), f"{number}")
    await home.until_recorded(ticket)
    before = everything(home)
    assert await found(home, "verify", ticket.key) == []
    change(home, delete(tickets))
    assert [one.repaired for one in await found(home, "reconcile", ticket.key)] == [True]
    assert everything(home) == before
    first = WorkflowExecution(workflow_id=ticket.workflow.id, run_id=ticket.started.result_run_id or "")
    await forget(home, first)
    change(home, delete(tickets))
    told = [str(one) for one in await found(home, "reconcile", ticket.key)]
    recorded = home.records.on_record(ticket.key)
    assert recorded is not None
    lost = f"the records lack revisions 1–{min(recorded.contents) - 1}"
    why = "Temporal no longer keeps the workflow run that recorded them"
    assert told[0] == f"{ticket.key}: {lost}; not repaired: {why}"
    assert told[1].endswith("–7; written again")
    assert (await found(home, "verify", ticket.key))[0].found == lost


async def forget(home: Household, execution: WorkflowExecution) -> None:
    """Deletes a run, as Temporal does at the end of the retention time; waits until it is gone."""
    await home.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=home.client.namespace, workflow_execution=execution)
    )
    handle = home.client.get_workflow_handle(execution.workflow_id, run_id=execution.run_id or None)
    async with asyncio.timeout(300):  # Temporal deletes in its own time
        with pytest.raises(RPCError):
            while True:
                await handle.describe()


async def test_a_ticket_without_a_history(home: Household) -> None:
    """If Temporal has no workflow of a ticket, its missing revisions are named, and that it is open on record."""
    await home.work()
    ticket = await asked(home, "first")
    await forget(home, WorkflowExecution(workflow_id=ticket.workflow.id))
    change(home, delete(macrosteps).where(macrosteps.c.revision == 3))
    told = [str(one) for one in await found(home, "reconcile")]
    assert told == [
        f"{ticket.key}: the records lack revision 3; not repaired: Temporal has no history of the ticket",
        f"{ticket.key}: the ticket is open on record, but has no workflow; "
        "not repaired: Temporal has no history of the ticket",
    ]
    assert [one.found for one in await found(home, "verify", "INQ-0")] == ["there is no such ticket"]


async def test_records_ahead_of_their_ticket(home: Household) -> None:
    """An open ticket takes back the steps on record that it does not have."""
    await home.work()
    ticket = await ahead(home)
    (told,) = await found(home, "reconcile", ticket.key)
    assert (told.found, told.repaired) == ("the records have revision 2, but the ticket does not", True)
    while any(one.found == told.found for one in await found(home, "verify", ticket.key)):
        pass
    assert home.told(ticket.key, "taken_back") == [{"lost": ["comment by alice"]}]
    assert await found(home, "verify") == []


async def test_mails_are_not_sent_again(client: Client, task_queue: str, mailbox: Mailbox, tmp_path: Path) -> None:
    """A notification that is written again has the delivery status of the history, and is not sent again."""
    settings: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_security": "none"}
    async with household(client, task_queue, tmp_path, processes=write_definitions(tmp_path), **settings) as home:
        ticket = await asked(home, "first")
        while any(one.status == "pending" for one in home.records.outbox(ticket=ticket.key).items):
            await ticket.view()
        before = [(one.id, one.status) for one in home.records.outbox(ticket=ticket.key).items]
        assert {status for _, status in before} == {"sent"}
        await home.until(ticket, lambda _: True)
        arrived = len(mailbox.mails)
        change(home, delete(tickets))
        while (await ticket.workflow.describe()).raw_description.pending_activities:
            pass
        await found(home, "reconcile", ticket.key)
        assert sorted((one.id, one.status) for one in home.records.outbox(ticket=ticket.key).items) == sorted(before)
        assert len(mailbox.mails) == arrived


async def test_a_ticket_that_began_from_a_snapshot(home: Household) -> None:
    """A ticket that began from a snapshot and has taken no step since agrees with the steps before it."""
    await home.work()
    like = await asked(home, "first")
    view, carried = await like.view(), await like.workflow.query(CARRIES, result_type=Carries)
    await forget(home, WorkflowExecution(workflow_id=like.workflow.id))
    given = TicketInput(carried.pinned, carried=Carried(view.snapshot))
    await home.client.start_workflow("inquiry", given, id=like.workflow.id, task_queue=home.task_queue)
    await like.view()
    assert await found(home, "verify", like.key) == []
    change(home, delete(tickets))
    (told,) = await found(home, "reconcile", like.key)
    assert told.done == "the ticket was asked to record its present state"
    while home.records.get(like.key) is None:
        await like.view()
    record = home.records.get(like.key)
    assert record is not None
    assert record.row.revision == view.snapshot.revision
