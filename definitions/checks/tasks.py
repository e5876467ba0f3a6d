"""Tasks: each can be opened and done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from definitions.checks.circles import circles
from definitions.checks.subject import Subject
from definitions.schema.waiting import Task
from definitions.text.problems import Path, Problem
from definitions.text.scalars import shown
from definitions.text.suggestions import closest


def ids(subject: Subject) -> Iterator[Problem]:
    """The id of a task is unique in its block."""
    for path, tasks in _blocks(subject):
        seen: dict[str, int] = {}
        for index, task in enumerate(tasks):
            place = (*path, index, "id")
            if task.id in seen:
                message = f"there is another task '{task.id}', on line {seen[task.id]}"
                yield subject.problem(place, "duplicate-task", message, "give each task an id of its own")
            seen.setdefault(task.id, subject.source.at(place).line)


def order(subject: Subject) -> Iterator[Problem]:
    """``after`` names tasks of the same block, and no task waits for itself."""
    for path, tasks in _blocks(subject):
        known = {task.id: task for task in tasks}
        for index, task in enumerate(tasks):
            for place, name in enumerate(task.after):
                if name not in known:
                    own = subject.element((*path, index, "after"), place)
                    yield subject.unknown(own, "task", name, known)
        yield from _circles(subject, path, tasks)


def _circles(subject: Subject, path: Path, tasks: Sequence[Task]) -> Iterator[Problem]:
    places = {task.id: index for index, task in reversed([*enumerate(tasks)])}
    for around in circles({name: tasks[index].after for name, index in sorted(places.items(), key=itemgetter(1))}):
        message = f"these tasks wait for each other: {' → '.join((*around, around[0]))}"
        hint = "remove 'after' from one of them"
        yield subject.problem((*path, places[around[0]], "after"), "task-circle", message, hint)


def forms(subject: Subject) -> Iterator[Problem]:
    """The form of a task has only fields that can be written."""
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
    """A line is on a checklist once, since it is ticked by its text."""
    for path, tasks in _blocks(subject):
        for index, task in enumerate(tasks):
            seen: set[str] = set()
            for place, line in enumerate(task.checklist):
                if line in seen:
                    own = (*path, index, "checklist", place)
                    yield subject.problem(own, "duplicate-line", f"'{line}' is on the checklist twice")
                seen.add(line)


def titles(subject: Subject) -> Iterator[Problem]:
    """The title and the checklist of a task are shown as they are written: an expression there has no effect."""
    for path, tasks in _blocks(subject):
        for index, task in enumerate(tasks):
            places = [((*path, index, "title"), task.title)]
            places += [((*path, index, "checklist", place), line) for place, line in enumerate(task.checklist)]
            for own, text in places:
                if text.startswith("="):
                    message = f"{shown(text)} would be shown as it is: this text is no expression"
                    yield subject.problem(own, "literal-text", message, "write the words that people shall read")


def _blocks(subject: Subject) -> Iterator[tuple[Path, Sequence[Task]]]:
    for one in subject.placed:
        if one.state.tasks is not None:
            yield (*one.path, "tasks"), one.state.tasks


CHECKS = (ids, order, forms, checklists, titles)
