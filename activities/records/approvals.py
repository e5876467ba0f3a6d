"""Approval requests as rows, for ``my approvals``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, select, update

from activities.records.tables import approvals
from activities.records.text import storable
from workflows.engine.model.approval import ApprovalRequest, ApprovalState
from workflows.engine.model.snapshot import Snapshot

IDENTITY = ("state", "visit", "round", "stage", "person")
_PRESENT = select(*(approvals.c[part] for part in (*IDENTITY, "status", "due_at"))).where(
    approvals.c.ticket == bindparam("of_ticket")
)
ANSWERS = {"approve": "approved", "reject": "rejected"}


def write_approvals(connection: Connection, snapshot: Snapshot) -> None:
    """Updates the ticket's rows from the snapshot; an open row that the snapshot lacks was withdrawn."""
    wanted = {tuple(row[part] for part in IDENTITY): row for row in _rows(snapshot)}
    found = connection.execute(_PRESENT, {"of_ticket": snapshot.key}).all()
    present = {tuple(row[: len(IDENTITY)]): row for row in found}
    for identity, row in wanted.items():
        old = present.get(identity)
        if old is None:
            connection.execute(insert(approvals).values(**row))
        elif (old.status, old.due_at) != (row["status"], row["due_at"]):
            connection.execute(_update(snapshot.key, identity).values(**row))
    for identity, old in present.items():
        if identity not in wanted and old.status == "open":
            gone = _update(snapshot.key, identity).values(status="withdrawn", answered_at=snapshot.at)
            connection.execute(gone)


def _update(ticket: str, identity: tuple[Any, ...]) -> Update:
    same = (approvals.c[part] == value for part, value in zip(IDENTITY, identity, strict=True))
    return update(approvals).where(approvals.c.ticket == ticket, *same)


def _rows(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for state, approval in snapshot.approvals.items():
        visit = snapshot.visits.get(state)
        waits = (
            state in snapshot.configuration
            and snapshot.ended_at is None
            and approval.outcome is None
            and (visit is None or visit.number == approval.visit)
        )
        for passed in approval.passed:
            for request in passed.requests:
                yield _row(snapshot, state, approval, passed.stage, request, waits=False)
        if all(passed.stage != approval.stage for passed in approval.passed):
            for request in approval.requests:
                yield _row(snapshot, state, approval, approval.stage, request, waits=waits)


def _row(
    snapshot: Snapshot, state: str, approval: ApprovalState, stage: int, request: ApprovalRequest, *, waits: bool
) -> dict[str, Any]:
    unanswered = "open" if waits else "withdrawn"
    return {
        "ticket": snapshot.key,
        "state": state,
        "visit": approval.visit,
        "round": approval.round,
        "stage": stage,
        "person": storable(request.person),
        "asked_for": storable(request.asked_for) if request.asked_for else None,
        "veto_only": request.veto_only,
        "status": ANSWERS[request.vote] if request.vote else unanswered,
        "comment": storable(request.comment) if request.comment else None,
        "asked_at": approval.opened,
        "due_at": approval.expires,
        "answered_at": request.voted_at if request.vote else (None if waits else snapshot.at),
    }
