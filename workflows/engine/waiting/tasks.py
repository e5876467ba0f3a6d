"""The tasks of a state, from the first that opens to ``done`` or ``failed`` (LANGUAGE, section 4, tasks)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from definitions.expressions import EvaluationFailed
from definitions.people.bound import plain
from definitions.people.directory import Actor
from definitions.schema.waiting import OUTCOMES, Task, WorkOutcome
from definitions.times import Instant
from workflows.engine.access.permissions import may_see
from workflows.engine.access.principals import acts_as, bind, settled
from workflows.engine.draft.draft import Draft, Refused
from workflows.engine.draft.expressions import holds_or_problem
from workflows.engine.draft.field_values import WrongValue, read_value
from workflows.engine.draft.fields import BadFields, write
from workflows.engine.draft.view import View
from workflows.engine.model.coming import Coming
from workflows.engine.model.events import ClaimTask, UpdateTask
from workflows.engine.model.interpreter import STRICT_CORE
from workflows.engine.model.snapshot import Outcome, Snapshot
from workflows.engine.model.task import TaskState
from workflows.engine.model.timeline.task_entries import (
    TaskClaimed,
    TaskEnded,
    TaskHandedOver,
    TaskOpened,
    TaskOverdue,
    TaskUpdated,
)
from workflows.engine.waiting.timers import deadline


def is_next(board: Sequence[TaskState], after: Collection[str]) -> bool:
    """Whether all tasks named in ``after`` are done; a task that does not apply counts as done."""
    return all(task.status in ("done", "skipped") for task in board if task.id in after)


def outcome_of(board: Sequence[TaskState]) -> WorkOutcome | None:
    """``failed`` as soon as a task has failed, ``done`` when all tasks that apply are done, else None.

    A board where no task applies is done at once.
    """
    if any(task.status == "failed" for task in board):
        return "failed"
    return "done" if all(task.status in ("done", "skipped") for task in board) else None


def enter(draft: Draft, state: str) -> None:
    """Lays out the tasks of an entered state, and opens the tasks that come after no other task."""
    if draft.compiled.states[state].tasks is None:
        return
    visit = draft.visits[state].number
    draft.tasks[state] = tuple(TaskState(task.id, visit) for task in _written(draft, state))
    _go_on(draft, state)


def leave(draft: Draft, state: str) -> None:
    """Withdraws the open and waiting tasks of a state that is left."""
    board = draft.tasks.get(state, ())
    draft.tasks[state] = tuple(
        replace(task, status="withdrawn", due=None) if task.status in ("open", "waiting") else task for task in board
    )


def lay_out_again(draft: Draft, state: str, board: tuple[TaskState, ...]) -> None:
    """Continues with a changed board: opens the tasks whose turn has come, and decides the outcome anew."""
    draft.outcomes = [
        one for one in draft.outcomes if one.state != state or one.of_states or one.name not in OUTCOMES["tasks"]
    ]
    draft.tasks[state] = board
    _go_on(draft, state)


def open_in(view: View) -> Iterator[tuple[str, TaskState]]:
    """Open tasks of active states, in document order."""
    for state in view.active_in_order:
        for task in view.tasks.get(state, ()):
            if task.status == "open" and view.compiled.states[state].tasks is not None:
                yield state, task


def update(draft: Draft, event: UpdateTask) -> None:
    """Ticks, completes or fails an open task. Raises Refused: not_open, not_permitted, or for the event's values."""
    state, task, written = _find(draft, event.task)
    _check_actor(draft, event.actor, task)
    _check_form(draft, written, event)
    unknown = tuple(item for item in event.checked if item not in written.checklist)
    if unknown:
        raise Refused("invalid_fields", f"{', '.join(unknown)} is not on the checklist of task {task.id!r}", unknown)
    ticked = tuple(item for item in written.checklist if item in task.checked or item in event.checked)
    left = tuple(item for item in written.checklist if item not in ticked)
    if event.result == "done" and left:
        raise Refused("missing_fields", f"task {task.id!r} still has {', '.join(left)} to tick", left)
    said = event.comment or event.fields.get("comment")
    if event.result == "failed" and not (said or "").strip():
        raise Refused("comment_required", f"say why task {task.id!r} failed", ("comment",))
    try:
        write(draft, {name: value for name, value in event.fields.items() if name != "comment"})
    except BadFields as bad:
        raise Refused(bad.code, str(bad), bad.fields) from bad
    task = replace(task, checked=ticked)
    if event.result is not None:
        task = replace(task, status=event.result, by=event.actor.id, ended=draft.now, comment=said, due=None)
    draft.say(_said(state, task, event, said))
    put(draft, state, task)
    if event.result is not None:
        _go_on(draft, state)


def _said(state: str, task: TaskState, event: UpdateTask, comment: str | None) -> TaskUpdated | TaskEnded:
    checked = event.checked or None
    if event.result is None:
        return TaskUpdated(state=state, task=task.id, checked=checked, comment=comment)
    return TaskEnded(state=state, task=task.id, result=event.result, checked=checked, comment=comment)


def claim(draft: Draft, event: ClaimTask) -> None:
    """Assigns a task of a team or role to the actor, who must belong to it. Raises Refused: not_open, not_permitted."""
    state, task, _ = _find(draft, event.task)
    if task.assignee is None or task.assignee.startswith("person:") or not acts_as(draft, event.actor, task.assignee):
        raise Refused("not_permitted", f"{event.actor.id} can't claim task {task.id!r}")
    draft.say(TaskClaimed(state=state, task=task.id))
    put(draft, state, replace(task, assignee=f"person:{event.actor.id}"))


