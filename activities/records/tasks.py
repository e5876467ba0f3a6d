"""Tasks as rows, for ``my tasks``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from activities.records.tables import tasks, tickets
from activities.records.text import storable
from activities.records.titles import Titles, shown_title
from definitions.times import Instant
from workflows.contracts import RecordBatch
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.task import TaskState

IDENTITY = ("state", "visit", "task")
CHANGES = ("status", "assignee", "due_at", "ended_at")
_PRESENT = select(*(tasks.c[part] for part in (*IDENTITY, *CHANGES))).where(tasks.c.ticket == bindparam("of_ticket"))


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One opened task."""

    ticket: str
    ticket_title: str
    process: str
    state: str
    visit: int
    task: str
    title: str
    assignee: str | None
    """A bound principal; None where every viewer of the ticket may do the task."""
    status: Literal["open", "done", "failed", "withdrawn"]
    opened_at: Instant
    due_at: Instant | None
    ended_at: Instant | None
    ended_by: str | None


def write_tasks(connection: Connection, batch: RecordBatch) -> None:
    """Updates the ticket's rows from the snapshot; tasks that wait for their turn have no row yet."""
    found = connection.execute(_PRESENT, {"of_ticket": batch.key}).all()
    present = {tuple(row[: len(IDENTITY)]): tuple(row[len(IDENTITY) :]) for row in found}
    wanted = {tuple(row[part] for part in IDENTITY): row for row in _rows(batch)}
    for identity, row in wanted.items():
        if identity not in present:
            connection.execute(insert(tasks).values(**row))
        elif present[identity] != tuple(row[part] for part in CHANGES):
            kept = {name: value for name, value in row.items() if name != "title"}
            connection.execute(_update(batch.key, identity).values(**kept))
    for identity, (status, *_) in present.items():
        if identity not in wanted and status == "open":  # its state was left and entered again within the batch
            gone = _update(batch.key, identity).values(status="withdrawn", ended_at=batch.snapshot.at)
            connection.execute(gone)


def _update(ticket: str, identity: tuple[Any, ...]) -> Update:
    same = (tasks.c[part] == value for part, value in zip(IDENTITY, identity, strict=True))
    return update(tasks).where(tasks.c.ticket == ticket, *same)


def open_tasks(connection: Connection, assignees: Collection[str], titles: Titles | None = None) -> Sequence[TaskRow]:
    """Open tasks of these bound principals; by due time, those without a due time last."""
    ours = sorted(storable(one) for one in assignees)
    order = (tasks.c.due_at.is_(None), tasks.c.due_at, tasks.c.opened_at, tasks.c.ticket, tasks.c.state, tasks.c.task)
    own = [column for column in tasks.c if column.name != "comment"]
    wanted = (
        select(*own, shown_title(titles, "ticket_title"), tickets.c.process)
        .join(tickets, tickets.c.key == tasks.c.ticket)
        .where(tasks.c.status == "open", tasks.c.assignee.in_(ours))
        .order_by(*order)
    )
    return tuple(TaskRow(**row._mapping) for row in connection.execute(wanted))


def _rows(batch: RecordBatch) -> Iterator[dict[str, Any]]:
    titles = {(state, task): title for state, task, title in batch.tasks}
    for state, board in batch.snapshot.tasks.items():
        for task in board:
            if task.opened is not None:
                yield _row(batch.snapshot, state, task, titles.get((state, task.id), task.id))


def _row(snapshot: Snapshot, state: str, task: TaskState, title: str) -> dict[str, Any]:
    ended = task.ended if task.ended is not None else snapshot.at
    return {
        "ticket": snapshot.key,
        "state": state,
        "visit": task.visit,
        "task": task.id,
        "title": storable(title),
        "assignee": storable(task.assignee) if task.assignee else None,
        "status": task.status,
        "opened_at": task.opened,
        "due_at": task.due,
        "ended_at": None if task.status == "open" else ended,
        "ended_by": storable(task.by) if task.by else None,
        "comment": storable(task.comment) if task.comment else None,
    }
