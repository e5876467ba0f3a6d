"""One example of each shape of a timeline entry, with its actor, for the reference."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.engine.model.timeline import KnownEntry
from workflows.engine.model.timeline.approval_entries import (
    ApprovalDecided,
    ApprovalRequested,
    ApprovalReset,
    ApproversJoined,
    ApproversLeft,
    RequestDelegated,
    RequestMoved,
    RequestsWithdrawn,
    VoteCast,
)
from workflows.engine.model.timeline.automation_entries import (
    CallbackAwaited,
    CallbackReceived,
    ChildDetached,
    ChildOver,
    EventNotTaken,
    EventSent,
    RunEnded,
    RunStepDone,
    TicketStarted,
)
from workflows.engine.model.timeline.clock_entries import (
    CalendarChanged,
    ClockChanged,
    ClockRetargeted,
    ClockStarted,
    LevelRejudged,
    ThresholdReached,
    TimeCorrected,
)
from workflows.engine.model.timeline.task_entries import (
    TaskClaimed,
    TaskEnded,
    TaskHandedOver,
    TaskOpened,
    TaskOverdue,
    TaskUpdated,
    TaskWithdrawn,
)
from workflows.engine.model.timeline.ticket_entries import (
    CommentMade,
    CostRecorded,
    EventTaken,
    FieldsEdited,
    OutcomeTaken,
    ProblemReported,
    StatesMoved,
    StepsTakenBack,
    TicketAssigned,
    TicketEnded,
    TicketMigrated,
    TicketOpened,
    TimerFired,
    WatchersAdded,
    WatchersRemoved,
)

OLD, NEW = "3f1a9c5e7b20d486", "c81d04ab96e2f753"
LEVELS = (LevelRejudged(level="resolution", run=1, was="breached", is_="met"),)
EXAMPLES: tuple[tuple[str, KnownEntry], ...] = (
    ("alice", TicketOpened(process="change", fields={"summary": "Swap the core switch"})),
    ("alice", EventTaken(name="submit")),
    ("engine", OutcomeTaken(state="authorize", name="approved")),
    ("engine", TimerFired(state="review", after="5d")),
    ("alice", StatesMoved(exited=("draft",), entered=("assess",))),
    ("carol", FieldsEdited(changes={"impact": ("low", "high"), "risk": (3, 9)})),
    ("alice", TicketAssigned(from_="alice", to="role:change_manager")),
    ("alice", WatchersAdded(people=("bob", "team:service_desk"))),
    ("engine", WatchersRemoved(people=("bob",), why="left")),
    ("carol", CommentMade(text="The vendor is informed", internal=True)),
    ("carol", CostRecorded(amount=120, currency="EUR", note="a disk")),
    ("engine", ProblemReported(code="nobody_to_ask", text="the group of approvers is empty", state="authorize")),
    ("engine", StepsTakenBack(lost=("vote by bob", "decided by engine"), notices=1)),
    (
        "dora",
        TicketMigrated(
            from_=OLD,
            to=NEW,
            map={"draft": "plan"},
            fields={"risk": "impact"},
            options={"risk": {"severe": "high"}},
            forgotten=("approval of authorize",),
        ),
    ),
    ("engine", TicketEnded(state="closed", failed=False)),
    ("engine", ApprovalRequested(state="authorize", people=("bob", "dora"), required=1, stage="owner")),
    ("engine", ApproversJoined(state="authorize", people=("hana",), required=2)),
    ("engine", ApprovalReset(state="authorize", reset=("impact",))),
    (
        "bob",
        VoteCast(
            state="authorize",
            decision="reject",
            comment="There is no way back",
            for_="carol",
            visit=1,
            round=0,
            stage=1,
        ),
    ),
    ("bob", RequestDelegated(state="authorize", to="dora")),
    ("engine", RequestMoved(state="authorize", from_="carol", to="bob", why="out_of_office")),
    ("engine", RequestsWithdrawn(state="authorize", people=("dora",))),
    ("engine", ApproversLeft(state="authorize", people=("erin",))),
    ("engine", ApprovalDecided(state="authorize", outcome="rejected", reason="vetoed")),
    ("engine", TaskOpened(state="implement", task="do", assignee="team:network")),
    ("carol", TaskClaimed(state="implement", task="do")),
    ("carol", TaskUpdated(state="implement", task="do", checked=("Backup",))),
    ("carol", TaskEnded(state="implement", task="do", result="failed", comment="The switch does not start")),
    ("engine", TaskOverdue(state="implement", task="do")),
    ("engine", TaskHandedOver(state="implement", task="do", why="owner", from_="carol", to="bob")),
    ("engine", TaskWithdrawn(state="implement", task="do")),
    ("engine", RunStepDone(state="deploy", step=0, saved="build")),
    ("engine", CallbackAwaited(state="deploy", step=1, callback_until="2026-03-02T12:00:00Z")),
    ("engine", CallbackReceived(state="deploy", step=1)),
    ("engine", RunEnded(state="deploy", ended="failed", reason="the server answered 500")),
    ("dora", RunEnded(state="deploy", ended="done", by_hand={"build": "4.1"})),
    ("engine", TicketStarted(state="build", ticket="CHG-8")),
    ("engine", ChildOver(state="build", ticket="CHG-8", ended="closed", failed=False)),
    ("engine", ChildDetached(state="build", ticket="CHG-8", reason="nothing here takes 'cancel'")),
    ("engine", EventSent(to=("INC-1", "INC-2"), event="fixed")),
    ("engine", EventNotTaken(to="INC-1", event="fixed", refused="INC-1 has ended")),
    ("alice", ClockStarted(level="resolution", target="8h")),
    ("alice", ClockChanged(level="resolution", what="paused")),
    ("alice", ClockRetargeted(level="resolution", from_="8h", to="4h")),
    ("dora", CalendarChanged(level="resolution", from_="office", to="always")),
    ("engine", ThresholdReached(level="resolution", at="75%")),
    (
        "bob",
        TimeCorrected(
            step=4,
            recorded="2026-03-02T10:30:00Z",
            effective="2026-03-02T09:05:00Z",
            comment="reported by phone",
            levels=LEVELS,
        ),
    ),
)
BY_SHAPE: Mapping[type[KnownEntry], tuple[str, KnownEntry]] = {type(entry): (actor, entry) for actor, entry in EXAMPLES}