def remind(draft: Draft) -> None:
    """Reminds the assignee of a task that is due now, once."""
    for state, task in tuple(open_in(draft)):
        if task.due is not None and not task.reminded and task.due <= draft.now:
            put(draft, state, replace(task, reminded=True))
            draft.say(TaskOverdue(state=state, task=task.id), actor="engine")
            if task.assignee:
                draft.notify(state, (task.assignee,), "reminder", context={"task": task.id})


def fire(_: Draft) -> bool:
    """Does nothing: an overdue task stays open."""
    return False


def moments(snapshot: Snapshot) -> Sequence[Instant | None]:
    """The due times and announced absences of open tasks."""
    found: list[Instant | None] = []
    for board in snapshot.tasks.values():
        for task in board:
            if task.status == "open":
                found += (task.absent_at,) if task.reminded else (task.absent_at, task.due)
    return found


def coming(view: View) -> Iterator[Coming]:
    """The same moments, worded for people."""
    for state, task in open_in(view):
        if task.due is not None and not task.reminded:
            yield Coming(task.due, f"task {task.id} is due", state)
        if task.absent_at is not None:
            yield Coming(task.absent_at, f"{plain(task.assignee)}, assignee of task {task.id}, is out of office", state)


def settle_assignees(draft: Draft) -> None:
    """Assigns tasks to the owner or team of a service that has become known."""
    for state, task in tuple(open_in(draft)):
        bound = settled(draft, task.assignee) if task.assignee else None
        if bound != task.assignee:
            put(draft, state, replace(task, assignee=bound))
            if draft.compiled.interpreter >= STRICT_CORE:
                told = TaskHandedOver(
                    state=state, task=task.id, why="service", from_=plain(task.assignee), to=plain(bound)
                )
                draft.say(told, actor="engine")
            if bound is None:
                draft.report_problem("nobody_to_assign", f"task {task.id!r}: {task.assignee} names nobody", state)


def look_again(draft: Draft) -> None:
    """Computes due times that were unknown until the calendars had grown."""
    for state, task in tuple(open_in(draft)):
        written = _of(draft, state, task.id)
        if written.due and task.due is None and task.opened is not None:
            put(draft, state, replace(task, due=deadline(draft, task.opened, written.due, None)))


def _go_on(draft: Draft, state: str) -> None:
    """Opens the tasks whose turn has come, and ends the block when no task is left."""
    moved = True
    while moved:
        moved = False
        board = draft.tasks[state]
        for written in _written(draft, state):
            task = next(one for one in board if one.id == written.id)
            if task.status == "waiting" and is_next(board, written.after):
                put(draft, state, _opened(draft, state, written, task))
                moved = True
                break
    outcome = outcome_of(draft.tasks[state])
    if outcome is not None:
        if outcome == "failed":
            leave(draft, state)
        draft.outcomes.append(Outcome(state, outcome, draft.now))


def _opened(draft: Draft, state: str, written: Task, task: TaskState) -> TaskState:
    if not holds_or_problem(draft, written.when, state):
        return replace(task, status="skipped", ended=draft.now)
    assignee = _assignee(draft, state, written)
    due = deadline(draft, draft.now, written.due, None) if written.due else None
    if assignee:
        draft.notify(state, (assignee,), "task_assigned", context={"task": task.id, "title": written.title})
    named = plain(assignee) if draft.compiled.interpreter >= STRICT_CORE else None
    draft.say(TaskOpened(state=state, task=task.id, assignee=named), actor="engine")
    return replace(task, status="open", opened=draft.now, assignee=assignee, due=due)


def _assignee(draft: Draft, state: str, written: Task) -> str | None:
    try:
        found = bind(draft, written.assign) if written.assign else ()
        bound = settled(draft, found[0]) if found else None
    except EvaluationFailed as failure:
        draft.report_problem("nobody_to_assign", f"task {written.id!r}: {failure}", state)
        return None
    if written.assign and bound is None:
        draft.report_problem("nobody_to_assign", f"task {written.id!r}: {written.assign} names nobody", state)
    return bound


def _check_actor(view: View, actor: Actor, task: TaskState) -> None:
    """Refuses an actor who does not act as the assignee; without an assignee, an actor who may not see the ticket."""
    try:
        permitted = acts_as(view, actor, task.assignee) if task.assignee else may_see(view, actor)
    except EvaluationFailed:
        permitted = False
    if not permitted:
        raise Refused("not_permitted", f"task {task.id!r} is not a task of {actor.id}")


def _check_form(view: View, written: Task, event: UpdateTask) -> None:
    strange = tuple(name for name in event.fields if name not in written.form)
    if strange:
        raise Refused("invalid_fields", f"task {written.id!r} does not take {', '.join(strange)}", strange)
    specs = view.compiled.process.fields
    for name, value in event.fields.items():
        try:
            if name in specs:
                read_value(specs[name], value, view.compiled.interpreter)
            elif value is not None and not isinstance(value, str):
                raise WrongValue("takes text")
        except WrongValue as error:
            raise Refused("invalid_fields", f"{name} {error}", (name,)) from error


def _find(view: View, task_id: str) -> tuple[str, TaskState, Task]:
    for state, task in open_in(view):
        if task.id == task_id:
            return state, task, _of(view, state, task_id)
    raise Refused("not_open", f"no task {task_id!r} is open")


def put(draft: Draft, state: str, task: TaskState) -> None:
    """Writes one task of a state's board."""
    draft.tasks[state] = tuple(task if one.id == task.id else one for one in draft.tasks[state])


def _written(view: View, state: str) -> Iterable[Task]:
    return view.compiled.states[state].tasks or ()


def _of(view: View, state: str, task_id: str) -> Task:
    return next(task for task in _written(view, state) if task.id == task_id)
