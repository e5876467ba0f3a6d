"""Views of a ticket's tasks and service levels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from activities.records.tasks import TaskRow
from api.tickets.visibility import Sight
from api.tickets.work_models import (
    ChecklistItemView,
    CorrectionView,
    LedgerLine,
    LedgerView,
    MyTask,
    ServiceLevelView,
    TaskView,
    WaitingCallback,
)
from definitions.people.bound import plain
from definitions.schema.waiting import Task
from definitions.times import Instant, to_text
from workflows.engine.compiled import Compiled
from workflows.engine.explain import OpenCallback
from workflows.engine.model.snapshot import Correction, Snapshot
from workflows.engine.model.task import TaskState
from workflows.engine.service_levels.arithmetic import Ledger
from workflows.engine.service_levels.standings import Standing, standings


def tasks(compiled: Compiled | None, snapshot: Snapshot) -> Iterator[TaskView]:
    """The tasks of each state's last visit, in their order."""
    for state, board in snapshot.tasks.items():
        for task in board:
            yield _task(state, task, _written(compiled, state, task.id))


def _written(compiled: Compiled | None, state: str, task: str) -> Task | None:
    """The task in the present process; None where it has none of this id."""
    found = compiled.states.get(state) if compiled else None
    return next((one for one in (found.tasks if found else None) or () if one.id == task), None)


def _task(state: str, task: TaskState, written: Task | None) -> TaskView:
    items = written.checklist if written else task.checked
    return TaskView(
        id=task.id,
        state=state,
        title=written.title if written else task.id,
        status=task.status,
        assignee=plain(task.assignee),
        opened_at=_text(task.opened),
        due=_text(task.due),
        checklist=[ChecklistItemView(text=item, checked=item in task.checked) for item in items],
        form=list(written.form) if written else [],
        ended_at=_text(task.ended),
        ended_by=task.by,
        comment=task.comment,
    )


def my_task(row: TaskRow) -> MyTask:
    return MyTask(
        ticket=row.ticket,
        ticket_title=row.ticket_title,
        process=row.process,
        state=row.state,
        task=row.task,
        title=row.title,
        assignee=plain(row.assignee),
        opened_at=to_text(row.opened_at),
        due=_text(row.due_at),
    )


def callbacks(awaited: Iterable[OpenCallback], sight: Sight) -> list[WaitingCallback]:
    """The callbacks that the ticket waits for, as far as the reader sees their requests."""
    return [
        WaitingCallback(
            state=one.state,
            step=one.step,
            request=one.request if sight.addresses else None,
            since=_text(one.since),
            until=to_text(one.until),
            answered=one.answered,
            element=one.element,
        )
        for one in awaited
    ]


def service_levels(compiled: Compiled | None, snapshot: Snapshot, at: Instant) -> dict[str, ServiceLevelView]:
    """Every service level of the process at ``at`` (UTC seconds)."""
    return {one.name: _level(one) for one in standings(compiled, snapshot, at)} if compiled else {}


def _level(standing: Standing) -> ServiceLevelView:
    return ServiceLevelView(
        title=standing.title,
        status=standing.status,
        target=standing.target,
        elapsed=standing.elapsed,
        remaining=standing.remaining,
        due=_text(standing.due),
        breached_at=_text(standing.breached_at),
        next=standing.threshold,
        next_at=_text(standing.threshold_at),
        since=_text(standing.since),
        cause=standing.cause,
        corrections=[_correction(one) for one in standing.corrections],
    )


def _correction(correction: Correction) -> CorrectionView:
    return CorrectionView(
        step=correction.step,
        recorded=to_text(correction.recorded),
        effective=to_text(correction.effective),
        by=correction.by,
        comment=correction.comment,
        at=to_text(correction.at),
        revision=correction.revision,
    )


def ledger(name: str, level: ServiceLevelView, lines: Iterable[Ledger]) -> LedgerView:
    """The intervals of a run, each with its recorded start where that was corrected."""
    recorded = {one.step: one.recorded for one in level.corrections}
    items = [_ledger_line(line, recorded.get(line.interval.revision)) for line in lines]
    return LedgerView(name=name, status=level.status, items=items, corrections=level.corrections)


def _ledger_line(line: Ledger, recorded: str | None) -> LedgerLine:
    return LedgerLine(
        kind=line.interval.kind,
        step=line.interval.revision or None,
        recorded=recorded,
        start=to_text(line.interval.start),
        end=to_text(line.end),
        cause=line.interval.cause,
        working=line.working,
        actual=line.actual,
    )


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else to_text(instant)
