"""Tasks, automation and children under another definition: those under way continue only with the same meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from definitions.schema.steps import RunStep
from definitions.schema.waiting import BlockKind, Task
from workflows.engine.compiled import Compiled
from workflows.engine.draft.draft import Draft
from workflows.engine.migration.meaning import same_child, same_run, same_task, same_tasks
from workflows.engine.migration.questions import carry_approvals
from workflows.engine.migration.route import Route
from workflows.engine.model.automation import CancelRun
from workflows.engine.model.snapshot import Snapshot
from workflows.engine.model.task import TaskState
from workflows.engine.model.timeline.task_entries import TaskWithdrawn
from workflows.engine.waiting import children, runs, tasks
from workflows.engine.waiting.timers import deadline


@dataclass(frozen=True, slots=True)
class BlockTransfer:
    """How the blocks of one kind are carried over."""

    title: str
    """What the timeline calls those that are forgotten."""
    on: Callable[[Snapshot | Draft], Mapping[str, object]]
    """What a ticket remembers of them, by their states."""
    carry: Callable[[Route, Draft], None]
    """Keeps what means the same, and begins, asks again or withdraws the rest."""


def under_way(route: Route) -> Iterator[str]:
    """Automation and children that the migration would lose or misinterpret, each with the remedy."""
    for state, run in route.before.runs.items():
        old, new = _run(route, state)
        target = route.name(state)
        if state not in route.before.configuration or old is None or new is None:
            continue
        if not same_run(route, old, new):
            yield (f"the automation of {state!r} differs in {target!r}, and the ticket waits there: wait until it has "
                   f"left, or complete it by hand")  # fmt: skip
        elif run.status == "running" and route.is_moved(state):
            yield (f"the automation of {state!r} is running, and its result would not reach {target!r}: wait until it "
                   f"has ended, or complete it by hand")  # fmt: skip
    for state, family in route.before.families.items():
        yield from _children_under_way(
            route, state, [one.key for one in family.children if one.failed is None and not one.detached]
        )


def _children_under_way(route: Route, state: str, still: list[str | None]) -> Iterator[str]:
    target = route.name(state)
    new = route.new.states[target].child if target in route.new.states else None
    old = route.old.states[state].child if state in route.old.states else None
    names = ", ".join(one or "a child that is being started" for one in still)
    if still and (new is None or target != state):
        where = f"nothing waits for them in {target!r}" if new is None else f"their end would not reach {target!r}"
        yield f"children of {state!r} are open ({names}), and {where}: wait until they have ended"
    elif state in route.before.configuration and new is not None and not same_child(route, old, new):
        yield f"the children of {state!r} differ in {target!r}, and the ticket waits there: wait until it has left"


def carry_runs(route: Route, draft: Draft) -> None:
    """Keeps the results of the same steps, and begins automation that the old definition did not have."""
    draft.runs = {
        route.name(state): replace(run, visit=draft.visits[route.name(state)].number)
        for state, run in route.before.runs.items()
        if route.stands(state) and is_same_run(route, state)
    }
    for state in draft.active_in_order:
        old = route.origin(state)
        before = route.before.runs.get(old) if old else None
        block = draft.compiled.states[state].run
        if block is not None and state not in draft.runs:
            runs.enter(draft, state)
        elif block is None and before is not None and before.status == "running" and old:
            draft.want(CancelRun(old, before.visit))


def is_same_run(route: Route, state: str) -> bool:
    """Whether the results of a state's automation are valid for the state that replaces it."""
    old, new = _run(route, state)
    return old is not None and same_run(route, old, new)


def _run(route: Route, state: str) -> tuple[Sequence[RunStep] | None, Sequence[RunStep] | None]:
    target = route.name(state)
    old = route.old.states[state].run if state in route.old.states else None
    return old, route.new.states[target].run if target in route.new.states else None


