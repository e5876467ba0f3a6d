"""Triggers and schedules: their events and times, the tickets they open and the events they send (LANGUAGE, 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from definitions.checks.fields import BESIDE
from definitions.checks.names import EVENT_FORM, is_one_event
from definitions.checks.state_graph import takes
from definitions.checks.subject import Subject
from definitions.checks.values import a_kind, fits, value_problems
from definitions.cron import parse_cron
from definitions.expressions import Expect, Scope, compile_expression, errors_of
from definitions.expressions.checked_tree import offset_of
from definitions.expressions.scope import kind_of
from definitions.expressions.trigger_scopes import schedule_scope, trigger_scope
from definitions.schema.model import Json
from definitions.schema.process import Trigger
from definitions.text.breadcrumb import crumb
from definitions.text.problems import Path, Problem
from definitions.text.suggestions import closest
from definitions.times import known_zones, zone_of

_TYPE = re.compile(r"[\x21-\x7e]{1,200}")
_OF_ACTOR = re.compile(r"\bactor\b")


def triggers(subject: Subject) -> Iterator[Problem]:
    """A trigger handles one type of event, and either opens a ticket or sends an event to open tickets."""
    scope = trigger_scope(subject.process)
    for index, trigger in enumerate(subject.process.triggers):
        path: Path = ("triggers", index)
        if not _TYPE.fullmatch(trigger.on):
            hint = "write the type of a CloudEvents event: com.example.disk.full, alertmanager.firing"
            yield subject.problem((*path, "on"), "bad-event-type", f"'{trigger.on}' is not a type of event", hint)
        yield from _form(subject, path, trigger)
        if trigger.when is not None:
            yield from _expression(subject, (*path, "when"), trigger.when, scope, "bool")
        if trigger.key is not None and trigger.key.startswith("="):
            yield from _expression(subject, (*path, "key"), trigger.key, scope, "text")
        if trigger.start is not None:
            yield from _opened(subject, (*path, "start"), trigger.start, scope)
        if trigger.match is not None:
            yield from _fields(subject, (*path, "match"), trigger.match, scope, computed=True)
        if trigger.send is not None:
            yield from _sent(subject, path, trigger, trigger.send, scope)


def _form(subject: Subject, path: Path, trigger: Trigger) -> Iterator[Problem]:
    def wrong(message: str, hint: str) -> Problem:
        return subject.problem(path, "bad-trigger", message, hint)

    if (trigger.start is None) == (trigger.send is None):
        yield wrong("a trigger either starts a ticket or sends an event", "write either 'start' or 'send'")
    elif trigger.start is not None and (trigger.match is not None or trigger.with_):
        yield wrong("'match' and 'with' belong to 'send'", "the fields of the new ticket stand under 'start'")
    elif trigger.send is not None and (trigger.key is None) == (trigger.match is None):
        yield wrong("'send' needs the tickets to send to", "write either 'key', or 'match' ({} for all open tickets)")


def _sent(subject: Subject, path: Path, trigger: Trigger, event: str, scope: Scope) -> Iterator[Problem]:
    if not is_one_event(event):
        yield subject.problem((*path, "send"), "bad-event-name", f"'{event}' is not a name of an event", EVENT_FORM)
        return
    handled = list(dict.fromkeys(placed.event for placed in subject.transitions() if placed.event is not None))
    if not any(takes(descriptor, event) for descriptor in handled):
        message = f"nothing in this process handles the event '{event}'"
        yield subject.problem((*path, "send"), "unknown-event", message, closest(event, handled))
    form = {name: value for name, value in trigger.with_.items() if name not in BESIDE}
    yield from _fields(subject, (*path, "with"), form, scope, computed=False)
    for name in BESIDE:
        value = trigger.with_.get(name)
        if isinstance(value, str) and value.startswith("="):
            yield from _expression(subject, (*path, "with", name), value, scope, "text")


def _opened(subject: Subject, path: Path, start: Mapping[str, Json], scope: Scope) -> Iterator[Problem]:
    """The fields of a ticket that no person opens: every required field must get a value here."""
    yield from _fields(subject, path, start, scope, computed=False)
    for name, spec in subject.process.fields.items():
        if not spec.required or start.get(name) is not None:
            continue
        by_actor = isinstance(spec.default, str) and spec.default.startswith("=") and _OF_ACTOR.search(spec.default)
        if spec.default is None or (spec.type == "person" and by_actor):
            message = f"the required field '{name}' has no value: no person opens this ticket"
            yield subject.problem(path, "missing-field", message, f"write {name} under 'start'", key=True)


def _fields(
    subject: Subject, path: Path, values: Mapping[str, Json], scope: Scope, *, computed: bool
) -> Iterator[Problem]:
    fields = subject.process.fields
    for name, value in values.items():
        own, spec = (*path, name), fields.get(name)
        if spec is None:
            yield subject.problem(own, "unknown-field", f"unknown field '{name}'", closest(name, fields), key=True)
        elif spec.value is not None and not computed:
            yield subject.problem(own, "computed-field", f"field '{name}' is computed: it can't be set", key=True)
        elif not (isinstance(value, str) and value.startswith("=")):
            yield from value_problems(subject, own, spec, value)
        else:
            found = list(_expression(subject, own, value, scope, "any"))
            yield from found
            kind = None if found else compile_expression(value[1:], scope).kind
            if kind is not None and not fits(kind, kind_of(spec)):
                message = f"this is {a_kind(kind)}, but the field is of type {spec.type}"
                yield subject.problem(own, "wrong-type", message)


def _expression(subject: Subject, path: Path, text: str, scope: Scope, expect: Expect) -> Iterator[Problem]:
    source = text.removeprefix("=")
    skipped = len(text) - len(source)
    for error in errors_of(source, scope, expect):
        mark = subject.source.inside(path, skipped + offset_of(source, error.line, error.column))
        yield Problem(subject.source.file, mark.line, mark.column, error.code, error.message, crumb(path), error.hint)


def schedules(subject: Subject) -> Iterator[Problem]:
    """A schedule has a cron text and a known zone, and gives every required field of its tickets a value."""
    seen: list[Json] = []
    for index, schedule in enumerate(subject.process.schedules):
        path: Path = ("schedules", index)
        try:
            parse_cron(schedule.cron)
        except ValueError as error:
            hint = 'minute hour day-of-month month day-of-week: "0 9 1 * *" is 9:00 on the first of every month'
            yield subject.problem((*path, "cron"), "bad-cron", str(error), hint)
        if schedule.time_zone is not None:
            yield from _zone(subject, (*path, "time_zone"), schedule.time_zone)
        yield from _opened(
            subject, (*path, "start"), schedule.start, schedule_scope(subject.process, each=schedule.each is not None)
        )
        written = schedule.model_dump(mode="json")
        if written in seen:
            yield subject.problem(path, "duplicate-schedule", "this schedule is given twice", "delete one of them")
        seen.append(written)


def _zone(subject: Subject, path: Path, name: str) -> Iterator[Problem]:
    if zone_of(name) is None:
        hint = closest(name, known_zones()) or "write a zone of the IANA database: Europe/Berlin"
        yield subject.problem(path, "unknown-time-zone", f"unknown time zone '{name}'", hint)


CHECKS = (triggers, schedules)
"""For ``ALWAYS``: these checks don't need the graph of states."""
