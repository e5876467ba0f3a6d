"""Tasks in the records: their holders, due times and results."""

from __future__ import annotations

from activities.records.store import Records
from activities.records.tasks import TaskRow
from tests.servers.worlds import NOW, batch, ticket
from workflows.engine.model.snapshot import Visit
from workflows.engine.model.task import TaskState

TITLES = (("implement", "do", "Make the change"), ("implement", "verify", "Verify the service"))


def put(records: Records, revision: int, *board: TaskState, key: str = "CHG-1", visit: int = 1) -> None:
    """Records a ticket whose state ``implement`` has this board."""
    of = ticket(
        key, revision, configuration=("implement",), tasks={"implement": board}, visits={"implement": Visit(visit, NOW)}
    )
    records.record(batch(of, tasks=TITLES), {})


def mine(records: Records, *assignees: str) -> list[tuple[str, str, str]]:
    return [(row.ticket, row.task, row.status) for row in records.open_tasks(assignees)]


def test_open_tasks_of_principals(records: Records) -> None:
    """Open tasks are found by any of the principals that hold them, complete, and no others."""
    do = TaskState("do", 1, "open", "role:change_manager", NOW + 1, NOW + 60)
    put(records, 1, do, TaskState("verify", 1))
    put(records, 1, TaskState("do", 1, "open", "person:bob", NOW + 1), key="CHG-2")
    assert records.open_tasks(["person:carol", "role:change_manager"]) == (
        TaskRow(
            ticket="CHG-1",
            ticket_title="Swap core switch",
            process="change",
            state="implement",
            visit=1,
            task="do",
            title="Make the change",
            assignee="role:change_manager",
            status="open",
            opened_at=NOW + 1,
            due_at=NOW + 60,
            ended_at=None,
            ended_by=None,
        ),
    )
    assert mine(records, "person:bob") == [("CHG-2", "do", "open")]
    assert mine(records, "person:alice") == []


def test_the_most_urgent_first(records: Records) -> None:
    """Tasks are ordered by due time, and tasks that are never due come last."""
    dues = {"CHG-1": None, "CHG-2": NOW + 90, "CHG-3": NOW + 60}
    for key, due in dues.items():
        put(records, 1, TaskState("do", 1, "open", "person:bob", NOW + 1, due), key=key)
    assert [row.ticket for row in records.open_tasks(["person:bob"])] == ["CHG-3", "CHG-2", "CHG-1"]


def test_a_task_that_moves(records: Records) -> None:
    """A claimed task belongs to its claimer, and a done task is open to nobody."""
    put(records, 1, TaskState("do", 1, "open", "team:cab", NOW + 1))
    put(records, 2, TaskState("do", 1, "open", "person:bob", NOW + 1))
    assert (mine(records, "team:cab"), mine(records, "person:bob")) == ([], [("CHG-1", "do", "open")])
    put(records, 3, TaskState("do", 1, "done", "person:bob", NOW + 1, ended=NOW + 3, by="bob"))
    assert mine(records, "person:bob") == []


def test_a_state_entered_again(records: Records) -> None:
    """The tasks of an earlier visit are closed, even if the records never received its end."""
    put(records, 1, TaskState("do", 1, "open", "person:bob", NOW + 1))
    put(records, 5, TaskState("do", 2, "open", "person:dora", NOW + 5), visit=2)
    assert mine(records, "person:bob", "person:dora") == [("CHG-1", "do", "open")]
    assert [row.visit for row in records.open_tasks(["person:bob", "person:dora"])] == [2]
