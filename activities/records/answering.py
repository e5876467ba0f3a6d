"""The answers to requests, by ticket and idempotency key: kept for as long as the ticket is on record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, or_, select

from activities.records.database import Database
from activities.records.tables import answers, tickets
from activities.records.text import plain, storable
from definitions.schema.model import Json
from workflows.contracts import RecordBatch

KEY = ("ticket", "key")
# Built once: to build these statements costs as much as to execute them.
_UNDER_KEY = select(
    answers.c.ticket,
    answers.c.request_hash,
    answers.c.answer,
    or_(answers.c.workflow_task == "", answers.c.workflow_task < tickets.c.workflow_task).label("confirmed"),
).join(tickets, tickets.c.key == answers.c.ticket).where(answers.c.key == bindparam("of_key"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to an earlier request."""

    ticket: str
    request_hash: str
    answer: Json
    confirmed: bool
    """Whether a later workflow task has written since, so that the step is certainly in the ticket's history."""


def answers_under(connection: Connection, key: str) -> tuple[KeptAnswer, ...]:
    """The answers that requests with this key have had, one for each ticket."""
    rows = connection.execute(_UNDER_KEY, {"of_key": storable(key)})
    return tuple(KeptAnswer(row.ticket, row.request_hash, row.answer, bool(row.confirmed)) for row in rows)


def write_answers(database: Database, connection: Connection, batch: RecordBatch) -> None:
    """Writes the answers of a batch over those that a lost workflow task has left."""
    if batch.answers:
        kept = {"ticket": batch.key, "at": batch.snapshot.at, "workflow_task": batch.workflow_task}
        rows = [
            kept
            | {
                "key": storable(each.key),
                "revision": each.revision,
                "request_hash": each.request_hash,
                "answer": plain(dict(each.answer)),
            }
            for each in batch.answers
        ]
        database.replace(connection, answers, KEY, rows)