def carry_children(route: Route, draft: Draft) -> None:
    """Keeps children where the new state waits for children, and starts them where the old state did not."""
    draft.families = {
        route.name(state): replace(family, visit=draft.visits[route.name(state)].number)
        for state, family in route.before.families.items()
        if route.stands(state) and has_children(route, state)
    }
    for state in draft.active_in_order:
        if draft.compiled.states[state].child is not None and state not in draft.families:
            children.enter(draft, state)


def has_children(route: Route, state: str) -> bool:
    """Whether the state that replaces an old one waits for children."""
    target = route.name(state)
    return target in route.new.states and route.new.states[target].child is not None


def carry_tasks(route: Route, draft: Draft) -> None:
    """Keeps the results of tasks with the same meaning; begins other tasks anew, and new ones in their turn."""
    draft.tasks = {
        route.name(state): _board(route, draft, state)
        for state in route.before.tasks
        if route.stands(state) and route.name(state) in route.new.states
    }
    for state in draft.active_in_order:
        block, old = draft.compiled.states[state].tasks, route.origin(state)
        if block is None:
            continue
        if old is None or route.old.states[old].tasks is None:
            tasks.enter(draft, state)
            continue
        before = _written(route.old, old)
        if not same_tasks(route, before, block):
            _tell_withdrawn(route, draft, old, state)
            tasks.lay_out_again(draft, state, draft.tasks[state])


def _board(route: Route, draft: Draft, state: str) -> tuple[TaskState, ...]:
    target = route.name(state)
    known = {one.id: one for one in route.before.tasks[state]}
    old = {one.id: one for one in _written(route.old, state)}
    visit = draft.visits[target].number
    board: list[TaskState] = []
    for task in _written(route.new, target):
        before = known.get(task.id)
        if before is None or task.id not in old or not same_task(route, old[task.id], task):
            board.append(TaskState(task.id, visit, "waiting" if target in draft.active_in_order else "withdrawn"))
        else:
            board.append(_timed_anew(draft, task, replace(before, visit=visit)))
    return tuple(board)


def _timed_anew(draft: Draft, task: Task, before: TaskState) -> TaskState:
    if before.status != "open" or before.opened is None:
        return before
    due = deadline(draft, before.opened, task.due, None) if task.due else None
    return replace(before, due=due, reminded=before.reminded and due is not None and due <= draft.now)


def _tell_withdrawn(route: Route, draft: Draft, old: str, state: str) -> None:
    kept = {one.id for one in draft.tasks[state] if one.status == "open"}
    for task in route.before.tasks[old]:
        if task.status == "open" and task.id not in kept:
            draft.say(TaskWithdrawn(state=state, task=task.id), actor="engine")


def _written(compiled: Compiled, state: str) -> tuple[Task, ...]:
    return tuple(compiled.states[state].tasks or ()) if state in compiled.states else ()


CARRIED: Mapping[BlockKind, BlockTransfer] = {
    "approval": BlockTransfer("approval", lambda ticket: ticket.approvals, carry_approvals),
    "tasks": BlockTransfer("tasks", lambda ticket: ticket.tasks, carry_tasks),
    "run": BlockTransfer("automation", lambda ticket: ticket.runs, carry_runs),
    "child": BlockTransfer("children", lambda ticket: ticket.families, carry_children),
}
"""In the order in which they are carried."""


def carry_blocks(route: Route, draft: Draft) -> None:
    """Every block of the states that have their place in the new definition."""
    for one in CARRIED.values():
        one.carry(route, draft)


def forgotten(route: Route, draft: Draft) -> Iterator[str]:
    """What is over and is not carried: in the new definition it would be the answer to another question."""
    for one in CARRIED.values():
        before, after = one.on(route.before), one.on(draft)
        yield from lost(route, one.title, before, after)


def lost(route: Route, title: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """What is remembered of old states and not of those that take their places."""
    yield from (f"{title} of {state}" for state in before if before[state] and route.name(state) not in after)
