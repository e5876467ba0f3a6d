"""Tasks that can all have their turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.checks.subject import Subject
from definitions.expressions.wording import closest
from definitions.problems import Path, Problem
from definitions.schema.waiting import Task


def ids(subject: Subject) -> Iterator[Problem]:
    """A task's id is given once in its block."""
    for path, tasks in _blocks(subject):
        seen: dict[str, int] = {}
        for index, task in enumerate(tasks):
            place = (*path, index, "id")
            if task.id in seen:
                message = f"there is another task '{task.id}', in line {seen[task.id]}"
                yield subject.problem(place, "duplicate-task", message, "give each task an id of its own")
            seen.setdefault(task.id, subject.source.at(place).line)


def order(subject: Subject) -> Iterator[Problem]:
    """``after`` names tasks of the same block, and no task waits for itself."""
    for path, tasks in _blocks(subject):
        known = [task.id for task in tasks]
        for index, task in enumerate(tasks):
            for place, name in enumerate(task.after):
                if name not in known:
                    own = subject.element((*path, index, "after"), place)
                    yield subject.unknown(own, "task", name, known)
        yield from _circles(subject, path, tasks)


def _circles(subject: Subject, path: Path, tasks: Sequence[Task]) -> Iterator[Problem]:
    waits = {task.id: task.after for task in reversed(tasks)}
    told: set[str] = set()

    def circle(name: str, before: tuple[str, ...]) -> tuple[str, ...]:
        if name in before:
            return before[before.index(name) :]
        if name in told:
            return ()
        return next((found for one in waits.get(name, ()) if (found := circle(one, (*before, name)))), ())

    for index, task in enumerate(tasks):
        around = circle(task.id, ())
        if around and not told & set(around):
            message = f"these tasks wait for each other: {' → '.join((*around, around[0]))}"
            yield subject.problem((*path, index, "after"), "task-circle", message, "let one of them be first")
        told |= {task.id, *around}


def forms(subject: Subject) -> Iterator[Problem]:
    """A task's form has fields that can be written."""
    fields = subject.process.fields
    for path, tasks in _blocks(subject):
        for index, task in enumerate(tasks):
            for place, name in enumerate(task.form):
                own = subject.element((*path, index, "form"), place)
                spec = fields.get(name)
                if spec is None:
                    hint = "a comment can be given with every task" if name == "comment" else closest(name, fields)
                    yield subject.problem(own, "unknown-field", f"unknown field '{name}'", hint)
                elif spec.value is not None:
                    message = f"field '{name}' is computed: nobody can fill it in"
                    yield subject.problem(own, "computed-field", message)


def checklists(subject: Subject) -> Iterator[Problem]:
    """A line of a checklist stands there once: it is ticked by its words."""
    for path, tasks in _blocks(subject):
        for index, task in enumerate(tasks):
            for place, line in enumerate(task.checklist):
                if line in task.checklist[:place]:
                    own = (*path, index, "checklist", place)
                    yield subject.problem(own, "duplicate-line", f"'{line}' stands on the checklist twice")


def _blocks(subject: Subject) -> Iterator[tuple[Path, Sequence[Task]]]:
    for one in subject.placed:
        if one.state.tasks is not None:
            yield (*one.path, "tasks"), one.state.tasks


CHECKS = (ids, order, forms, checklists)
